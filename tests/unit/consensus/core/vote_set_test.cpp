#include "consensus/core/vote_set.h"

#include "consensus/core/quorum.h"
#include "tests/unit/consensus/core/votes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::VotingPower;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr VotingPower power_max = chain::total_voting_power_max;

/// A set of validators of power 1, that have voted in turn.
VoteSet votes_of(std::size_t validators, const std::vector<VoteValue>& values) {
    VoteSet votes(validators, static_cast<VotingPower>(validators));
    for (std::size_t i = 0; i < values.size(); ++i) {
        votes.add(precommit(static_cast<chain::ValidatorIndex>(i), values[i]), 1);
    }
    return votes;
}

/// As it is told. (`std::optional(nil)` would be nothing at all.)
std::optional<VoteValue> the_quorum_of(const VoteValue& value) {
    return std::optional<VoteValue>(std::in_place, value);
}

TEST(Quorum, is_more_than_two_thirds) {
    EXPECT_FALSE(is_quorum(0, 1));
    EXPECT_TRUE(is_quorum(1, 1));
    EXPECT_FALSE(is_quorum(2, 3));
    EXPECT_TRUE(is_quorum(3, 4));
    EXPECT_FALSE(is_quorum(4, 6));
    EXPECT_TRUE(is_quorum(5, 6));
    EXPECT_FALSE(is_quorum(6, 9));
    EXPECT_TRUE(is_quorum(7, 9));
    EXPECT_TRUE(is_quorum(67, 100));
    EXPECT_FALSE(is_quorum(66, 100));
}

TEST(Quorum, has_an_honest_member_from_more_than_one_third) {
    EXPECT_FALSE(has_honest_member(0, 1));
    EXPECT_FALSE(has_honest_member(1, 3));
    EXPECT_TRUE(has_honest_member(2, 3));
    EXPECT_FALSE(has_honest_member(2, 6));
    EXPECT_TRUE(has_honest_member(3, 6));
    EXPECT_FALSE(has_honest_member(33, 100));
    EXPECT_TRUE(has_honest_member(34, 100));
}

TEST(Quorum, is_exact_for_the_largest_powers) {
    static_assert(power_max % 3 == 0);
    const VotingPower third = power_max / 3;

    EXPECT_FALSE(is_quorum(2 * third, power_max));
    EXPECT_TRUE(is_quorum(2 * third + 1, power_max));
    EXPECT_TRUE(is_quorum(power_max, power_max));
    EXPECT_FALSE(has_honest_member(third, power_max));
    EXPECT_TRUE(has_honest_member(third + 1, power_max));
    EXPECT_FALSE(is_quorum(2 * third - 1, power_max - 1));
    EXPECT_TRUE(is_quorum(2 * third, power_max - 1));
}

TEST(VoteSet, an_empty_set_has_no_quorum) {
    const VoteSet votes(4, 4);

    EXPECT_TRUE(votes.empty());
    EXPECT_FALSE(votes.has_quorum_of_any());
    EXPECT_FALSE(votes.has_quorum_for(nil));
    EXPECT_EQ(votes.quorum(), std::nullopt);
    EXPECT_EQ(votes.vote(3), nullptr);
    EXPECT_TRUE(votes.voters().none());
    EXPECT_EQ(votes.voters().size(), 4U);
}

TEST(VoteSet, four_of_six_are_no_quorum_and_five_are) {
    VoteSet votes = votes_of(6, {block(1), block(1), block(1), block(1)});
    EXPECT_FALSE(votes.has_quorum_for(block(1)));

    const VoteOutcome outcome = votes.add(precommit(4, block(1)), 1);

    EXPECT_EQ(outcome.quorum, the_quorum_of(block(1)));
    EXPECT_EQ(votes.quorum(), the_quorum_of(block(1)));
    EXPECT_TRUE(votes.has_quorum_for(block(1)));
    EXPECT_FALSE(votes.has_quorum_for(block(2)));
}

TEST(VoteSet, unequal_powers_of_six_in_nine_are_no_quorum_and_seven_are) {
    VoteSet votes(4, 9);

    EXPECT_EQ(votes.add(prevote(0, block(1)), 5).quorum, std::nullopt);
    EXPECT_EQ(votes.add(prevote(1, block(1)), 1).quorum, std::nullopt);
    EXPECT_EQ(votes.power_for(block(1)), 6);
    EXPECT_FALSE(votes.has_quorum_for(block(1)));

    EXPECT_EQ(votes.add(prevote(2, block(1)), 1).quorum, the_quorum_of(block(1)));
    EXPECT_EQ(votes.power_for(block(1)), 7);
}

TEST(VoteSet, the_largest_powers_are_tallied_exactly) {
    const VotingPower third = power_max / 3;
    VoteSet votes(4, power_max);

    votes.add(prevote(0, block(1)), third);
    votes.add(prevote(1, block(1)), third);
    EXPECT_FALSE(votes.has_quorum_for(block(1)));

    EXPECT_EQ(votes.add(prevote(2, block(1)), 1).quorum, the_quorum_of(block(1)));
    votes.add(prevote(3, block(1)), third - 1);
    EXPECT_EQ(votes.power_for(block(1)), power_max);
}

TEST(VoteSet, counts_a_validator_once) {
    VoteSet votes(4, 4);
    EXPECT_TRUE(votes.wants(prevote(0, block(1))));
    EXPECT_TRUE(votes.add(prevote(0, block(1)), 1).added);

    chain::Vote again = prevote(0, block(1));
    again.timestamp = test::time_after(99);
    again.signature = {99};

    EXPECT_FALSE(votes.wants(again));
    EXPECT_FALSE(votes.add(again, 1).added);
    EXPECT_EQ(votes.power_for(block(1)), 1);
    EXPECT_EQ(votes.voters_power(), 1);
    EXPECT_EQ(*votes.vote(0), prevote(0, block(1)));
}

TEST(VoteSet, wants_no_vote_of_a_stranger) {
    const VoteSet votes(4, 4);

    EXPECT_TRUE(votes.wants(prevote(3, nil)));
    EXPECT_FALSE(votes.wants(prevote(4, nil)));
}

TEST(VoteSet, nil_has_a_quorum_like_a_block) {
    VoteSet votes = votes_of(4, {nil, nil, block(1)});
    EXPECT_EQ(votes.quorum(), std::nullopt);
    EXPECT_TRUE(votes.has_quorum_of_any());

    EXPECT_EQ(votes.add(precommit(3, nil), 1).quorum, the_quorum_of(nil));
    EXPECT_TRUE(votes.has_quorum_for(nil));
    EXPECT_EQ(votes.quorum(), the_quorum_of(nil));
}

TEST(VoteSet, a_quorum_of_any_needs_no_common_value) {
    VoteSet votes = votes_of(4, {block(1), block(2)});
    EXPECT_FALSE(votes.has_quorum_of_any());

    votes.add(precommit(2, nil), 1);

    EXPECT_TRUE(votes.has_quorum_of_any());
    EXPECT_EQ(votes.quorum(), std::nullopt);
}

TEST(VoteSet, a_quorum_is_told_once) {
    VoteSet votes = votes_of(4, {block(1), block(1), block(1)});

    const VoteOutcome outcome = votes.add(precommit(3, block(1)), 1);

    EXPECT_TRUE(outcome.added);
    EXPECT_EQ(outcome.quorum, std::nullopt);
}

TEST(VoteSet, an_equivocation_is_told_once_and_counts_for_both_values) {
    VoteSet votes(4, 4);
    votes.add(prevote(1, block(1)), 1);

    const VoteOutcome second = votes.add(prevote(1, nil), 1);
    const VoteOutcome again = votes.add(prevote(1, nil), 1);

    EXPECT_TRUE(second.added);
    EXPECT_EQ(second.contradicts, std::optional(prevote(1, block(1))));
    EXPECT_FALSE(again.added);
    EXPECT_EQ(again.contradicts, std::nullopt);
    EXPECT_EQ(votes.power_for(block(1)), 1);
    EXPECT_EQ(votes.power_for(nil), 1);
    EXPECT_EQ(votes.voters_power(), 1);
    EXPECT_EQ(votes.size(), 2U);
}

TEST(VoteSet, equivocators_can_give_two_values_a_quorum_and_the_first_stays) {
    VoteSet votes = votes_of(4, {block(1), block(1), block(1), block(2)});
    votes.add(precommit(0, block(2)), 1);

    EXPECT_EQ(votes.add(precommit(1, block(2)), 1).quorum, the_quorum_of(block(2)));
    EXPECT_TRUE(votes.has_quorum_for(block(1)));
    EXPECT_TRUE(votes.has_quorum_for(block(2)));
    EXPECT_EQ(votes.quorum(), the_quorum_of(block(1)));
}

TEST(VoteSet, a_block_with_a_quorum_goes_before_nil) {
    VoteSet votes = votes_of(4, {nil, nil, nil, block(2)});
    votes.add(precommit(0, block(2)), 1);
    EXPECT_EQ(votes.quorum(), the_quorum_of(nil));

    votes.add(precommit(1, block(2)), 1);

    EXPECT_EQ(votes.quorum(), the_quorum_of(block(2)));
    EXPECT_EQ(votes.make_commit().block_id(), *block(2));
}

TEST(VoteSet, a_third_value_counts_only_for_one_with_more_than_a_third) {
    VoteSet votes(6, 6);
    votes.add(prevote(0, block(1)), 1);
    votes.add(prevote(0, block(2)), 1);
    votes.add(prevote(1, block(3)), 1);
    votes.add(prevote(2, block(3)), 1);

    EXPECT_FALSE(votes.wants(prevote(0, block(3))));
    EXPECT_FALSE(votes.add(prevote(0, block(3)), 1).added);
    EXPECT_EQ(votes.power_for(block(3)), 2);

    votes.add(prevote(3, block(3)), 1);
    EXPECT_TRUE(votes.wants(prevote(0, block(3))));
    const VoteOutcome third = votes.add(prevote(0, block(3)), 1);

    EXPECT_TRUE(third.added);
    EXPECT_EQ(third.contradicts, std::nullopt);
    EXPECT_EQ(votes.power_for(block(3)), 4);
    EXPECT_EQ(votes.voters_power(), 4);
}

TEST(VoteSet, no_validator_has_more_votes_than_the_limit) {
    VoteSet votes(4, 4);
    const auto vote_with_support = [&](int number) {
        votes.add(prevote(1, block(number)), 1);
        votes.add(prevote(2, block(number)), 1);
        const bool added = votes.add(prevote(0, block(number)), 1).added;
        votes.remove(1, 1);
        votes.remove(2, 1);
        return added;
    };

    for (std::size_t i = 0; i < VoteSet::votes_per_validator_max; ++i) {
        EXPECT_TRUE(vote_with_support(static_cast<int>(i)));
    }

    EXPECT_FALSE(vote_with_support(99));
    EXPECT_EQ(votes.size(), VoteSet::votes_per_validator_max);
}

TEST(VoteSet, tells_who_voted_and_what) {
    VoteSet votes(5, 5);
    votes.add(prevote(3, block(1)), 1);
    votes.add(prevote(1, nil), 1);
    votes.add(prevote(1, block(1)), 1);
    votes.add(prevote(0, block(2)), 1);

    EXPECT_EQ(to_string(votes.voters()), "xx_x_");
    EXPECT_EQ(*votes.vote(1), prevote(1, nil));
    EXPECT_EQ(votes.vote(2), nullptr);
    EXPECT_THAT(votes.votes_for(block(1)), ElementsAre(prevote(1, block(1)), prevote(3, block(1))));
    EXPECT_THAT(votes.votes_for(block(9)), IsEmpty());
    EXPECT_THAT(
        votes.all(),
        ElementsAre(
            prevote(0, block(2)), prevote(1, nil), prevote(1, block(1)), prevote(3, block(1))
        )
    );
}

TEST(VoteSet, a_copy_lives_on_its_own) {
    VoteSet votes = votes_of(4, {block(1), block(1)});
    const VoteSet before = votes;

    votes.add(precommit(2, block(1)), 1);

    EXPECT_TRUE(votes.has_quorum_for(block(1)));
    EXPECT_EQ(before.power_for(block(1)), 2);
    EXPECT_EQ(before.vote(2), nullptr);
}

TEST(VoteSet, takes_back_all_votes_of_a_validator) {
    VoteSet votes = votes_of(4, {block(1), block(2), block(1), block(1)});
    votes.add(precommit(0, nil), 1);

    votes.remove(0, 1);

    EXPECT_EQ(votes.vote(0), nullptr);
    EXPECT_EQ(votes.power_for(block(1)), 2);
    EXPECT_EQ(votes.power_for(nil), 0);
    EXPECT_EQ(votes.voters_power(), 3);
    EXPECT_EQ(votes.quorum(), std::nullopt);
    EXPECT_THAT(
        votes.all(),
        ElementsAre(precommit(1, block(2)), precommit(2, block(1)), precommit(3, block(1)))
    );
    EXPECT_EQ(votes.add(precommit(0, block(1)), 1).quorum, the_quorum_of(block(1)));
}

TEST(VoteSet, a_removal_leaves_the_other_quorum) {
    VoteSet votes = votes_of(5, {block(1), block(1), block(1), block(1), nil});
    for (const chain::ValidatorIndex i : {0U, 1U, 2U}) {
        votes.add(precommit(i, nil), 1);
    }

    votes.remove(3, 1);

    EXPECT_FALSE(votes.has_quorum_for(block(1)));
    EXPECT_EQ(votes.quorum(), the_quorum_of(nil));
}

TEST(VoteSet, to_take_back_what_is_not_there_changes_nothing) {
    VoteSet votes = votes_of(4, {block(1)});

    votes.remove(2, 1);

    EXPECT_EQ(votes.voters_power(), 1);
    EXPECT_EQ(votes.size(), 1U);
}

TEST(VoteSet, makes_a_commit_of_the_votes_for_the_block_and_for_nil) {
    const VoteSet votes =
        votes_of(8, {block(1), nil, block(1), block(1), block(2), block(1), block(1), block(1)});

    const chain::Commit commit = votes.make_commit();

    EXPECT_EQ(commit.height(), chain::Height(7));
    EXPECT_EQ(commit.round(), chain::Round(0));
    EXPECT_EQ(commit.block_id(), *block(1));
    EXPECT_EQ(to_string(commit.voters()), "xxxx_xxx");
    EXPECT_EQ(commit.vote(0), std::optional(precommit(0, block(1))));
    EXPECT_EQ(commit.vote(1), std::optional(precommit(1, nil)));
    EXPECT_TRUE(commit.signatures()[4].is_absent());
}

TEST(VoteSet, makes_a_commit_with_absent_validators) {
    const chain::Commit commit = votes_of(4, {block(1), block(1), block(1)}).make_commit();

    EXPECT_EQ(to_string(commit.voters()), "xxx_");
    EXPECT_EQ(commit.signatures().size(), 4U);
}

TEST(VoteSet, an_equivocator_stands_in_the_commit_for_the_block) {
    VoteSet votes = votes_of(4, {block(1), block(1), nil, block(2)});
    votes.add(precommit(2, block(1)), 1);
    votes.add(precommit(3, nil), 1);

    const chain::Commit commit = votes.make_commit();

    EXPECT_EQ(commit.vote(2), std::optional(precommit(2, block(1))));
    EXPECT_EQ(commit.vote(3), std::optional(precommit(3, nil)));
}

TEST(VoteSetDeathTest, refuses_what_only_a_programmer_could_do) {
    VoteSet votes = votes_of(4, {nil, nil, nil});

    EXPECT_DEATH(votes.add(precommit(4, nil), 1), "validator_index");
    EXPECT_DEATH(votes.add(precommit(3, nil), 2), "power");
    EXPECT_DEATH(votes.add(precommit(3, nil, 1), 1), "round");
    EXPECT_DEATH(votes.add(prevote(3, nil), 1), "type");
    EXPECT_DEATH((void)votes.make_commit(), "quorum_");
}

}  // namespace
}  // namespace steelyard::consensus
