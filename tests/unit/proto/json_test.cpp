#include "proto/json.h"

#include "cosmos/base/query/v1beta1/pagination.pb.h"
#include "cosmos/slashing/v1beta1/slashing.pb.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"

#include <google/protobuf/any.pb.h>
#include <gtest/gtest.h>

namespace steelyard::proto {
namespace {

namespace staking = cosmos::staking::v1beta1;
namespace pb = cosmos::tx::v1beta1;

google::protobuf::Any pack(const google::protobuf::Message& message) {
    google::protobuf::Any any;
    any.set_type_url("/" + message.GetDescriptor()->full_name());
    any.set_value(message.SerializeAsString());
    return any;
}

/// A transaction with a message that has Decs in it.
pb::Tx sample() {
    staking::MsgEditValidator edit;
    edit.mutable_description()->set_moniker("a \"quoted\" name\n");
    edit.set_validator_address("yardvaloper1x");
    edit.set_commission_rate("50000000000000000");
    pb::Tx tx;
    *tx.mutable_body()->add_messages() = pack(edit);
    tx.mutable_body()->set_memo("memo <&>");
    auto& signer = *tx.mutable_auth_info()->add_signer_infos();
    signer.mutable_mode_info()->mutable_single()->set_mode(
        cosmos::tx::signing::v1beta1::SIGN_MODE_DIRECT
    );
    signer.set_sequence(3);
    tx.mutable_auth_info()->mutable_fee()->set_gas_limit(100'000);
    tx.add_signatures("\x01\x02");
    return tx;
}

constexpr std::string_view sample_json =
    R"({"body":{"messages":[{"@type":"/cosmos.staking.v1beta1.MsgEditValidator",)"
    R"("description":{"moniker":"a \"quoted\" name\n","identity":"","website":"",)"
    R"("security_contact":"","details":""},"validator_address":"yardvaloper1x",)"
    R"("commission_rate":"0.050000000000000000","min_self_delegation":null}],)"
    R"("memo":"memo <&>","timeout_height":"0","unordered":false,"timeout_timestamp":null,)"
    R"("extension_options":[],"non_critical_extension_options":[]},)"
    R"("auth_info":{"signer_infos":[{"public_key":null,)"
    R"("mode_info":{"single":{"mode":"SIGN_MODE_DIRECT"}},"sequence":"3"}],)"
    R"("fee":{"amount":[],"gas_limit":"100000","payer":"","granter":""},"tip":null},)"
    R"("signatures":["AQI="]})";

TEST(ProtoJson, writes_transactions_as_the_sdk_does) {
    EXPECT_EQ(to_json(sample()).value(), sample_json);
}

TEST(ProtoJson, reads_what_it_writes) {
    pb::Tx tx;

    ASSERT_TRUE(from_json(tx, sample_json));

    EXPECT_EQ(to_json(tx).value(), sample_json);
    staking::MsgEditValidator edit;
    ASSERT_TRUE(edit.ParseFromString(tx.body().messages(0).value()));
    EXPECT_EQ(edit.commission_rate(), "50000000000000000");
}

TEST(ProtoJson, writes_the_one_encoding_whatever_the_order_of_the_text) {
    google::protobuf::Any any;

    ASSERT_TRUE(from_json(
        any,
        R"({"amount":{"amount":"5","denom":"uyard"},"validator_address":"v",)"
        R"("@type":"/cosmos.staking.v1beta1.MsgDelegate","delegator_address":"d"})"
    ));

    staking::MsgDelegate delegate;
    EXPECT_TRUE(
        strict_parse(delegate, as_bytes(any.value()), {.bytes_max = 100, .elements_max = 10})
    );
    EXPECT_EQ(delegate.amount().amount(), "5");
}

TEST(ProtoJson, writes_decimals_and_times) {
    cosmos::slashing::v1beta1::Params params;
    params.set_min_signed_per_window("500000000000000000");
    params.set_slash_fraction_downtime("-1");
    params.mutable_downtime_jail_duration()->set_seconds(600);
    EXPECT_EQ(
        to_json(params).value(),
        R"({"signed_blocks_window":"0","min_signed_per_window":"0.500000000000000000",)"
        R"("downtime_jail_duration":"600s","slash_fraction_double_sign":null,)"
        R"("slash_fraction_downtime":"-0.000000000000000001"})"
    );

    cosmos::slashing::v1beta1::ValidatorSigningInfo info;
    info.mutable_jailed_until()->set_seconds(1'700'000'000);
    info.mutable_jailed_until()->set_nanos(500'000'000);
    EXPECT_NE(
        to_json(info).value().find(R"("jailed_until":"2023-11-14T22:13:20.500Z")"),
        std::string::npos
    );
}

TEST(ProtoJson, reads_times) {
    staking::MsgUndelegateResponse response;

    ASSERT_TRUE(from_json(response, R"({"completion_time":"2026-01-01T00:00:00.5Z"})"));

    EXPECT_EQ(response.completion_time().seconds(), 1'767'225'600);
    EXPECT_EQ(response.completion_time().nanos(), 500'000'000);
    EXPECT_FALSE(from_json(response, R"({"completion_time":"2026-13-01T00:00:00Z"})"));
}

TEST(ProtoJson, writes_and_reads_bytes_that_are_not_there) {
    cosmos::base::query::v1beta1::PageResponse page;
    EXPECT_EQ(to_json(page).value(), R"({"next_key":null,"total":"0"})");
    ASSERT_TRUE(from_json(page, R"({"next_key":null,"total":"1"})"));
    EXPECT_EQ(to_json(page).value(), R"({"next_key":null,"total":"1"})");

    pb::TxRaw raw;
    raw.add_signatures("");  // of a transaction that is simulated
    EXPECT_EQ(
        to_json(raw).value(), R"({"body_bytes":null,"auth_info_bytes":null,"signatures":[""]})"
    );
}

TEST(ProtoJson, says_what_is_wrong_with_a_text) {
    const auto refusal = [](std::string_view text) {
        pb::TxBody body;
        const auto read = from_json(body, text);
        return read ? "" : read.error().message();
    };

    EXPECT_NE(refusal("{"), "");
    EXPECT_NE(refusal(R"({"no_such_field":1})"), "");
    EXPECT_NE(refusal(R"({"memo":["a"]})"), "");
    EXPECT_NE(refusal(R"({"messages":[{"@type":"/no.such.Type"}]})"), "");
    EXPECT_EQ(
        refusal(R"({"messages":[{"@type":"/cosmos.staking.v1beta1.MsgEditValidator",)"
                R"("commission_rate":"0.0000000000000000001"}]})"),
        "\"0.0000000000000000001\" is no decimal of at most 18 places"
    );
    pb::TxBody body;
    EXPECT_EQ(
        from_json(body, std::string(json_size_max + 1, ' ')).error().code(), ErrorCode::too_large
    );
}

TEST(ProtoJson, refuses_to_show_what_is_not_known) {
    google::protobuf::Any any;
    any.set_type_url("/no.such.Type");
    EXPECT_EQ(to_json(any).error().message(), "type \"/no.such.Type\" is not known");
    any.set_type_url("/cosmos.staking.v1beta1.MsgDelegate");
    any.set_value("\xff");
    EXPECT_FALSE(to_json(any));
}

TEST(ProtoJson, stops_at_messages_in_messages_without_end) {
    google::protobuf::Any any;
    for (int i = 0; i < 80; ++i) {
        google::protobuf::Any outer;
        outer.set_type_url("/google.protobuf.Any");
        outer.set_value(any.SerializeAsString());
        any = outer;
    }
    EXPECT_EQ(to_json(any).error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace steelyard::proto
