// Who proposes in the rounds of a height.
#include "consensus/core/proposer_rotation.h"

#include "tests/support/test_chain.h"

#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::Round;
using chain::ValidatorSet;
using chain::VotingPower;
using test::validators_with_power;

ValidatorSet set_of(const std::vector<VotingPower>& powers) {
    return validators_with_power(powers).validators;
}

using Turns = std::map<VotingPower, int>;

TEST(ProposerRotation, gives_rounds_in_proportion_to_power) {
    ProposerRotation rotation(set_of({4, 5, 3}));

    Turns turns;
    for (std::int32_t round = 0; round < 120; ++round) {
        ++turns[rotation.proposer(Round(round)).voting_power()];
    }

    EXPECT_EQ(turns, (Turns{{4, 40}, {5, 50}, {3, 30}}));
}

TEST(ProposerRotation, gives_heights_in_proportion_to_power) {
    test::TestChain chain(validators_with_power({4, 5, 3}));

    Turns turns;
    for (int i = 0; i < 120; ++i) {
        ++turns[ProposerRotation(chain.state().validators).proposer(Round(0)).voting_power()];
        chain.append_empty(1);
    }

    EXPECT_EQ(turns, (Turns{{4, 40}, {5, 50}, {3, 30}}));
}

// A failed round does not cost the next height its turn: it starts where one turn has led.
TEST(ProposerRotation, continues_in_the_next_height_one_turn_after_round_0) {
    test::TestChain chain(validators_with_power({7, 1, 5, 2, 9}));

    for (std::int32_t height = 0; height < 30; ++height) {
        ProposerRotation here(chain.state().validators);
        ProposerRotation next(chain.state().next_validators);
        for (std::int32_t round = 0; round < 10; ++round) {
            EXPECT_EQ(
                here.proposer(Round(round + 1)).address(), next.proposer(Round(round)).address()
            );
        }
        chain.append_empty(1);
    }
}

// CometBFT's enterNewRound copies the set and takes a turn for each round that it enters.
TEST(ProposerRotation, takes_one_turn_for_each_round) {
    ValidatorSet copied = set_of({100, 1, 17, 60, 60, 3});
    ProposerRotation rotation(copied);

    for (std::int32_t round = 0; round < 500; ++round) {
        EXPECT_EQ(rotation.proposer(Round(round)).address(), copied.proposer().address());
        copied.increment_proposer_priority(1);
    }
}

// Rule P5, on the set of ProposerPriority.rescales_between_turns_that_are_taken_singly.
TEST(ProposerRotation, agrees_after_a_jump_with_those_that_went_through_every_round) {
    std::vector<chain::Validator> validators;
    for (const auto& [power, priority] : {std::pair{10, 10}, {5, 10}, {1, -20}}) {
        validators.emplace_back(test::public_key(power), power);
        validators.back().set_proposer_priority(priority);
    }
    ProposerRotation rotation(*ValidatorSet::restore(validators, 0));

    EXPECT_EQ(rotation.proposer(Round(2)).voting_power(), 10);  // two turns at once would give 5
}

TEST(ProposerRotation, remembers_earlier_rounds) {
    const ValidatorSet set = set_of({4, 5, 3, 8});
    ProposerRotation forward(set);
    ProposerRotation backward(set);

    std::vector<chain::Address> proposers;
    for (std::int32_t round = 0; round < 50; ++round) {
        proposers.push_back(forward.proposer(Round(round)).address());
    }

    for (std::int32_t round = 49; round >= 0; --round) {
        const auto index = static_cast<std::size_t>(round);
        EXPECT_EQ(backward.proposer(Round(round)).address(), proposers[index]);
        EXPECT_EQ(forward.proposer(Round(round)).address(), proposers[index]);
    }
    EXPECT_EQ(forward.validators(), set);
}

TEST(ProposerRotation, reaches_only_so_far_beyond_the_latest_round) {
    constexpr std::int32_t limit = ProposerRotation::rounds_ahead_max;
    ProposerRotation rotation(set_of({4, 5, 3}));

    EXPECT_TRUE(rotation.reaches(Round(limit)));
    EXPECT_FALSE(rotation.reaches(Round(limit + 1)));
    EXPECT_FALSE(rotation.reaches(Round(std::numeric_limits<std::int32_t>::max())));
    EXPECT_DEATH(rotation.proposer(Round(limit + 1)), "reaches");

    rotation.proposer(Round(10));
    EXPECT_TRUE(rotation.reaches(Round(limit + 10)));
    EXPECT_FALSE(rotation.reaches(Round(limit + 11)));
    EXPECT_EQ(rotation.proposer(Round(limit + 10)), rotation.proposer(Round(limit + 10)));
}

TEST(ProposerRotation, stands_the_greatest_powers) {
    const VotingPower half = chain::total_voting_power_max / 2;
    ProposerRotation rotation(set_of({half, half, 1}));

    Turns turns;
    for (std::int32_t round = 0; round < 1000; ++round) {
        ++turns[rotation.proposer(Round(round)).voting_power()];
    }

    EXPECT_EQ(turns, (Turns{{half, 1000}}));
}

}  // namespace
}  // namespace steelyard::consensus
