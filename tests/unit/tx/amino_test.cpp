// Amino JSON against what CosmJS 0.36.2 signs: tests/vectors/tx/cosmjs_amino.csv has type URL,
// value, the signed text and the signature, all but the first in hex.
#include "proto/amino_json.h"

#include "cosmos/staking/v1beta1/tx.pb.h"
#include "tests/unit/tx/samples.h"

#include <google/protobuf/any.pb.h>
#include <gtest/gtest.h>

namespace steelyard::tx {
namespace {

DecodedTx tx_of(const std::string& type_url, const Bytes& value) {
    DecodedTx tx;
    tx.messages.push_back({type_url, value});
    tx.fee = {.amount = chain::Coins::parse("2500uyard").value(), .gas_limit = 100'000};
    return tx;
}

TEST(AminoJson, signs_the_bytes_that_cosmjs_signs) {
    const auto rows = read_vector_file("tx/cosmjs_amino.csv");
    ASSERT_EQ(rows.size(), 13U);
    for (const auto& row : rows) {
        const DecodedTx tx = tx_of(row.at(0), from_hex(row.at(1)).value());
        const auto bytes = sign_bytes(tx, SignMode::legacy_amino_json, sample_place());

        ASSERT_TRUE(bytes) << row.at(0) << ": " << bytes.error().message();
        EXPECT_EQ(as_text(*bytes), as_text(from_hex(row.at(2)).value())) << row.at(0);
        EXPECT_TRUE(sample_keys()[0].verify(*bytes, from_hex(row.at(3)).value())) << row.at(0);
    }
}

TEST(AminoJson, writes_decimals_with_their_point_and_leaves_out_what_is_empty) {
    cosmos::staking::v1beta1::MsgEditValidator message;
    message.mutable_description()->set_moniker("<m>");
    message.set_validator_address("v");
    message.set_commission_rate("50000000000000000");

    EXPECT_EQ(
        proto::amino_json(message).value(),
        R"({"type":"cosmos-sdk/MsgEditValidator","value":{"commission_rate":"0.050000000000000000",)"
        R"("description":{"moniker":"\u003cm\u003e"},"validator_address":"v"}})"
    );
}

TEST(AminoJson, writes_keys_by_their_amino_names) {
    cosmos::staking::v1beta1::MsgCreateValidator message;
    *message.mutable_pubkey() = pack_account_key(sample_multisig());
    message.set_min_self_delegation("1");

    const std::string json = proto::amino_json(message).value();

    EXPECT_NE(
        json.find(R"("pubkey":{"type":"tendermint/PubKeyMultisigThreshold","value":{"pubkeys":[)"
                  R"({"type":"tendermint/PubKeySecp256k1","value":"Ak9OKtmcNNYLm6YoPJQxqEGK)"),
        std::string::npos
    ) << json;
    EXPECT_NE(json.find(R"(],"threshold":"2"}})"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("commission":{},"description":{})"), std::string::npos) << json;
}

TEST(AminoJson, refuses_types_it_does_not_know_and_other_encodings) {
    EXPECT_FALSE(sign_bytes(tx_of("/no.such.Type", {}), SignMode::legacy_amino_json, {}));
    EXPECT_FALSE(sign_bytes(tx_of("nonsense", {}), SignMode::legacy_amino_json, {}));
    EXPECT_FALSE(sign_bytes(
        tx_of("/cosmos.bank.v1beta1.MsgSend", {0x0a, 0x81, 0x00, 'a'}),
        SignMode::legacy_amino_json,
        {}
    ));
}

TEST(AminoJson, stops_at_messages_in_messages_without_end) {
    google::protobuf::Any any;
    for (int i = 0; i < 40; ++i) {
        google::protobuf::Any outer;
        outer.set_type_url("/google.protobuf.Any");
        outer.set_value(any.SerializeAsString());
        any = outer;
    }

    EXPECT_EQ(proto::amino_json(any).error().code(), ErrorCode::too_large);
}

TEST(AminoJson, escapes_texts_as_json_and_for_html) {
    EXPECT_EQ(
        proto::amino_json_text("a\"\\\b\f\n\r\t\x01&<>\u00e9\u2028\u2029\x7f"),
        "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u0026\\u003c\\u003e\u00e9\\u2028\\u2029\x7f\""
    );
}

}  // namespace
}  // namespace steelyard::tx
