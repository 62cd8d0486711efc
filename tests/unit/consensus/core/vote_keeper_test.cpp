#include "consensus/core/vote_keeper.h"

#include "tests/unit/consensus/core/votes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::Round;
using chain::VotingPower;

constexpr std::int32_t behind_max = VoteKeeper::rounds_behind_max;
constexpr std::int32_t ahead_max = VoteKeeper::rounds_ahead_max;

VoteKeeper keeper_at(std::int32_t round, std::size_t validators = 4) {
    VoteKeeper keeper(validators, static_cast<VotingPower>(validators));
    keeper.enter(Round(round), {});
    return keeper;
}

/// Whether any vote of the validator is held in the round.
bool has_vote(const VoteKeeper& keeper, chain::ValidatorIndex index, std::int32_t round) {
    const VoteSet* const prevotes = keeper.prevotes(Round(round));
    const VoteSet* const precommits = keeper.precommits(Round(round));
    return (prevotes != nullptr && prevotes->vote(index) != nullptr) ||
           (precommits != nullptr && precommits->vote(index) != nullptr);
}

TEST(VoteKeeper, keeps_rounds_and_types_apart) {
    VoteKeeper keeper(4, 4);

    keeper.add(prevote(0, block(1)), 1);
    keeper.add(precommit(0, nil), 1);
    keeper.add(prevote(0, block(2), 1), 1);

    EXPECT_EQ(*keeper.prevotes(Round(0))->vote(0), prevote(0, block(1)));
    EXPECT_EQ(*keeper.precommits(Round(0))->vote(0), precommit(0, nil));
    EXPECT_EQ(*keeper.prevotes(Round(1))->vote(0), prevote(0, block(2), 1));
    EXPECT_TRUE(keeper.precommits(Round(1))->empty());
    EXPECT_EQ(keeper.prevotes(Round(2)), nullptr);
    EXPECT_EQ(keeper.size(), 3U);
}

TEST(VoteKeeper, tells_what_the_vote_set_tells) {
    VoteKeeper keeper(4, 4);
    keeper.add(prevote(0, block(1)), 1);
    keeper.add(prevote(1, block(1)), 1);

    EXPECT_FALSE(keeper.wants(prevote(1, block(1))));
    EXPECT_FALSE(keeper.add(prevote(1, block(1)), 1).added);
    EXPECT_EQ(keeper.add(prevote(1, nil), 1).contradicts, std::optional(prevote(1, block(1))));
    EXPECT_EQ(keeper.add(prevote(2, block(1)), 1).quorum, std::optional<VoteValue>(block(1)));
}

TEST(VoteKeeper, wants_no_vote_of_a_stranger) {
    const VoteKeeper keeper(4, 4);

    EXPECT_TRUE(keeper.wants(prevote(3, nil)));
    EXPECT_FALSE(keeper.wants(prevote(4, nil)));
}

TEST(VoteKeeper, the_latest_far_rounds_of_a_validator_win) {
    VoteKeeper keeper = keeper_at(0);
    keeper.add(prevote(0, nil, 5), 1);
    keeper.add(precommit(0, nil, 5), 1);
    keeper.add(prevote(0, nil, 3), 1);

    EXPECT_FALSE(keeper.wants(prevote(0, nil, 2)));
    EXPECT_TRUE(keeper.add(prevote(0, nil, 4), 1).added);
    EXPECT_FALSE(has_vote(keeper, 0, 3));
    EXPECT_FALSE(keeper.wants(prevote(0, nil, 3)));

    EXPECT_TRUE(keeper.add(prevote(0, nil, 9), 1).added);
    EXPECT_TRUE(keeper.add(prevote(0, nil, 8), 1).added);
    EXPECT_FALSE(has_vote(keeper, 0, 5));
    EXPECT_EQ(keeper.prevotes(Round(5)), nullptr);
    EXPECT_TRUE(has_vote(keeper, 0, 8));
    EXPECT_TRUE(has_vote(keeper, 0, 9));
    EXPECT_EQ(keeper.size(), 2U);
}

TEST(VoteKeeper, near_rounds_take_no_room_of_far_ones) {
    VoteKeeper keeper = keeper_at(7);

    for (const std::int32_t round : {20, 21, 8, 7, 6, 0}) {
        EXPECT_TRUE(keeper.add(prevote(0, nil, round), 1).added) << round;
    }
    EXPECT_EQ(keeper.size(), 6U);
}

TEST(VoteKeeper, validators_take_no_room_of_each_other) {
    VoteKeeper keeper = keeper_at(0);
    for (std::int32_t round = 2; round < 50; ++round) {
        keeper.add(prevote(0, nil, round), 1);
    }

    EXPECT_TRUE(keeper.add(prevote(1, nil, 2), 1).added);
    EXPECT_EQ(keeper.size(), 3U);
}

TEST(VoteKeeper, rounds_that_come_near_free_the_room_of_far_ones) {
    VoteKeeper keeper = keeper_at(0);
    keeper.add(prevote(0, nil, 4), 1);
    keeper.add(prevote(0, nil, 9), 1);
    EXPECT_FALSE(keeper.wants(prevote(0, nil, 3)));

    keeper.enter(Round(3), {});

    EXPECT_TRUE(keeper.add(prevote(0, nil, 7), 1).added);
    EXPECT_TRUE(keeper.add(prevote(0, nil, 10), 1).added);
    EXPECT_TRUE(has_vote(keeper, 0, 4));
    EXPECT_FALSE(has_vote(keeper, 0, 7));
    EXPECT_TRUE(has_vote(keeper, 0, 9));
}

TEST(VoteKeeper, takes_no_votes_of_rounds_too_far_ahead) {
    const VoteKeeper keeper = keeper_at(5);

    EXPECT_TRUE(keeper.wants(prevote(0, nil, 5 + ahead_max)));
    EXPECT_FALSE(keeper.wants(prevote(0, nil, 6 + ahead_max)));
    EXPECT_FALSE(keeper.wants(prevote(0, nil, std::numeric_limits<std::int32_t>::max())));
}

TEST(VoteKeeper, forgets_rounds_too_far_behind) {
    VoteKeeper keeper(4, 4);
    keeper.add(prevote(0, nil, 0), 1);
    keeper.add(prevote(0, nil, 1), 1);

    keeper.enter(Round(behind_max + 1), {});

    EXPECT_EQ(keeper.prevotes(Round(0)), nullptr);
    EXPECT_NE(keeper.prevotes(Round(1)), nullptr);
    EXPECT_FALSE(keeper.wants(prevote(1, nil, 0)));
    EXPECT_TRUE(keeper.wants(prevote(1, nil, 1)));
}

TEST(VoteKeeper, kept_rounds_are_not_forgotten_and_can_be_filled) {
    VoteKeeper keeper(4, 4);
    keeper.add(prevote(0, block(1), 0), 1);

    keeper.enter(Round(1'000), std::vector{Round(0), Round(2)});
    keeper.enter(Round(2'000), std::vector{Round(0), Round(2)});

    EXPECT_TRUE(has_vote(keeper, 0, 0));
    EXPECT_TRUE(keeper.add(prevote(1, block(1), 0), 1).added);
    EXPECT_TRUE(keeper.add(prevote(1, block(1), 2), 1).added);
    EXPECT_FALSE(keeper.wants(prevote(1, block(1), 1)));

    keeper.enter(Round(2'000), {});
    EXPECT_EQ(keeper.size(), 0U);
}

TEST(VoteKeeper, tells_the_decision_and_holds_its_precommits) {
    VoteKeeper keeper(4, 4);
    for (const chain::ValidatorIndex i : {0U, 1U, 2U}) {
        EXPECT_EQ(keeper.decided(), std::nullopt);
        keeper.add(precommit(i, block(1)), 1);
    }
    ASSERT_EQ(keeper.decided(), std::optional(Decided{*block(1), Round(0)}));

    keeper.enter(Round(10'000), {});

    EXPECT_EQ(keeper.decided(), std::optional(Decided{*block(1), Round(0)}));
    EXPECT_TRUE(keeper.add(precommit(3, block(1)), 1).added);
    EXPECT_TRUE(keeper.precommits(Round(0))->make_commit().voters().all());
}

TEST(VoteKeeper, neither_polkas_nor_precommits_for_nil_decide) {
    VoteKeeper keeper(4, 4);
    for (chain::ValidatorIndex i = 0; i < 4; ++i) {
        keeper.add(prevote(i, block(1)), 1);
        keeper.add(precommit(i, nil), 1);
    }

    EXPECT_EQ(keeper.decided(), std::nullopt);
    keeper.enter(Round(10'000), {});
    EXPECT_EQ(keeper.size(), 0U);
}

TEST(VoteKeeper, a_decision_in_a_far_round_is_told_and_never_taken_back) {
    VoteKeeper keeper(4, 4);
    for (chain::ValidatorIndex i = 0; i < 3; ++i) {
        keeper.add(precommit(i, block(1), 50), 1);
    }
    ASSERT_EQ(keeper.decided(), std::optional(Decided{*block(1), Round(50)}));

    for (std::int32_t round = 51; round < 60; ++round) {
        for (chain::ValidatorIndex i = 0; i < 4; ++i) {
            keeper.add(prevote(i, nil, round), 1);
        }
    }

    EXPECT_EQ(to_string(keeper.precommits(Round(50))->make_commit().voters()), "xxx_");
    EXPECT_TRUE(keeper.add(precommit(3, block(1), 50), 1).added);
    EXPECT_EQ(keeper.size(), 4U + 4U * VoteKeeper::far_rounds_max);
}

TEST(VoteKeeper, the_first_decision_stays) {
    VoteKeeper keeper(4, 4);
    for (const std::int32_t round : {3, 1}) {
        for (chain::ValidatorIndex i = 0; i < 3; ++i) {
            keeper.add(precommit(i, block(1), round), 1);
        }
    }

    EXPECT_EQ(keeper.decided(), std::optional(Decided{*block(1), Round(3)}));
}

TEST(VoteKeeper, skips_to_the_highest_round_of_more_than_a_third) {
    VoteKeeper keeper(6, 6);
    for (const chain::ValidatorIndex i : {0U, 1U, 2U}) {
        EXPECT_EQ(keeper.skip_round(), std::nullopt);
        keeper.add(prevote(i, nil, 4), 1);
    }
    EXPECT_EQ(keeper.skip_round(), Round(4));

    for (const chain::ValidatorIndex i : {3U, 4U, 5U}) {
        keeper.add(precommit(i, nil, 2), 1);
    }
    EXPECT_EQ(keeper.skip_round(), Round(4));

    for (const chain::ValidatorIndex i : {3U, 4U, 5U}) {
        keeper.add(precommit(i, block(1), 6), 1);
    }
    EXPECT_EQ(keeper.skip_round(), Round(6));

    keeper.enter(Round(6), {});
    EXPECT_EQ(keeper.skip_round(), std::nullopt);
}

TEST(VoteKeeper, exactly_a_third_skips_no_round) {
    VoteKeeper keeper(3, 9);
    keeper.add(prevote(0, nil, 1), 3);
    EXPECT_EQ(keeper.skip_round(), std::nullopt);

    keeper.add(prevote(1, nil, 1), 1);
    EXPECT_EQ(keeper.skip_round(), Round(1));
}

TEST(VoteKeeper, a_validator_counts_once_towards_a_skip) {
    VoteKeeper keeper(4, 4);

    keeper.add(prevote(0, nil, 4), 1);
    keeper.add(prevote(0, block(1), 4), 1);
    keeper.add(precommit(0, nil, 4), 1);
    EXPECT_EQ(keeper.skip_round(), std::nullopt);

    keeper.add(precommit(1, nil, 4), 1);
    EXPECT_EQ(keeper.skip_round(), Round(4));
}

TEST(VoteKeeper, votes_that_were_taken_back_skip_no_round) {
    VoteKeeper keeper(4, 4);
    for (const chain::ValidatorIndex i : {0U, 1U}) {
        keeper.add(prevote(i, nil, 4), 1);
        keeper.add(precommit(i, nil, 4), 1);
    }
    ASSERT_EQ(keeper.skip_round(), Round(4));

    keeper.add(prevote(0, nil, 5), 1);
    EXPECT_EQ(keeper.skip_round(), Round(4));
    keeper.add(prevote(0, nil, 6), 1);
    EXPECT_EQ(keeper.skip_round(), std::nullopt);

    keeper.add(prevote(2, nil, 4), 1);
    EXPECT_EQ(keeper.skip_round(), Round(4));
}

TEST(VoteKeeperDeathTest, never_goes_back) {
    VoteKeeper keeper = keeper_at(5);

    EXPECT_DEATH(keeper.enter(Round(4), {}), "round_");
}

}  // namespace
}  // namespace steelyard::consensus
