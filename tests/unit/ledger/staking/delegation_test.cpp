// Rules D3, D4, D6 and D7 of doc/spec/staking.md: stake that comes, goes and comes back.
#include "tests/unit/ledger/staking/invariants.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Height;

class DelegationTest : public testing::Test {
protected:
    DelegationTest() {
        bench.params.staking.max_validators = 2;
        bench.end_block();
        bench.next_block();
    }

    ~DelegationTest() override { Invariants(bench).check(); }

    std::string delegate_to(const Party& to, std::uint64_t amount) {
        return transaction([&] { return delegate(bench.context, bela, to.address, Amount(amount)); }
        );
    }

    std::string undelegate_from(const Party& from, std::uint64_t amount) {
        return undelegate_of(bela, from, amount);
    }

    std::string undelegate_of(const Party& who, const Party& from, std::uint64_t amount) {
        return transaction([&] {
            return undelegate(bench.context, who, from.address, Amount(amount));
        });
    }

    std::string cancel(std::uint64_t amount, Height height) {
        return transaction([&] {
            return cancel_unbonding(bench.context, bela, anna.address, Amount(amount), height);
        });
    }

    /// What fails leaves nothing behind, as in a transaction.
    template <typename Operation>
    std::string transaction(const Operation& operation) {
        const auto mark = bench.state.mark();
        const auto outcome = operation();
        if (!outcome) {
            bench.state.roll_back(mark);
        }
        return code_of(outcome);
    }

    Unbonding unbonding() { return get_unbonding(bench.state, bela.number, of_anna).value(); }

    Dec shares() { return delegated_shares(bench.state, bela.number, of_anna).value(); }

    void slash_now(ValidatorNumber number, std::string_view fraction) {
        const std::int64_t power = power_of(bench.get(number).tokens);
        slash(bench.context, number, bench.block.height, power, dec(fraction)).value();
    }

    StakingBench bench;
    Party anna = bench.party(1);
    Party bela = bench.party(7);
    ValidatorNumber of_anna = bench.make_validator(1, 10 * yard);
};

TEST_F(DelegationTest, gives_shares_for_tokens) {
    const std::uint64_t before = bench.balance(bela);

    EXPECT_EQ(delegate_to(anna, 3 * yard), "");

    EXPECT_EQ(shares(), Dec(3 * yard));
    EXPECT_EQ(bench.tokens(of_anna), 13 * yard);
    EXPECT_EQ(bench.balance(bela), before - 3 * yard);
    EXPECT_EQ(bench.pool(bonded_pool_name), 13 * yard);
    EXPECT_EQ(
        last_event(bench.events, "delegate"),
        "validator=yardvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgpzk6u2e "
        "delegator=yard1qurswpc8qurswpc8qurswpc8qurswpc84qgkke amount=3000000uyard "
        "new_shares=3000000.000000000000000000"
    );
}

TEST_F(DelegationTest, goes_to_the_pool_of_the_validators_status) {
    const Party carl = bench.party(3);
    bench.make_validator(3, yard - 1);

    EXPECT_EQ(delegate_to(carl, 5), "");

    EXPECT_EQ(bench.pool(not_bonded_pool_name), yard + 4);
}

TEST_F(DelegationTest, needs_a_validator_and_the_money) {
    EXPECT_EQ(delegate_to(bela, 1), "staking/3");
    EXPECT_EQ(delegate_to(anna, 2'000'000'000'000'000), "sdk/5");
}

TEST_F(DelegationTest, gives_more_shares_where_they_are_worth_less) {
    slash_now(of_anna, "0.5");

    EXPECT_EQ(delegate_to(anna, 3), "");

    EXPECT_EQ(shares(), Dec(6));
}

TEST_F(DelegationTest, is_refused_where_shares_are_worth_nothing) {
    slash_now(of_anna, "1");
    ASSERT_EQ(bench.tokens(of_anna), 0U);

    EXPECT_EQ(delegate_to(anna, 1), "staking/34");
    EXPECT_EQ(undelegate_of(anna, anna, 1), "staking/22");
}

TEST_F(DelegationTest, pays_what_it_has_earned_before_it_changes) {
    ASSERT_EQ(delegate_to(anna, 10 * yard), "");
    const auto collector =
        bank::module_party(bench.state, distribution::fee_collector_name).value();
    ASSERT_TRUE(bank::mint(bench.context, collector, Amount(1'000)));
    const distribution::Share share{of_anna, anna.address, 20, dec("0.1")};
    bench.next_block();
    ASSERT_TRUE(distribution::allocate(bench.context, std::array{share}));
    const std::uint64_t before = bench.balance(bela);

    EXPECT_EQ(delegate_to(anna, 1), "");

    EXPECT_EQ(bench.balance(bela), before - 1 + 450);
    const auto paid = withdraw_rewards(bench.context, anna, anna.address);
    EXPECT_EQ(paid.value(), Amount(450));
    EXPECT_EQ(withdraw_rewards(bench.context, anna, anna.address).value(), Amount());
}

TEST_F(DelegationTest, earns_nothing_where_there_is_none) {
    EXPECT_EQ(code_of(withdraw_rewards(bench.context, bela, anna.address)), "staking/19");
    EXPECT_EQ(code_of(withdraw_rewards(bench.context, bela, bela.address)), "staking/3");
}

TEST_F(DelegationTest, waits_when_it_is_taken_back) {
    ASSERT_EQ(delegate_to(anna, 3 * yard), "");
    const std::uint64_t before = bench.balance(bela);
    const auto end = *checked_add(bench.block.time, bench.params.staking.unbonding_time);

    EXPECT_EQ(undelegate_from(anna, yard), "");

    EXPECT_EQ(unbonding(), Unbonding({{bench.block.height, end, Amount(yard), Amount(yard)}}));
    EXPECT_EQ(shares(), Dec(2 * yard));
    EXPECT_EQ(bench.pool(bonded_pool_name), 12 * yard);
    EXPECT_EQ(bench.pool(not_bonded_pool_name), yard);
    EXPECT_EQ(
        last_event(bench.events, "unbond"),
        "validator=yardvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgpzk6u2e amount=1000000uyard "
        "delegator=yard1qurswpc8qurswpc8qurswpc8qurswpc84qgkke "
        "completion_time=2026-01-22T00:00:05Z"
    );

    bench.next_block(bench.params.staking.unbonding_time - std::chrono::nanoseconds(1));
    bench.end_block();
    EXPECT_EQ(bench.balance(bela), before);
    bench.next_block(std::chrono::nanoseconds(1));
    bench.end_block();
    EXPECT_EQ(bench.balance(bela), before + yard);
    EXPECT_TRUE(unbonding().empty());
    EXPECT_EQ(
        last_event(bench.events, "complete_unbonding"),
        "amount=1000000uyard validator=yardvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgpzk6u2e "
        "delegator=yard1qurswpc8qurswpc8qurswpc8qurswpc84qgkke"
    );
}

TEST_F(DelegationTest, waits_as_long_whatever_the_validators_status) {
    const Party carl = bench.party(3);
    const ValidatorNumber unbonded = bench.make_validator(3, yard - 1);
    ASSERT_EQ(delegate_to(carl, 50), "");

    EXPECT_EQ(undelegate_from(carl, 50), "");

    const Unbonding waiting = get_unbonding(bench.state, bela.number, unbonded).value();
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(
        waiting[0].completion_time,
        checked_add(bench.block.time, bench.params.staking.unbonding_time)
    );
}

TEST_F(DelegationTest, has_one_entry_for_a_block) {
    ASSERT_EQ(delegate_to(anna, 100), "");
    ASSERT_EQ(undelegate_from(anna, 10), "");
    ASSERT_EQ(undelegate_from(anna, 5), "");
    bench.next_block();
    ASSERT_EQ(undelegate_from(anna, 7), "");

    ASSERT_EQ(unbonding().size(), 2U);
    EXPECT_EQ(unbonding()[0].initial_balance, Amount(15));
    EXPECT_EQ(unbonding()[0].balance, Amount(15));
    EXPECT_EQ(unbonding()[1].balance, Amount(7));
}

TEST_F(DelegationTest, has_so_many_entries_and_no_more) {
    bench.params.staking.max_entries = 2;
    ASSERT_EQ(delegate_to(anna, 100), "");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(undelegate_from(anna, 1), "");
        bench.next_block();
    }

    EXPECT_EQ(undelegate_from(anna, 1), "staking/27");

    EXPECT_EQ(shares(), Dec(98));
}

TEST_F(DelegationTest, gives_back_no_more_than_there_is) {
    ASSERT_EQ(delegate_to(anna, 100), "");

    EXPECT_EQ(undelegate_from(anna, 101), "sdk/18");
    EXPECT_EQ(undelegate_of(bench.party(8), anna, 1), "staking/19");
    EXPECT_EQ(undelegate_from(bela, 1), "staking/3");
    EXPECT_EQ(undelegate_from(anna, 100), "");
    EXPECT_EQ(undelegate_from(anna, 1), "staking/19");
}

// The SDK's arithmetic, done by hand with whole numbers: 9 tokens are 12.857142857142857142 shares,
// which are worth 8.999999999999999999 tokens.
TEST_F(DelegationTest, may_lose_a_token_to_rounding_after_a_slash) {
    slash_now(of_anna, "0.3");
    ASSERT_EQ(delegate_to(anna, 10), "");
    EXPECT_EQ(to_string(shares()), "14.285714285714285714");

    EXPECT_EQ(undelegate_from(anna, 9), "");

    EXPECT_EQ(unbonding()[0].balance, Amount(8));
    EXPECT_EQ(to_string(shares()), "1.428571428571428572");
    EXPECT_EQ(undelegate_from(anna, 1), "");
    EXPECT_EQ(unbonding()[0].balance, Amount(9));
    EXPECT_EQ(to_string(shares()), "0.000000204081574345") << "too little to be a token";
    EXPECT_EQ(undelegate_from(anna, 1), "sdk/18");
}

TEST_F(DelegationTest, is_not_given_back_for_nothing) {
    ASSERT_EQ(delegate_to(anna, 10), "");
    slash_now(of_anna, "0.3");
    ASSERT_EQ(bench.tokens(of_anna), 7 * yard + 10) << "only the power is slashed";
    ASSERT_EQ(undelegate_from(anna, 7), "");
    const Dec left = shares();

    EXPECT_EQ(undelegate_from(anna, 1), "sdk/18");

    EXPECT_EQ(shares(), left);
}

TEST_F(DelegationTest, comes_back_when_its_unbonding_is_cancelled) {
    ASSERT_EQ(delegate_to(anna, 100), "");
    ASSERT_EQ(undelegate_from(anna, 60), "");
    const Height height = bench.block.height;
    bench.next_block();

    EXPECT_EQ(cancel(20, height), "");

    EXPECT_EQ(shares(), Dec(60));
    ASSERT_EQ(unbonding().size(), 1U);
    EXPECT_EQ(unbonding()[0].balance, Amount(40));
    EXPECT_EQ(unbonding()[0].initial_balance, Amount(40));
    EXPECT_EQ(
        last_event(bench.events, "cancel_unbonding_delegation"),
        "amount=20uyard validator=yardvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgpzk6u2e "
        "delegator=yard1qurswpc8qurswpc8qurswpc8qurswpc84qgkke creation_height=2"
    );

    EXPECT_EQ(cancel(40, height), "");
    EXPECT_EQ(shares(), Dec(100));
    EXPECT_TRUE(unbonding().empty());
}

TEST_F(DelegationTest, cancels_only_what_waits) {
    ASSERT_EQ(delegate_to(anna, 100), "");
    EXPECT_EQ(cancel(1, bench.block.height), "staking/26");
    ASSERT_EQ(undelegate_from(anna, 60), "");
    const Height height = bench.block.height;

    EXPECT_EQ(cancel(61, height), "sdk/18");
    EXPECT_EQ(cancel(1, height.next()), "sdk/38");
    bench.next_block(bench.params.staking.unbonding_time);
    EXPECT_EQ(cancel(1, height), "sdk/38") << "mature, though it was not paid yet";
}

TEST_F(DelegationTest, does_not_come_back_to_a_jailed_validator) {
    ASSERT_EQ(delegate_to(anna, 100), "");
    ASSERT_EQ(undelegate_from(anna, 60), "");
    ASSERT_TRUE(jail(bench.context, of_anna));

    EXPECT_EQ(cancel(1, bench.block.height), "staking/7");
}

TEST_F(DelegationTest, jails_an_operator_who_has_too_little_left) {
    const ValidatorEdit edit{
        .description = bench.get(of_anna).description, .min_self_delegation = Amount(5 * yard)
    };
    ASSERT_TRUE(edit_validator(bench.context, anna.address, edit));
    ASSERT_EQ(delegate_to(anna, 100 * yard), "");

    EXPECT_EQ(undelegate_of(anna, anna, 5 * yard), "");
    EXPECT_FALSE(bench.get(of_anna).jailed);
    EXPECT_EQ(undelegate_from(anna, 100 * yard), "");
    EXPECT_FALSE(bench.get(of_anna).jailed) << "others may go";
    EXPECT_EQ(undelegate_of(anna, anna, 1), "");
    EXPECT_TRUE(bench.get(of_anna).jailed);
}

TEST_F(DelegationTest, removes_a_validator_that_nobody_needs) {
    const Party carl = bench.party(3);
    const ValidatorNumber number = bench.make_validator(3, 100);
    ASSERT_EQ(delegate_to(carl, 50), "");
    ASSERT_EQ(undelegate_of(carl, carl, 100), "");
    EXPECT_TRUE(bench.get(number).jailed);

    EXPECT_EQ(undelegate_from(carl, 50), "");

    EXPECT_FALSE(get_validator(bench.state, number).value());
    EXPECT_FALSE(find_by_operator(bench.state, carl.address).value());
    EXPECT_EQ(operator_of(bench.state, number).value(), carl.address);
    EXPECT_EQ(
        find_by_consensus_address(bench.state, StakingBench::consensus_key(3).address()).value(),
        number
    );
    const std::uint64_t before = bench.balance(bela);
    bench.next_block(bench.params.staking.unbonding_time);
    bench.end_block();
    EXPECT_EQ(bench.balance(bela), before + 50) << "what waits is paid all the same";
}

TEST_F(DelegationTest, removes_a_validator_that_never_had_a_beacon_key) {
    const Party carl = bench.party(3);
    const auto number = create_validator(bench.context, carl, StakingBench::new_validator(3, 100));
    ASSERT_TRUE(number);

    EXPECT_EQ(undelegate_of(carl, carl, 100), "");

    EXPECT_FALSE(get_validator(bench.state, *number).value());
}

TEST_F(DelegationTest, lets_an_operator_begin_anew_with_another_key) {
    const Party carl = bench.party(3);
    const ValidatorNumber number = bench.make_validator(3, 100);
    ASSERT_EQ(undelegate_of(carl, carl, 100), "");

    EXPECT_EQ(
        code_of(create_validator(bench.context, carl, StakingBench::new_validator(3, 100))),
        "staking/5"
    );
    const auto again = create_validator(bench.context, carl, StakingBench::new_validator(4, 100));

    ASSERT_TRUE(again);
    EXPECT_NE(*again, number);
}

}  // namespace
}  // namespace steelyard::staking
