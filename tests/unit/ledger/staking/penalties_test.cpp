// Rule P3 of doc/spec/staking.md: whose stake a slash takes.
#include "tests/unit/ledger/staking/invariants.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Height;

class PenaltiesTest : public testing::Test {
protected:
    PenaltiesTest() {
        bench.end_block();
        at(10);
    }

    ~PenaltiesTest() override { Invariants(bench).check(); }

    void at(std::int64_t height) { bench.block.height = Height(height); }

    /// A slash of anna's validator for what it did at a height.
    std::uint64_t slash_at(
        std::int64_t height, std::string_view fraction, std::int64_t power = 10
    ) {
        const Amount burned =
            slash(bench.context, of_anna, Height(height), power, dec(fraction)).value();
        total += static_cast<std::uint64_t>(burned.value());
        EXPECT_EQ(bank::total(bench.state, bank::Source::slashed).value(), Amount(total));
        return static_cast<std::uint64_t>(burned.value());
    }

    void delegate_to(const Party& validator, std::uint64_t amount) {
        ASSERT_TRUE(delegate(bench.context, dora, validator.address, Amount(amount)));
    }

    void undelegate_from(const Party& validator, std::uint64_t amount) {
        ASSERT_TRUE(undelegate(bench.context, dora, validator.address, Amount(amount)));
    }

    std::uint64_t unbonding(ValidatorNumber number) {
        std::uint64_t sum = 0;
        const Unbonding entries = get_unbonding(bench.state, dora.number, number).value();
        for (const UnbondingEntry& entry : entries) {
            sum += static_cast<std::uint64_t>(entry.balance.value());
        }
        return sum;
    }

    /// Tokens that dora has with a validator.
    std::uint64_t stake(ValidatorNumber number) {
        const Dec shares = delegated_shares(bench.state, dora.number, number).value();
        const Dec worth = tokens_of(bench.get(number), shares);
        return static_cast<std::uint64_t>(to_amount(worth, chain::Rounding::truncate)->value());
    }

    StakingBench bench;
    Party anna = bench.party(1);
    Party bela = bench.party(2);
    Party dora = bench.party(4);
    ValidatorNumber of_anna = bench.make_validator(1, 10 * yard);
    ValidatorNumber of_bela = bench.make_validator(2, 10 * yard);
    std::uint64_t total = 0;
};

// TestSlashValidatorAtCurrentHeight of cosmos-sdk tests/integration/staking/keeper/slash_test.go:
// half of a power of 10 at the height of the block.
TEST_F(PenaltiesTest, take_a_part_of_the_power) {
    EXPECT_EQ(slash_at(10, "0.5"), 5 * yard);

    EXPECT_EQ(bench.tokens(of_anna), 5 * yard);
    EXPECT_EQ(bench.get(of_anna).shares, Dec(10 * yard));
    EXPECT_EQ(bench.pool(bonded_pool_name), 15 * yard);
}

TEST_F(PenaltiesTest, are_of_the_power_at_the_offence_not_of_now) {
    delegate_to(anna, 10 * yard);

    EXPECT_EQ(slash_at(10, "0.05"), yard / 2);
    EXPECT_EQ(slash_at(10, "1", 15), 15 * yard);
    EXPECT_EQ(bench.tokens(of_anna), 9 * yard / 2);
    EXPECT_EQ(slash_at(10, "1"), 9 * yard / 2) << "no more than there is";
    EXPECT_EQ(bench.tokens(of_anna), 0U);
    EXPECT_EQ(slash_at(10, "1"), 0U);
}

TEST_F(PenaltiesTest, are_cut_to_whole_tokens) {
    EXPECT_EQ(slash_at(10, "0.000000333333333333", 1), 0U);
    EXPECT_EQ(slash_at(10, "0.333333333333333333", 1), 333'333U);
    EXPECT_EQ(slash_at(10, "0", 10), 0U);
}

TEST_F(PenaltiesTest, are_shared_by_all_who_delegate) {
    delegate_to(anna, 10 * yard);

    slash_at(10, "0.05", 20);

    EXPECT_EQ(stake(of_anna), 9'500'000U);
}

// TestSlashWithUnbondingDelegation, same file: 4 of the 14 tokens that were there left after the
// offence, then half of a power of 10 is slashed again and again.
TEST_F(PenaltiesTest, reach_what_left_since_the_offence) {
    delegate_to(anna, 4 * yard);
    at(11);
    undelegate_from(anna, 4 * yard);
    at(12);

    EXPECT_EQ(slash_at(10, "0.5"), 5 * yard);
    EXPECT_EQ(unbonding(of_anna), 2 * yard);
    EXPECT_EQ(bench.tokens(of_anna), 7 * yard);

    EXPECT_EQ(slash_at(9, "0.5"), 5 * yard);
    EXPECT_EQ(unbonding(of_anna), 0U);
    EXPECT_EQ(bench.tokens(of_anna), 4 * yard);

    EXPECT_EQ(slash_at(9, "0.5"), 3 * yard) << "what was due of the entry is nobody else's debt";
    EXPECT_EQ(bench.tokens(of_anna), yard);

    EXPECT_EQ(slash_at(9, "0.5"), yard);
    EXPECT_EQ(bench.tokens(of_anna), 0U);
}

TEST_F(PenaltiesTest, spare_what_left_before_the_offence_or_is_mature) {
    delegate_to(anna, 8 * yard);
    undelegate_from(anna, 4 * yard);
    at(11);
    EXPECT_EQ(slash_at(11, "0.5"), 5 * yard) << "at this very height nothing has left";
    at(12);
    EXPECT_EQ(slash_at(11, "0.1"), yard);
    EXPECT_EQ(unbonding(of_anna), 4 * yard);
    EXPECT_EQ(slash_at(10, "0.1"), yard) << "0.4 of the entry";
    EXPECT_EQ(unbonding(of_anna), 3'600'000U);

    bench.next_block(bench.params.staking.unbonding_time);
    EXPECT_EQ(slash_at(10, "0.1"), yard);
    EXPECT_EQ(unbonding(of_anna), 3'600'000U) << "mature, though it was not paid yet";
    bench.end_block();
}

// TestSlashWithRedelegation, same file: 6 tokens that moved on answer with half of them, as long as
// there are any.
TEST_F(PenaltiesTest, reach_what_moved_to_another_validator) {
    delegate_to(anna, 6 * yard);
    at(11);
    ASSERT_TRUE(redelegate(bench.context, dora, anna.address, bela.address, Amount(6 * yard)));
    at(12);

    EXPECT_EQ(slash_at(10, "0.5"), 5 * yard);
    EXPECT_EQ(stake(of_bela), 3 * yard);
    EXPECT_EQ(bench.tokens(of_bela), 13 * yard);
    EXPECT_EQ(bench.tokens(of_anna), 8 * yard);

    EXPECT_EQ(slash_at(10, "0.5"), 5 * yard);
    EXPECT_EQ(stake(of_bela), 0U);
    EXPECT_EQ(bench.tokens(of_bela), 10 * yard) << "nobody else's";
    EXPECT_EQ(bench.tokens(of_anna), 6 * yard);

    EXPECT_EQ(slash_at(10, "1"), 4 * yard);
    EXPECT_EQ(bench.tokens(of_anna), 2 * yard);
}

// GHSA-86h5-xcpx-cfqc: who undelegated from the second validator was not slashed.
TEST_F(PenaltiesTest, reach_what_moved_and_then_left) {
    delegate_to(anna, 6 * yard);
    at(11);
    ASSERT_TRUE(redelegate(bench.context, dora, anna.address, bela.address, Amount(6 * yard)));
    at(12);
    undelegate_from(bela, 6 * yard);
    at(13);

    EXPECT_EQ(slash_at(10, "0.5"), 5 * yard);

    EXPECT_EQ(unbonding(of_bela), 3 * yard);
    EXPECT_EQ(bench.tokens(of_bela), 10 * yard);
}

// Both parts pay together what the whole would have paid: here the SDK takes 1 + 3.
TEST_F(PenaltiesTest, take_no_more_where_a_part_left) {
    delegate_to(anna, 6 * yard);
    at(11);
    ASSERT_TRUE(redelegate(bench.context, dora, anna.address, bela.address, Amount(6 * yard)));
    at(12);
    undelegate_from(bela, yard);
    at(13);

    EXPECT_EQ(slash_at(10, "0.5"), 5 * yard);

    EXPECT_EQ(unbonding(of_bela), 0U);
    EXPECT_EQ(stake(of_bela), 3 * yard);
    EXPECT_EQ(bench.tokens(of_anna), 8 * yard);
}

TEST_F(PenaltiesTest, spare_what_left_the_second_validator_before_the_move) {
    delegate_to(bela, 5 * yard);
    undelegate_from(bela, 5 * yard);
    delegate_to(anna, 6 * yard);
    at(11);
    ASSERT_TRUE(redelegate(bench.context, dora, anna.address, bela.address, Amount(6 * yard)));
    at(12);

    EXPECT_EQ(slash_at(9, "0.5"), 5 * yard);

    EXPECT_EQ(unbonding(of_bela), 5 * yard);
    EXPECT_EQ(stake(of_bela), 3 * yard);
}

TEST_F(PenaltiesTest, may_jail_who_redelegated_to_his_own_validator) {
    const Party carl = bench.party(3);
    const ValidatorNumber of_carl = bench.make_validator(3, yard);
    ASSERT_TRUE(delegate(bench.context, carl, anna.address, Amount(6 * yard)));
    at(11);
    ASSERT_TRUE(redelegate(bench.context, carl, anna.address, carl.address, Amount(6 * yard)));
    ASSERT_TRUE(undelegate(bench.context, carl, carl.address, Amount(yard)));
    const ValidatorEdit edit{
        .description = bench.get(of_carl).description, .min_self_delegation = Amount(6 * yard)
    };
    ASSERT_TRUE(edit_validator(bench.context, carl.address, edit));
    at(12);

    slash_at(10, "0.5");

    EXPECT_TRUE(bench.get(of_carl).jailed);
}

TEST_F(PenaltiesTest, may_remove_the_validator_that_stake_moved_to) {
    const Party carl = bench.party(3);
    const ValidatorNumber of_carl = bench.make_validator(3, 100);
    delegate_to(anna, 6 * yard);
    at(11);
    ASSERT_TRUE(redelegate(bench.context, dora, anna.address, carl.address, Amount(6 * yard)));
    ASSERT_TRUE(undelegate(bench.context, carl, carl.address, Amount(100)));
    ASSERT_EQ(bench.get(of_carl).status, Status::unbonded);
    at(12);

    EXPECT_EQ(slash_at(10, "1"), 10 * yard);

    EXPECT_FALSE(get_validator(bench.state, of_carl).value());
    EXPECT_EQ(bench.tokens(of_anna), 6 * yard);
    EXPECT_EQ(slash_at(10, "0.1"), 400'000U) << "the rest is gone";
}

TEST_F(PenaltiesTest, reach_a_validator_that_is_unbonding) {
    bench.params.staking.max_validators = 1;
    delegate_to(bela, yard);
    bench.end_block();
    ASSERT_EQ(bench.get(of_anna).status, Status::unbonding);
    const std::uint64_t pool = bench.pool(not_bonded_pool_name);
    at(12);

    EXPECT_EQ(slash_at(10, "0.5"), 5 * yard);

    EXPECT_EQ(bench.pool(not_bonded_pool_name), pool - 5 * yard);
}

TEST_F(PenaltiesTest, keep_rewards_of_before_and_cut_those_of_after) {
    delegate_to(anna, 10 * yard);
    const auto collector =
        bank::module_party(bench.state, distribution::fee_collector_name).value();
    const auto reward = [&] {
        bench.next_block();
        ASSERT_TRUE(bank::mint(bench.context, collector, Amount(1'000)));
        const distribution::Share share{of_anna, anna.address, 20, Dec()};
        ASSERT_TRUE(distribution::allocate(bench.context, std::array{share}));
    };
    reward();
    slash_at(bench.block.height.value(), "0.5", 20);
    delegate_to(bela, 1);  // no business of anna's
    ASSERT_TRUE(delegate(bench.context, anna, anna.address, Amount(5 * yard)));
    reward();

    // 500 of the first; of the second a third, 5 of 15.
    EXPECT_EQ(withdraw_rewards(bench.context, dora, anna.address).value(), Amount(500 + 333));
}

TEST_F(PenaltiesTest, are_told_to_rewards_rounded_up) {
    delegate_to(anna, 20 * yard);

    slash_at(10, "1", 10);

    std::vector<std::string> fractions;
    const auto note = [&](const distribution::SlashEvent& event) -> Outcome<bool> {
        fractions.push_back(to_string(event.fraction));
        return true;
    };
    ASSERT_TRUE(distribution::walk_slash_events(bench.state, of_anna, Height(0), note));
    EXPECT_EQ(fractions, std::vector<std::string>({"0.333333333333333334"}));
}

TEST_F(PenaltiesTest, jail_once) {
    ASSERT_TRUE(jail(bench.context, of_anna));
    EXPECT_TRUE(bench.get(of_anna).jailed);
    EXPECT_DEATH(jail(bench.context, of_anna).value(), "");
    ASSERT_TRUE(unjail(bench.context, of_anna));
    EXPECT_FALSE(bench.get(of_anna).jailed);
    EXPECT_DEATH(unjail(bench.context, of_anna).value(), "");
}

TEST_F(PenaltiesTest, are_a_bug_where_there_is_nothing_to_slash) {
    const ValidatorNumber of_carl = bench.make_validator(3, 100);

    EXPECT_DEATH(slash(bench.context, of_carl, Height(10), 1, dec("0.5")).value(), "");
    EXPECT_DEATH(slash(bench.context, of_anna, Height(11), 1, dec("0.5")).value(), "");
    EXPECT_DEATH(slash(bench.context, of_anna, Height(10), 1, dec("1.1")).value(), "");
}

}  // namespace
}  // namespace steelyard::staking
