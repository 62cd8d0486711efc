#include "cosmos/crypto/ed25519/keys.pb.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "ledger/messages/consensus_key.h"
#include "tests/unit/ledger/messages/message_bench.h"
#include "tests/unit/ledger/staking/invariants.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::messages {
namespace {

using namespace cosmos::staking::v1beta1;
using staking::Invariants;
using staking::StakingBench;
using staking::yard;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view create_url = "/cosmos.staking.v1beta1.MsgCreateValidator";
constexpr std::string_view edit_url = "/cosmos.staking.v1beta1.MsgEditValidator";
constexpr std::string_view delegate_url = "/cosmos.staking.v1beta1.MsgDelegate";
constexpr std::string_view undelegate_url = "/cosmos.staking.v1beta1.MsgUndelegate";
constexpr std::string_view redelegate_url = "/cosmos.staking.v1beta1.MsgBeginRedelegate";
constexpr std::string_view cancel_url = "/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation";

std::string validator(std::uint8_t byte) {
    return operator_text(address(byte));
}

void set(ProtoCoin& coin, std::string_view amount, std::string_view denom = "uyard") {
    coin.set_amount(std::string(amount));
    coin.set_denom(std::string(denom));
}

MsgCreateValidator sample_create(std::uint8_t byte = 3) {
    MsgCreateValidator message;
    message.mutable_description()->set_moniker("carl");
    message.mutable_commission()->set_rate("100000000000000000");
    message.mutable_commission()->set_max_rate("200000000000000000");
    message.mutable_commission()->set_max_change_rate("10000000000000000");
    message.set_min_self_delegation("1");
    message.set_delegator_address(account(byte));
    message.set_validator_address(validator(byte));
    *message.mutable_pubkey() = pack_consensus_key(StakingBench::consensus_key(byte));
    set(*message.mutable_value(), "5000000");
    return message;
}

MsgEditValidator sample_edit() {
    MsgEditValidator message;
    message.mutable_description()->set_moniker("anna's");
    message.mutable_description()->set_identity("[do-not-modify]");
    message.set_validator_address(validator(1));
    message.set_commission_rate("110000000000000000");
    message.set_min_self_delegation("7");
    return message;
}

template <typename M>
M sample() {
    M message;
    message.set_delegator_address(account(7));
    message.set_validator_address(validator(1));
    set(*message.mutable_amount(), "100");
    return message;
}

MsgBeginRedelegate sample_redelegate() {
    MsgBeginRedelegate message;
    message.set_delegator_address(account(7));
    message.set_validator_src_address(validator(1));
    message.set_validator_dst_address(validator(2));
    set(*message.mutable_amount(), "40");
    return message;
}

MsgCancelUnbondingDelegation sample_cancel() {
    auto message = sample<MsgCancelUnbondingDelegation>();
    message.set_creation_height(2);
    return message;
}

class StakingMessages : public testing::Test {
protected:
    StakingMessages() {
        bench.end_block();
        bench.next_block();
    }

    ~StakingMessages() override { Invariants(bench).check(); }

    /// "staking/3 text" of the refusal, "" where there is none. What fails is taken back.
    template <typename M>
    std::string run(std::string_view type_url, const M& message) {
        const MessageType* const type = find_message_type(type_url);
        const auto read = read_message(*type, proto::serialize(message));
        EXPECT_TRUE(read) << read.error().log;
        const auto mark = bench.state.mark();
        const auto done = type->execute(bench.context, **read);
        if (!done) {
            bench.state.roll_back(mark);
            return staking::code_of(done) + " " + done.error().log;
        }
        response = *done;
        return "";
    }

    template <typename R>
    R answered() {
        R message;
        EXPECT_TRUE(message.ParseFromArray(response.data(), static_cast<int>(response.size())));
        return message;
    }

    std::string shares(std::uint8_t who, staking::ValidatorNumber number) {
        return to_string(
            staking::delegated_shares(bench.state, bench.party(who).number, number).value()
        );
    }

    StakingBench bench;
    staking::ValidatorNumber of_anna = bench.make_validator(1, 10 * yard);
    staking::ValidatorNumber of_bela = bench.make_validator(2, 10 * yard);
    staking::Party dora = bench.party(7);
    Bytes response;
};

TEST_F(StakingMessages, make_a_validator) {
    bench.party(3);

    EXPECT_EQ(run(create_url, sample_create()), "");

    const auto member = staking::find_by_operator(bench.state, address(3)).value();
    ASSERT_TRUE(member);
    EXPECT_EQ(member->validator.tokens, chain::Amount(5 * yard));
    EXPECT_EQ(member->validator.description.moniker, "carl");
    EXPECT_EQ(member->validator.commission.max_rate, staking::dec("0.2"));
    EXPECT_EQ(member->validator.consensus_key, StakingBench::consensus_key(3));
    EXPECT_TRUE(response.empty());
}

TEST_F(StakingMessages, make_no_second_validator) {
    EXPECT_THAT(
        run(create_url, sample_create(1)),
        StartsWith(
            "staking/4 " + validator(1) + ": validator already exist for this operator address"
        )
    );
}

TEST_F(StakingMessages, make_none_without_money) {
    MsgCreateValidator message = sample_create();
    set(*message.mutable_value(), "2000000000000000");
    bench.party(3);

    EXPECT_THAT(run(create_url, message), StartsWith("sdk/5 spendable balance "));
}

TEST_F(StakingMessages, change_a_validator) {
    bench.next_block(std::chrono::hours(24));

    EXPECT_EQ(run(edit_url, sample_edit()), "");

    const staking::Validator validator = bench.get(of_anna);
    EXPECT_EQ(validator.description.moniker, "anna's");
    EXPECT_EQ(validator.commission.rate, staking::dec("0.11"));
    EXPECT_EQ(validator.min_self_delegation, chain::Amount(7));
}

TEST_F(StakingMessages, change_only_what_they_name) {
    MsgEditValidator message = sample_edit();
    message.clear_commission_rate();
    message.clear_min_self_delegation();

    EXPECT_EQ(run(edit_url, message), "");

    EXPECT_EQ(bench.get(of_anna).commission.rate, staking::dec("0.1"));
    EXPECT_EQ(bench.get(of_anna).min_self_delegation, chain::Amount(1));
}

TEST_F(StakingMessages, say_why_a_validator_is_not_changed) {
    EXPECT_THAT(run(edit_url, sample_edit()), StartsWith("staking/12 last changed at 2026"));
    MsgEditValidator message = sample_edit();
    message.set_validator_address(validator(9));
    EXPECT_EQ(
        run(edit_url, message), "staking/3 validator " + validator(9) + ": validator does not exist"
    );
}

TEST_F(StakingMessages, delegate_and_undelegate) {
    EXPECT_EQ(run(delegate_url, sample<MsgDelegate>()), "");
    EXPECT_EQ(shares(7, of_anna), "100.000000000000000000");

    EXPECT_EQ(run(undelegate_url, sample<MsgUndelegate>()), "");
    EXPECT_EQ(shares(7, of_anna), "0.000000000000000000");
    const auto answer = answered<MsgUndelegateResponse>();
    EXPECT_EQ(answer.amount().amount(), "100");
    EXPECT_EQ(answer.amount().denom(), "uyard");
    EXPECT_EQ(
        answer.completion_time().seconds(),
        bench.block.time.seconds() + bench.params.staking.unbonding_time.count()
    );

    EXPECT_THAT(
        run(undelegate_url, sample<MsgUndelegate>()),
        testing::EndsWith("no delegation for (address, validator) tuple")
    );
}

TEST_F(StakingMessages, redelegate) {
    ASSERT_EQ(run(delegate_url, sample<MsgDelegate>()), "");

    EXPECT_EQ(run(redelegate_url, sample_redelegate()), "");

    EXPECT_EQ(shares(7, of_anna), "60.000000000000000000");
    EXPECT_EQ(shares(7, of_bela), "40.000000000000000000");
    EXPECT_EQ(
        answered<MsgBeginRedelegateResponse>().completion_time().seconds(),
        bench.block.time.seconds() + bench.params.staking.unbonding_time.count()
    );
    MsgBeginRedelegate back = sample_redelegate();
    back.set_validator_src_address(validator(2));
    back.set_validator_dst_address(validator(1));
    EXPECT_THAT(run(redelegate_url, back), StartsWith("staking/32 "));
}

TEST_F(StakingMessages, cancel_what_was_undelegated) {
    ASSERT_EQ(run(delegate_url, sample<MsgDelegate>()), "");
    ASSERT_EQ(run(undelegate_url, sample<MsgUndelegate>()), "");

    EXPECT_EQ(run(cancel_url, sample_cancel()), "");

    EXPECT_EQ(shares(7, of_anna), "100.000000000000000000");
    EXPECT_THAT(run(cancel_url, sample_cancel()), StartsWith("staking/26 unbonding delegation "));
}

TEST(StakingChecks, refuse_a_validator_with_one_field_wrong) {
    EXPECT_EQ(check(create_url, sample_create()), "");

    const auto with = [](auto change) {
        MsgCreateValidator message = sample_create();
        change(message);
        return check(create_url, message);
    };
    using M = MsgCreateValidator;
    EXPECT_EQ(with([](M& m) { m.clear_delegator_address(); }), "");
    EXPECT_THAT(
        with([](M& m) { m.set_delegator_address(account(4)); }),
        StartsWith("sdk/18 delegator_address " + account(4) + " is not the account of ")
    );
    EXPECT_THAT(
        with([](M& m) { m.set_delegator_address("x"); }),
        StartsWith("sdk/7 delegator_address \"x\": ")
    );
    EXPECT_THAT(
        with([](M& m) { m.set_validator_address(account(3)); }),
        StartsWith("sdk/7 validator_address ")
    );
    EXPECT_THAT(
        with([](M& m) { m.clear_validator_address(); }), StartsWith("sdk/7 validator_address ")
    );
    EXPECT_EQ(
        with([](M& m) { m.clear_pubkey(); }), "staking/39 pubkey: empty validator public key"
    );
    EXPECT_EQ(
        with([](M& m) { m.mutable_pubkey()->set_type_url("/cosmos.crypto.sr25519.PubKey"); }),
        "staking/6 pubkey has type \"/cosmos.crypto.sr25519.PubKey\": validator pubkey type is not "
        "supported"
    );
    EXPECT_THAT(
        with([](M& m) { m.mutable_pubkey()->mutable_value()->pop_back(); }),
        StartsWith("sdk/8 pubkey: ")
    );
    EXPECT_THAT(
        with([](M& m) { m.mutable_pubkey()->clear_value(); }), StartsWith("sdk/8 pubkey: ")
    );
    EXPECT_THAT(with([](M& m) { m.clear_value(); }), StartsWith("sdk/10 value: "));
    EXPECT_THAT(with([](M& m) { set(*m.mutable_value(), "0"); }), StartsWith("sdk/18 value is "));
    EXPECT_THAT(
        with([](M& m) { set(*m.mutable_value(), "5", "uabc"); }), StartsWith("sdk/18 value is ")
    );
    EXPECT_EQ(
        with([](M& m) { m.clear_description(); }), "sdk/18 empty description: invalid request"
    );
    EXPECT_THAT(
        with([](M& m) { m.mutable_description()->clear_moniker(); }),
        StartsWith("sdk/18 invalid moniker length; got: 0, ")
    );
    EXPECT_THAT(
        with([](M& m) { m.mutable_description()->set_details(std::string(281, 'd')); }),
        StartsWith("sdk/18 invalid details length; got: 281, ")
    );
    EXPECT_EQ(with([](M& m) { m.clear_commission(); }), "sdk/18 empty commission: invalid request");
    EXPECT_THAT(
        with([](M& m) { m.mutable_commission()->clear_rate(); }),
        StartsWith("sdk/18 commission.rate: ")
    );
    EXPECT_THAT(
        with([](M& m) { m.mutable_commission()->set_max_rate("0.2"); }),
        StartsWith("sdk/18 commission.max_rate: ")
    );
    EXPECT_THAT(
        with([](M& m) { m.mutable_commission()->set_max_change_rate("x"); }),
        StartsWith("sdk/18 commission.max_change_rate: ")
    );
    EXPECT_EQ(
        with([](M& m) { m.mutable_commission()->set_rate("200000000000000001"); }),
        "staking/11 rate 0.200000000000000001: commission cannot be more than the max rate"
    );
    EXPECT_THAT(
        with([](M& m) { m.clear_min_self_delegation(); }),
        StartsWith("sdk/18 min_self_delegation: ")
    );
    EXPECT_EQ(
        with([](M& m) { m.set_min_self_delegation("0"); }),
        "sdk/18 minimum self delegation must be a positive integer: invalid request"
    );
    EXPECT_THAT(
        with([](M& m) { m.set_min_self_delegation("5000001"); }),
        StartsWith("staking/16 minimum 5000001, delegated 5000000: ")
    );
}

TEST(StakingChecks, take_both_kinds_of_consensus_keys) {
    Bytes bytes = to_bytes(
        crypto::secp256k1::public_key_of(crypto::Secret<32>(crypto::sha256(as_bytes("a key"))))
    );
    const auto key = crypto::PublicKey::parse(crypto::KeyType::secp256k1, bytes).value();
    MsgCreateValidator message = sample_create();
    *message.mutable_pubkey() = pack_consensus_key(key);
    EXPECT_EQ(check(create_url, message), "");
    EXPECT_EQ(read_consensus_key("pubkey", message.pubkey()).value(), key);

    bytes[0] = 9;
    cosmos::crypto::ed25519::PubKey bad;
    bad.set_key(std::string(as_text(bytes)));
    message.mutable_pubkey()->set_value(bad.SerializeAsString());
    EXPECT_THAT(check(create_url, message), StartsWith("sdk/8 pubkey: "));
}

TEST(StakingChecks, refuse_a_change_with_one_field_wrong) {
    EXPECT_EQ(check(edit_url, sample_edit()), "");

    const auto with = [](auto change) {
        MsgEditValidator message = sample_edit();
        change(message);
        return check(edit_url, message);
    };
    using M = MsgEditValidator;
    EXPECT_THAT(
        with([](M& m) { m.clear_validator_address(); }), StartsWith("sdk/7 validator_address ")
    );
    EXPECT_EQ(
        with([](M& m) { m.clear_description(); }), "sdk/18 empty description: invalid request"
    );
    EXPECT_THAT(
        with([](M& m) { m.mutable_description()->set_website(std::string(141, 'w')); }),
        StartsWith("sdk/18 invalid website length; got: 141, ")
    );
    for (const std::string_view rate : {"1000000000000000001", "-1"}) {
        EXPECT_EQ(
            with([&](M& m) { m.set_commission_rate(std::string(rate)); }),
            "sdk/18 commission rate must be between 0 and 1 (inclusive): invalid request"
        );
    }
    EXPECT_THAT(
        with([](M& m) { m.set_commission_rate("0.1"); }), StartsWith("sdk/18 commission_rate: ")
    );
    EXPECT_THAT(
        with([](M& m) { m.set_min_self_delegation("0"); }),
        StartsWith("sdk/18 minimum self delegation must be a positive integer")
    );
    EXPECT_THAT(
        with([](M& m) { m.set_min_self_delegation("-1"); }),
        StartsWith("sdk/18 min_self_delegation: ")
    );
}

template <typename M>
void expect_bad_fields_refused(std::string_view url, const M& good) {
    EXPECT_EQ(check(url, good), "");
    const auto with = [&](auto change) {
        M message = good;
        change(message);
        return check(url, message);
    };
    EXPECT_THAT(
        with([](M& m) { m.clear_delegator_address(); }), StartsWith("sdk/7 delegator_address ")
    );
    EXPECT_THAT(
        with([](M& m) { m.set_delegator_address(validator(7)); }),
        StartsWith("sdk/7 delegator_address ")
    );
    EXPECT_THAT(with([](M& m) { m.clear_amount(); }), StartsWith("sdk/10 amount: "));
    EXPECT_THAT(with([](M& m) { set(*m.mutable_amount(), "0"); }), StartsWith("sdk/18 amount is "));
    EXPECT_THAT(with([](M& m) { set(*m.mutable_amount(), "-1"); }), StartsWith("sdk/10 amount: "));
    EXPECT_THAT(with([](M& m) { set(*m.mutable_amount(), "01"); }), StartsWith("sdk/10 amount: "));
    EXPECT_THAT(
        with([](M& m) { set(*m.mutable_amount(), "1", "uabc"); }), HasSubstr("must be of uyard")
    );
}

template <typename M>
std::string with_validator(std::string_view url, M message, const std::string& text) {
    message.set_validator_address(text);
    return check(url, message);
}

TEST(StakingChecks, refuse_moves_of_stake_with_one_field_wrong) {
    expect_bad_fields_refused(delegate_url, sample<MsgDelegate>());
    expect_bad_fields_refused(undelegate_url, sample<MsgUndelegate>());
    expect_bad_fields_refused(redelegate_url, sample_redelegate());
    expect_bad_fields_refused(cancel_url, sample_cancel());

    const auto refusal = StartsWith("sdk/7 validator_address ");
    for (const std::string& text : {std::string(), account(1)}) {
        EXPECT_THAT(with_validator(delegate_url, sample<MsgDelegate>(), text), refusal);
        EXPECT_THAT(with_validator(undelegate_url, sample<MsgUndelegate>(), text), refusal);
        EXPECT_THAT(with_validator(cancel_url, sample_cancel(), text), refusal);
    }
}

TEST(StakingChecks, refuse_redelegations_from_or_to_nobody) {
    MsgBeginRedelegate message = sample_redelegate();
    message.set_validator_src_address(account(1));
    EXPECT_THAT(check(redelegate_url, message), StartsWith("sdk/7 validator_src_address "));
    message = sample_redelegate();
    message.clear_validator_dst_address();
    EXPECT_THAT(check(redelegate_url, message), StartsWith("sdk/7 validator_dst_address "));
}

TEST(StakingChecks, refuse_heights_that_no_block_has) {
    MsgCancelUnbondingDelegation message = sample_cancel();
    for (const std::int64_t height :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
        message.set_creation_height(height);
        EXPECT_THAT(check(cancel_url, message), StartsWith("sdk/18 invalid height: "));
    }
}

}  // namespace
}  // namespace steelyard::messages
