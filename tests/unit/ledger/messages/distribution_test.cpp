#include "cosmos/distribution/v1beta1/tx.pb.h"
#include "tests/unit/ledger/messages/message_bench.h"
#include "tests/unit/ledger/staking/staking_bench.h"

namespace steelyard::messages {
namespace {

using namespace cosmos::distribution::v1beta1;
using staking::code_of;
using staking::yard;
using testing::StartsWith;

constexpr std::string_view set_url = "/cosmos.distribution.v1beta1.MsgSetWithdrawAddress";
constexpr std::string_view reward_url = "/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward";
constexpr std::string_view commission_url =
    "/cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission";
constexpr std::string_view fund_url = "/cosmos.distribution.v1beta1.MsgFundCommunityPool";

std::string operator_of(std::uint8_t byte) {
    return operator_text(address(byte));
}

MsgSetWithdrawAddress sample_set() {
    MsgSetWithdrawAddress message;
    message.set_delegator_address(account(1));
    message.set_withdraw_address(account(7));
    return message;
}

MsgWithdrawDelegatorReward sample_reward() {
    MsgWithdrawDelegatorReward message;
    message.set_delegator_address(account(1));
    message.set_validator_address(operator_of(1));
    return message;
}

MsgWithdrawValidatorCommission sample_commission() {
    MsgWithdrawValidatorCommission message;
    message.set_validator_address(operator_of(1));
    return message;
}

MsgFundCommunityPool sample_fund() {
    MsgFundCommunityPool message;
    ProtoCoin& coin = *message.add_amount();
    coin.set_denom("uyard");
    coin.set_amount("25");
    message.set_depositor(account(1));
    return message;
}

/// A validator of the account 1, at 10 % commission.
class DistributionMessages : public testing::Test {
protected:
    template <typename M>
    Outcome<Bytes> run(std::string_view type_url, const M& message) {
        bench.events.clear();
        return run_in(bench.context, type_url, message);
    }

    /// A block, in which the validator and its one delegator earn so much.
    void earn(std::uint64_t fees) {
        bench.next_block();
        const auto collector =
            bank::module_party(bench.state, distribution::fee_collector_name).value();
        ASSERT_TRUE(bank::mint(bench.context, collector, chain::Amount(fees)));
        const distribution::Share share{number, address(1), 10, bench.get(number).commission.rate};
        ASSERT_TRUE(distribution::allocate(bench.context, std::array{share}));
    }

    staking::StakingBench bench;
    const staking::ValidatorNumber number = bench.make_validator(1, 10 * yard);
};

TEST_F(DistributionMessages, withdraw_rewards) {
    earn(1'000);
    const std::uint64_t before = bench.balance(bench.party(1));

    const auto response = run(reward_url, sample_reward());

    ASSERT_TRUE(response) << response.error().log;
    MsgWithdrawDelegatorRewardResponse parsed;
    ASSERT_TRUE(parsed.ParseFromArray(response->data(), static_cast<int>(response->size())));
    EXPECT_EQ(parsed.ShortDebugString(), "amount { denom: \"uyard\" amount: \"900\" }");
    EXPECT_EQ(bench.balance(bench.party(1)), before + 900);
    EXPECT_EQ(
        ledger::type_names(bench.events), "coin_spent coin_received transfer withdraw_rewards"
    );
}

TEST_F(DistributionMessages, withdraw_no_rewards_where_there_are_none) {
    bench.next_block();

    const auto response = run(reward_url, sample_reward());

    ASSERT_TRUE(response);
    MsgWithdrawDelegatorRewardResponse parsed;
    ASSERT_TRUE(parsed.ParseFromArray(response->data(), static_cast<int>(response->size())));
    EXPECT_EQ(parsed.ShortDebugString(), "amount { denom: \"uyard\" amount: \"0\" }");
    EXPECT_EQ(ledger::type_names(bench.events), "withdraw_rewards");
}

TEST_F(DistributionMessages, withdraw_only_from_a_delegation) {
    MsgWithdrawDelegatorReward message = sample_reward();
    message.set_delegator_address(account(2));
    EXPECT_EQ(code_of(run(reward_url, message)), "staking/19");

    message = sample_reward();
    message.set_validator_address(operator_of(2));
    EXPECT_EQ(code_of(run(reward_url, message)), "staking/3");
}

TEST_F(DistributionMessages, withdraw_commission) {
    earn(1'000);
    const std::uint64_t before = bench.balance(bench.party(1));

    const auto response = run(commission_url, sample_commission());

    ASSERT_TRUE(response) << response.error().log;
    MsgWithdrawValidatorCommissionResponse parsed;
    ASSERT_TRUE(parsed.ParseFromArray(response->data(), static_cast<int>(response->size())));
    EXPECT_EQ(parsed.ShortDebugString(), "amount { denom: \"uyard\" amount: \"100\" }");
    EXPECT_EQ(bench.balance(bench.party(1)), before + 100);
    EXPECT_EQ(code_of(run(commission_url, sample_commission())), "distribution/7");
}

TEST_F(DistributionMessages, withdraw_no_commission_of_less_than_a_unit) {
    earn(9);

    const auto response = run(commission_url, sample_commission());

    ASSERT_TRUE(response);
    EXPECT_TRUE(response->empty());
}

TEST_F(DistributionMessages, withdraw_no_commission_of_nobody) {
    MsgWithdrawValidatorCommission message;
    message.set_validator_address(operator_of(2));

    EXPECT_EQ(code_of(run(commission_url, message)), "distribution/7");
}

TEST_F(DistributionMessages, send_rewards_elsewhere) {
    earn(1'000);
    ASSERT_TRUE(run(set_url, sample_set()));
    EXPECT_EQ(ledger::type_names(bench.events), "set_withdraw_address");

    ASSERT_TRUE(run(reward_url, sample_reward()));

    EXPECT_EQ(bench.balance(bank::party_at(bench.state, address(7)).value()), 900U);
}

TEST_F(DistributionMessages, send_rewards_to_no_module) {
    MsgSetWithdrawAddress message = sample_set();
    message.set_withdraw_address(account_text(auth::module_address(distribution::module_name)));

    EXPECT_EQ(code_of(run(set_url, message)), "sdk/4");
}

TEST_F(DistributionMessages, give_to_the_community) {
    const auto response = run(fund_url, sample_fund());

    ASSERT_TRUE(response);
    EXPECT_TRUE(response->empty());
    EXPECT_EQ(distribution::community_pool(bench.state).value(), chain::Dec(25));
    EXPECT_EQ(ledger::type_names(bench.events), "coin_spent coin_received transfer");
}

TEST_F(DistributionMessages, give_only_what_is_there) {
    MsgFundCommunityPool message = sample_fund();
    message.set_depositor(account(3));

    EXPECT_EQ(code_of(run(fund_url, message)), "sdk/5");
}

TEST(DistributionChecks, refuse_a_withdraw_address_with_one_field_wrong) {
    EXPECT_EQ(check(set_url, sample_set()), "");
    const auto with = [](auto change) {
        MsgSetWithdrawAddress message = sample_set();
        change(message);
        return check(set_url, message);
    };

    EXPECT_THAT(
        with([](auto& m) { m.clear_delegator_address(); }),
        StartsWith("sdk/7 delegator_address \"\": ")
    );
    EXPECT_THAT(
        with([](auto& m) { m.set_delegator_address(operator_of(1)); }),
        StartsWith("sdk/7 delegator_address ")
    );
    EXPECT_THAT(
        with([](auto& m) { m.set_withdraw_address("yard1"); }),
        StartsWith("sdk/7 withdraw_address \"yard1\": ")
    );
}

TEST(DistributionChecks, refuse_a_withdrawal_with_one_field_wrong) {
    EXPECT_EQ(check(reward_url, sample_reward()), "");
    const auto with = [](auto change) {
        MsgWithdrawDelegatorReward message = sample_reward();
        change(message);
        return check(reward_url, message);
    };

    EXPECT_THAT(
        with([](auto& m) { m.set_delegator_address("x"); }), StartsWith("sdk/7 delegator_address ")
    );
    EXPECT_THAT(
        with([](auto& m) { m.clear_validator_address(); }),
        StartsWith("sdk/7 validator_address \"\": ")
    );
    EXPECT_THAT(
        with([](auto& m) { m.set_validator_address(account(1)); }),
        StartsWith("sdk/7 validator_address ")
    );
}

TEST(DistributionChecks, refuse_a_commission_with_one_field_wrong) {
    EXPECT_EQ(check(commission_url, sample_commission()), "");
    MsgWithdrawValidatorCommission message;

    EXPECT_THAT(check(commission_url, message), StartsWith("sdk/7 validator_address \"\": "));
    message.set_validator_address(account(1));
    EXPECT_THAT(check(commission_url, message), StartsWith("sdk/7 validator_address "));
}

TEST(DistributionChecks, refuse_a_gift_with_one_field_wrong) {
    EXPECT_EQ(check(fund_url, sample_fund()), "");
    const auto with = [](auto change) {
        MsgFundCommunityPool message = sample_fund();
        change(message);
        return check(fund_url, message);
    };

    EXPECT_THAT(with([](auto& m) { m.set_depositor("x"); }), StartsWith("sdk/7 depositor "));
    EXPECT_THAT(with([](auto& m) { m.clear_amount(); }), StartsWith("sdk/10 amount: "));
    EXPECT_THAT(
        with([](auto& m) { m.mutable_amount(0)->set_amount("0"); }), StartsWith("sdk/10 amount: ")
    );
    EXPECT_THAT(
        with([](auto& m) { m.mutable_amount(0)->set_amount("-5"); }), StartsWith("sdk/10 amount: ")
    );
    EXPECT_EQ(
        with([](auto& m) { m.mutable_amount(0)->set_denom("uabc"); }),
        "sdk/10 amount: 25uabc is not uyard alone: invalid coins"
    );
    EXPECT_EQ(
        with([](auto& m) {
            *m.add_amount() = m.amount(0);
            m.mutable_amount(0)->set_denom("uabc");
        }),
        "sdk/10 amount: 25uabc,25uyard is not uyard alone: invalid coins"
    );
}

}  // namespace
}  // namespace steelyard::messages
