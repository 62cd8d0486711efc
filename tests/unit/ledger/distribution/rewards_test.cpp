// The scenarios of the Cosmos SDK's tests of distribution (x/distribution/keeper), with its numbers
// worked out again for how this chain counts blocks.
#include "tests/unit/ledger/distribution/stakes.h"

#include <gtest/gtest.h>

namespace steelyard::distribution {
namespace {

using chain::Amount;
using chain::Dec;

constexpr std::uint64_t power = 1'000'000;

class RewardsTest : public testing::Test {
protected:
    /// The next block, in which the validator earns so much.
    void earn(std::uint64_t fees) {
        stakes.earn(fees);
        stakes.next_block(&validator);
    }

    void skip_blocks(int count) {
        for (int i = 0; i < count; ++i) {
            stakes.next_block();
        }
    }

    Dec commission_now() { return commission(stakes.bench.state, validator.number).value(); }

    Stakes stakes;
    const Party alice = stakes.party(1);
    const Party bob = stakes.party(2);
    TestValidator& validator = stakes.add(7);
};

TEST_F(RewardsTest, are_shared_with_the_operator) {
    stakes.delegate(validator, alice, 100);
    EXPECT_EQ(stakes.references(validator.number), 2U);
    stakes.next_block();
    EXPECT_EQ(stakes.pending(validator, alice), Dec());

    earn(10);

    EXPECT_EQ(stakes.pending(validator, alice), Dec(5));
    EXPECT_EQ(commission_now(), Dec(5));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, are_none_in_the_block_in_which_a_stake_begins) {
    stakes.delegate(validator, alice, 100);
    earn(10);

    stakes.delegate(validator, bob, 100);
    EXPECT_EQ(stakes.pending(validator, bob), Dec());

    stakes.next_block();
    EXPECT_EQ(stakes.pending(validator, bob), Dec());
}

TEST_F(RewardsTest, go_on_after_a_slash) {
    stakes.delegate(validator, alice, 100 * power);
    skip_blocks(3);
    stakes.slash(validator, "0.5");
    skip_blocks(3);

    earn(10 * power);

    EXPECT_EQ(stakes.pending(validator, alice), Dec(5 * power));
    EXPECT_EQ(commission_now(), Dec(5 * power));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, go_on_after_many_slashes) {
    stakes.delegate(validator, alice, 100 * power);
    skip_blocks(3);
    stakes.slash(validator, "0.5");
    skip_blocks(3);
    earn(10 * power);
    stakes.slash(validator, "0.5");
    skip_blocks(3);

    earn(10 * power);

    EXPECT_EQ(stakes.pending(validator, alice), Dec(10 * power));
    EXPECT_EQ(commission_now(), Dec(10 * power));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, go_on_after_many_slashes_in_one_block) {
    stakes.delegate(validator, alice, 100 * power);
    skip_blocks(3);
    earn(10 * power);
    stakes.slash(validator, "0.5");
    stakes.slash(validator, "0.5");
    skip_blocks(3);

    earn(10 * power);

    EXPECT_EQ(stakes.pending(validator, alice), Dec(10 * power));
    EXPECT_EQ(commission_now(), Dec(10 * power));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, are_shared_among_delegators_by_their_stake_and_time) {
    stakes.delegate(validator, alice, 100);
    stakes.next_block();
    earn(20);
    stakes.delegate(validator, bob, 100);

    earn(20);

    EXPECT_EQ(stakes.pending(validator, alice), Dec(15));
    EXPECT_EQ(stakes.pending(validator, bob), Dec(5));
    EXPECT_EQ(commission_now(), Dec(20));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, are_shared_among_delegators_between_slashes) {
    stakes.delegate(validator, alice, 100 * power);
    stakes.next_block();
    earn(30 * power);
    skip_blocks(3);
    stakes.slash(validator, "0.5");
    skip_blocks(3);
    stakes.delegate(validator, bob, 100 * power);
    earn(30 * power);
    skip_blocks(3);
    stakes.slash(validator, "0.5");
    skip_blocks(3);

    EXPECT_EQ(stakes.pending(validator, alice), Dec(20 * power)) << "15, and a third of 15";
    EXPECT_EQ(stakes.pending(validator, bob), Dec(10 * power));
    EXPECT_EQ(commission_now(), Dec(30 * power));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, are_paid_once) {
    stakes.delegate(validator, alice, 100 * power);
    stakes.next_block();
    earn(10 * power);
    EXPECT_EQ(stakes.references(validator.number), 2U);

    EXPECT_EQ(stakes.withdraw(validator, alice), Amount(5 * power));
    EXPECT_EQ(stakes.withdraw(validator, alice), Amount());

    EXPECT_EQ(stakes.references(validator.number), 2U);
    EXPECT_EQ(stakes.balance(alice), Amount(5 * power));
    EXPECT_EQ(stakes.balance(stakes.own), Amount(5 * power));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, say_what_was_paid) {
    stakes.delegate(validator, alice, 100);
    earn(10);
    stakes.bench.events.clear();

    stakes.withdraw(validator, alice);
    stakes.withdraw(validator, alice);

    const auto& events = stakes.bench.events;
    ASSERT_EQ(
        ledger::type_names(events),
        "coin_spent coin_received transfer withdraw_rewards withdraw_rewards"
    );
    EXPECT_EQ(events[3].attributes[0].value, "5uyard");
    EXPECT_TRUE(events[3].attributes[1].value.starts_with("yardvaloper1"));
    EXPECT_TRUE(events[3].attributes[2].value.starts_with("yard1"));
    EXPECT_EQ(events[4].attributes[0].value, "0uyard");
}

TEST_F(RewardsTest, are_settled_by_several_in_turns) {
    stakes.delegate(validator, alice, 100);
    stakes.next_block();
    earn(20);
    EXPECT_EQ(stakes.references(validator.number), 2U);
    stakes.delegate(validator, bob, 100);
    EXPECT_EQ(stakes.references(validator.number), 3U);
    earn(20);
    EXPECT_EQ(stakes.withdraw(validator, alice), Amount(15));
    EXPECT_EQ(stakes.withdraw(validator, bob), Amount(5));
    EXPECT_EQ(stakes.references(validator.number), 3U);
    ASSERT_TRUE(withdraw_commission(stakes.bench.context, validator.number, alice));
    EXPECT_EQ(stakes.pending(validator, alice), Dec());
    EXPECT_EQ(stakes.pending(validator, bob), Dec());

    earn(20);
    EXPECT_EQ(stakes.withdraw(validator, alice), Amount(5));
    EXPECT_EQ(stakes.pending(validator, alice), Dec());
    EXPECT_EQ(stakes.pending(validator, bob), Dec(5));
    EXPECT_EQ(commission_now(), Dec(10));

    earn(20);
    ASSERT_TRUE(withdraw_commission(stakes.bench.context, validator.number, alice));
    EXPECT_EQ(stakes.pending(validator, alice), Dec(5));
    EXPECT_EQ(stakes.pending(validator, bob), Dec(10));
    EXPECT_EQ(commission_now(), Dec());
    stakes.expect_invariants();
}

TEST_F(RewardsTest, leave_fractions_to_the_community) {
    stakes.delegate(validator, alice, 3);
    earn(11);

    EXPECT_EQ(stakes.withdraw(validator, alice), Amount(5));

    EXPECT_EQ(to_string(community_pool(stakes.bench.state).value()), "0.499999999999999999")
        << "of 5.5, of which a third is cut to 18 places";
    EXPECT_EQ(
        to_string(outstanding(stakes.bench.state, validator.number).value()), "5.500000000000000001"
    );
    stakes.expect_invariants();
}

TEST_F(RewardsTest, go_to_the_community_where_there_is_no_token) {
    stakes.delegate(validator, alice, 100);
    stakes.next_block();
    stakes.slash(validator, "1");
    ASSERT_EQ(validator.tokens, Amount());
    stakes.earn(10);
    stakes.bench.block.height = stakes.bench.block.height.next();
    const Share share{validator.number, validator.operator_account.address, 1, validator.rate};
    ASSERT_TRUE(allocate(stakes.bench.context, std::array{share}));

    EXPECT_EQ(stakes.withdraw(validator, alice), Amount());

    EXPECT_EQ(community_pool(stakes.bench.state).value(), Dec(5));
    EXPECT_EQ(outstanding(stakes.bench.state, validator.number).value(), Dec(5));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, go_to_the_community_where_a_token_would_earn_too_much) {
    stakes.delegate(validator, alice, 1);
    for (int i = 0; i < 40; ++i) {
        earn(9'000'000'000'000'000'000U);
        const Amount commissions =
            withdraw_commission(stakes.bench.context, validator.number, bob).value();
        EXPECT_EQ(commissions, Amount(4'500'000'000'000'000'000U));
        stakes.withdraw(validator, alice);
        const Dec pool = community_pool(stakes.bench.state).value();
        if (!pool.is_zero()) {
            EXPECT_EQ(i, 37) << "38 x 4.5 x 10^18 is more than a Dec holds";
            return;
        }
    }
    FAIL() << "the ratio grew out of range";
}

TEST_F(RewardsTest, are_paid_to_the_withdraw_address) {
    stakes.delegate(validator, alice, 100);
    earn(10);
    ASSERT_TRUE(set_withdraw_address(stakes.bench.context, alice, bob));

    stakes.withdraw(validator, alice);

    EXPECT_EQ(stakes.balance(alice), Amount());
    EXPECT_EQ(stakes.balance(bob), Amount(5));
}

TEST_F(RewardsTest, are_settled_over_a_bounded_number_of_slashes) {
    stakes.delegate(validator, alice, 1'000'000 * power);
    const std::size_t slashes = settled_slashes_max + 5;
    for (std::size_t i = 0; i < slashes; ++i) {
        earn(power);
        stakes.slash(validator, "0.0001");
    }
    EXPECT_EQ(stakes.rows('s'), slashes);

    const Dec earned = stakes.pending(validator, alice);

    const Dec all(static_cast<std::int64_t>(slashes * power / 2));
    EXPECT_LT(earned, all);
    EXPECT_GT(earned, Dec(static_cast<std::int64_t>(slashes * power / 2 - power / 100)))
        << "what is left out is the part of five slashes in the rewards of five blocks";
    stakes.expect_invariants();
}

TEST_F(RewardsTest, are_cut_at_each_slash) {
    TestValidator& free = stakes.add(9, "0");
    stakes.delegate(free, alice, 1'000);
    for (const std::uint64_t burned : {333, 100, 189, 7}) {
        stakes.next_block();
        stakes.burn(free, Amount(burned));
        stakes.earn(1'000'000'000'000'000);
        stakes.next_block(&free);
    }

    // Worked out with integers of any size; rounding stakes up would give ...970184019887.
    EXPECT_EQ(to_string(stakes.pending(free, alice)), "3999999999999999.995087933845794870");
}

TEST_F(RewardsTest, of_a_stake_begun_between_two_slashes_of_a_block_know_the_second) {
    stakes.delegate(validator, alice, 100 * power);
    stakes.next_block();
    stakes.slash(validator, "0.5");
    stakes.delegate(validator, bob, 50 * power);
    stakes.slash(validator, "0.5");

    earn(10 * power);

    EXPECT_EQ(stakes.pending(validator, alice), Dec(5 * power / 2));
    EXPECT_EQ(stakes.pending(validator, bob), Dec(5 * power / 2));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, leave_no_row_behind) {
    stakes.delegate(validator, alice, 1'000);
    stakes.delegate(validator, bob, 777);
    earn(10);
    stakes.slash(validator, "0.3");
    earn(11);
    stakes.undelegate(validator, alice, 100'000);
    stakes.slash(validator, "0.01");
    earn(12);
    stakes.undelegate(validator, bob, 100'000);
    EXPECT_EQ(validator.tokens, Amount());

    stakes.remove(validator);

    for (const char letter : {'a', 'c', 'd', 'h', 'o', 's'}) {
        EXPECT_EQ(stakes.rows(letter), 0U) << letter;
    }
    EXPECT_LT(community_pool(stakes.bench.state).value(), Dec(4));
    stakes.expect_invariants();
}

TEST_F(RewardsTest, of_a_removed_validator_go_to_operator_and_community) {
    stakes.delegate(validator, alice, 3);
    earn(11);
    stakes.undelegate(validator, alice, 3);
    const Party operator_account = validator.operator_account;

    stakes.remove(validator);

    EXPECT_EQ(stakes.balance(alice), Amount(5));
    EXPECT_EQ(stakes.balance(operator_account), Amount(5));
    EXPECT_EQ(community_pool(stakes.bench.state).value(), Dec(1));
    EXPECT_EQ(stakes.balance(stakes.own), Amount(1));
}

TEST_F(RewardsTest, stay_as_they_were_where_they_are_only_looked_at) {
    stakes.delegate(validator, alice, 100);
    earn(10);
    const auto mark = stakes.bench.state.mark();

    ASSERT_TRUE(stakes.pending(validator, alice) == Dec(5));

    EXPECT_EQ(stakes.bench.state.mark(), mark);
}

TEST_F(RewardsTest, are_those_of_what_a_stake_is_worth_if_that_is_less) {
    stakes.delegate(validator, alice, 100);
    earn(20);

    const auto earned =
        pending(stakes.bench.context, validator.number, validator.tokens, alice.number, Dec(99));

    EXPECT_EQ(to_string(earned.value()), "9.900000000000000000");
}

TEST_F(RewardsTest, are_never_more_than_the_validator_has_for_them) {
    stakes.delegate(validator, alice, 1);
    earn(10);
    StartingInfo info =
        get_starting_info(stakes.bench.state, validator.number, alice.number).value();
    info.stake = *Dec::from_scaled(static_cast<Int128>(Amount::value_max));
    ASSERT_TRUE(put_starting_info(stakes.bench.state, validator.number, alice.number, info));

    const auto earned =
        pending(stakes.bench.context, validator.number, validator.tokens, alice.number, info.stake);

    EXPECT_EQ(earned.value(), Dec(5));
}

/// Tokens that go out and in are rounded each time, by turns for and against who stays.
TEST_F(RewardsTest, survive_rounding_that_adds_up) {
    stakes.delegate(validator, alice, 7);
    stakes.delegate(validator, bob, 4);
    stakes.next_block();
    stakes.burn(validator, Amount(2));
    stakes.next_block();
    for (int i = 0; i < 300; ++i) {
        stakes.undelegate(validator, bob, 1);
        stakes.delegate(validator, bob, 1 + i % 2);
        stakes.undelegate(validator, bob, i % 2 + 1);
        stakes.delegate(validator, bob, 1);
    }
    earn(1'000'000);

    EXPECT_GT(stakes.withdraw(validator, alice), Amount(200'000));
    stakes.withdraw(validator, bob);
    stakes.expect_invariants();
}

}  // namespace
}  // namespace steelyard::distribution
