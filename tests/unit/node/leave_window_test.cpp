#include "node/leave_window.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::node {
namespace {

/// For so many heights from now on: whether validator `who` may leave before the height.
std::string windows(chain::ValidatorSet set, const chain::Address& who, int heights) {
    std::string seen;
    for (int i = 0; i < heights; ++i) {
        const bool proposes = set.proposer().address() == who;
        const bool may_leave = is_window_to_leave(set, who);
        EXPECT_FALSE(proposes && may_leave);
        seen += proposes ? 'P' : may_leave ? 'w' : '-';
        set.increment_proposer_priority(1);
    }
    return seen;
}

chain::ValidatorSet set_of(const std::vector<chain::VotingPower>& powers) {
    return test::validators_with_power(powers).validators;
}

TEST(LeaveWindow, is_right_after_our_own_block) {
    const chain::ValidatorSet set = set_of({10, 10, 10, 10});

    const std::string seen = windows(set, set[0].address(), 12);

    // One window between two turns, and it is where the time away is the longest.
    EXPECT_NE(seen.find("Pw--P"), seen.npos) << seen;
    EXPECT_EQ(seen.find("-w"), seen.npos) << seen;
}

TEST(LeaveWindow, is_anywhere_but_near_our_turn_in_a_large_set) {
    const chain::ValidatorSet set = set_of(std::vector<chain::VotingPower>(50, 10));

    const std::string seen = windows(set, set[7].address(), 100);

    EXPECT_NE(seen.find(std::string(heights_enough - 1, '-') + "P"), seen.npos) << seen;
    EXPECT_EQ(seen.find(std::string(heights_enough, '-') + "P"), seen.npos) << seen;
}

TEST(LeaveWindow, is_always_for_who_is_alone_or_has_no_turn) {
    const chain::ValidatorSet alone = set_of({10});
    EXPECT_TRUE(is_window_to_leave(alone, alone[0].address()));

    EXPECT_TRUE(is_window_to_leave(set_of({10, 10}), chain::Address()));
}

}  // namespace
}  // namespace steelyard::node
