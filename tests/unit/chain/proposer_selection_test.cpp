// Who proposes when: the tables of CometBFT v0.38 types/validator_set_test.go.
#include "chain/proposer_priority.h"
#include "chain/validator_set.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

#include <sstream>

namespace steelyard::chain {
namespace {

using test::Cast;

const Cast cast({"a", "b", "c", "bar", "baz", "foo"});

ValidatorSet set_of(const std::vector<std::pair<std::string, VotingPower>>& members) {
    std::vector<ValidatorUpdate> updates;
    for (const auto& [name, power] : members) {
        updates.push_back({cast.key(name), power});
    }
    auto set = ValidatorSet::create(updates);
    EXPECT_TRUE(set) << set.error().message();
    return *set;
}

std::string proposer(const ValidatorSet& set) {
    return cast.name(set.proposer().address());
}

/// Validators a, b, c with the given priorities, and powers where a test needs them.
std::vector<Validator> abc_with_priorities(
    const std::vector<std::int64_t>& priorities, const std::vector<VotingPower>& powers = {0, 0, 0}
) {
    std::vector<Validator> validators;
    for (std::size_t i = 0; i < priorities.size(); ++i) {
        validators.emplace_back(cast.key(std::string(1, static_cast<char>('a' + i))), powers[i]);
        validators.back().set_proposer_priority(priorities[i]);
    }
    return validators;
}

std::vector<std::int64_t> priorities(std::span<const Validator> validators) {
    std::vector<std::int64_t> out;
    for (const Validator& validator : validators) {
        out.push_back(validator.proposer_priority());
    }
    return out;
}

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

// TestProposerSelection1.
TEST(ProposerSelection, follows_the_published_sequence_of_99_proposers) {
    std::istringstream expected(
        "foo baz foo bar foo foo baz foo bar foo foo baz foo foo bar foo baz foo foo bar "
        "foo foo baz foo bar foo foo baz foo bar foo foo baz foo foo bar foo baz foo foo bar "
        "foo baz foo foo bar foo baz foo foo bar foo baz foo foo foo baz bar foo foo foo baz "
        "foo bar foo foo baz foo bar foo foo baz foo bar foo foo baz foo bar foo foo baz foo "
        "foo bar foo baz foo foo bar foo baz foo foo bar foo baz foo foo"
    );
    ValidatorSet set = set_of({{"foo", 1000}, {"bar", 300}, {"baz", 330}});

    int count = 0;
    for (std::string name; expected >> name; ++count) {
        EXPECT_EQ(proposer(set), name) << "turn " << count;
        set.increment_proposer_priority(1);
    }
    EXPECT_EQ(count, 99);
}

// TestProposerSelection2.
TEST(ProposerSelection, goes_by_address_when_powers_are_equal) {
    ValidatorSet set = set_of({{"a", 100}, {"b", 100}, {"c", 100}});

    for (int i = 0; i < 15; ++i) {
        EXPECT_EQ(proposer(set), std::string(1, static_cast<char>('a' + i % 3)));
        set.increment_proposer_priority(1);
    }
}

TEST(ProposerSelection, gives_a_validator_two_turns_in_a_row_only_above_two_thirds) {
    ValidatorSet at_limit = set_of({{"a", 100}, {"b", 100}, {"c", 400}});
    EXPECT_EQ(proposer(at_limit), "c");
    at_limit.increment_proposer_priority(1);
    EXPECT_EQ(proposer(at_limit), "a");

    ValidatorSet above = set_of({{"a", 100}, {"b", 100}, {"c", 401}});
    EXPECT_EQ(proposer(above), "c");
    above.increment_proposer_priority(1);
    EXPECT_EQ(proposer(above), "c");
    above.increment_proposer_priority(1);
    EXPECT_EQ(proposer(above), "a");
}

TEST(ProposerSelection, gives_turns_in_proportion_to_power) {
    ValidatorSet set = set_of({{"a", 4}, {"b", 5}, {"c", 3}});

    std::map<std::string, int> turns;
    for (int i = 0; i < 120; ++i) {
        ++turns[proposer(set)];
        set.increment_proposer_priority(1);
    }

    EXPECT_EQ(turns, (std::map<std::string, int>{{"a", 40}, {"b", 50}, {"c", 30}}));
}

// TestProposerSelection3.
TEST(ProposerSelection, keeps_its_order_through_storage_and_several_turns_at_once) {
    const std::string order = "abc";
    ValidatorSet set = set_of({{"a", 1}, {"b", 1}, {"c", 1}});
    SeededRandom random(3);
    std::size_t turn = 0;

    for (int i = 0; i < 2000; ++i) {
        ASSERT_EQ(proposer(set), order.substr(turn % 3, 1)) << "turn " << turn;
        const auto stored = decode_validator_set(encode_validator_set(set));
        ASSERT_TRUE(stored) << stored.error().message();
        ASSERT_EQ(*stored, set);
        set = *stored;
        const auto turns = static_cast<std::int32_t>(random.below(5) + 1);
        set.increment_proposer_priority(turns);
        turn += static_cast<std::size_t>(turns);
    }
}

// TestAvgProposerPriority: what centring subtracts, seen on a validator with priority 0 (or the
// nearest that does not clip).
TEST(ProposerPriority, subtracts_the_average_over_wide_integers_rounded_down) {
    auto third = abc_with_priorities({int64_max, 0, 0});
    centre_priorities(third);
    EXPECT_EQ(priorities(third)[1], -(int64_max / 3));

    auto half = abc_with_priorities({int64_max, 0});
    centre_priorities(half);
    EXPECT_EQ(priorities(half)[1], -(int64_max / 2));

    auto top = abc_with_priorities({int64_max, int64_max});
    centre_priorities(top);
    EXPECT_EQ(priorities(top), (std::vector<std::int64_t>{0, 0}));

    auto bottom = abc_with_priorities({int64_min, int64_min});
    centre_priorities(bottom);
    EXPECT_EQ(priorities(bottom), (std::vector<std::int64_t>{0, 0}));

    // -1 / 3 is -1 when rounded down: everyone gains 1.
    auto negative = abc_with_priorities({0, 0, -1});
    centre_priorities(negative);
    EXPECT_EQ(priorities(negative), (std::vector<std::int64_t>{1, 1, 0}));
}

TEST(ProposerPriority, clips_instead_of_wrapping) {
    auto validators = abc_with_priorities({int64_max, int64_min, int64_min});
    centre_priorities(validators);  // the average is int64_min / 3, rounded down
    EXPECT_EQ(validators[0].proposer_priority(), int64_max);

    auto rising = abc_with_priorities({int64_max - 1, 0}, {10, 1});
    EXPECT_EQ(take_proposer_turn(rising, 11), 0U);
    EXPECT_EQ(priorities(rising), (std::vector<std::int64_t>{int64_max - 11, 1}));
}

// TestAveragingInIncrementProposerPriority.
TEST(ProposerPriority, is_centred_before_turns_are_taken) {
    struct Case {
        std::vector<std::int64_t> before;
        std::int64_t average;
    };
    for (const auto& [before, average] :
         {Case{{1, 2, 3}, 2}, Case{{10, -10, 1}, 0}, Case{{100, -10, 1}, 91 / 3}}) {
        auto validators = abc_with_priorities(before);
        centre_priorities(validators);
        take_proposer_turn(validators, 0);
        for (std::size_t i = 0; i < before.size(); ++i) {
            EXPECT_EQ(validators[i].proposer_priority(), before[i] - average);
        }
    }
}

TEST(ProposerPriority, is_divided_towards_zero_by_the_rounded_up_ratio) {
    auto validators = abc_with_priorities({-7, 0, 8});
    rescale_priorities(validators, 15);  // the spread fits
    EXPECT_EQ(priorities(validators), (std::vector<std::int64_t>{-7, 0, 8}));

    rescale_priorities(validators, 14);  // ceil(15 / 14) = 2, and -7 / 2 is -3
    EXPECT_EQ(priorities(validators), (std::vector<std::int64_t>{-3, 0, 4}));

    auto extreme = abc_with_priorities({int64_min, int64_max});
    rescale_priorities(extreme, int64_max);  // ceil((2^64 - 1) / (2^63 - 1)) = 3
    EXPECT_EQ(priorities(extreme), (std::vector<std::int64_t>{int64_min / 3, int64_max / 3}));
}

// TestAveragingInIncrementProposerPriorityWithVotingPower.
TEST(ProposerPriority, takes_the_published_values_over_eleven_turns) {
    struct Case {
        std::vector<std::int64_t> priorities;
        std::size_t proposer;
    };
    const std::vector<Case> cases = {
        {{10 - 12, 1, 1}, 0},
        {{2 * (10 - 12), 2, 2}, 0},
        {{3 * (10 - 12), 3, 3}, 0},
        {{4 * (10 - 12), 4, 4}, 0},
        {{4 * (10 - 12) + 10, 5 - 12, 5}, 1},
        {{6 * 10 - 5 * 12, 6 - 12, 6}, 0},
        {{7 * 10 - 6 * 12, 7 - 12, 7}, 0},
        {{8 * 10 - 7 * 12, 8 - 12, 8}, 0},
        {{9 * 10 - 7 * 12, 9 - 12, 9 - 12}, 2},
        {{10 * 10 - 8 * 12, 10 - 12, 10 - 12}, 0},
        {{11 * 10 - 9 * 12, 11 - 12, 11 - 12}, 0},
    };
    const auto start = ValidatorSet::restore(abc_with_priorities({0, 0, 0}, {10, 1, 1}), 0);
    ASSERT_TRUE(start) << start.error().message();

    for (std::size_t i = 0; i < cases.size(); ++i) {
        const ValidatorSet set = start->after_turns(static_cast<std::int32_t>(i + 1));
        EXPECT_EQ(priorities(set.validators()), cases[i].priorities) << "turns " << i + 1;
        EXPECT_EQ(set.proposer_index(), cases[i].proposer) << "turns " << i + 1;
    }
}

// Two turns at once differ from one after the other where the first widens the spread beyond the
// window. Which of the two a node does decides whom it expects to propose.
TEST(ProposerPriority, rescales_between_turns_that_are_taken_singly) {
    const auto start = ValidatorSet::restore(abc_with_priorities({10, 10, -20}, {10, 5, 1}), 0);
    ASSERT_TRUE(start) << start.error().message();

    const ValidatorSet at_once = start->after_turns(2);
    EXPECT_EQ(priorities(at_once.validators()), (std::vector<std::int64_t>{14, 4, -18}));
    EXPECT_EQ(at_once.proposer_index(), 1U);

    const ValidatorSet singly = start->after_turns(1).after_turns(1);
    EXPECT_EQ(priorities(singly.validators()), (std::vector<std::int64_t>{-4, 12, -8}));
    EXPECT_EQ(singly.proposer_index(), 0U);
}

TEST(ProposerPriority, starts_a_newcomer_at_minus_nine_eighths_of_the_total) {
    EXPECT_EQ(priority_of_newcomer(8), -9);
    EXPECT_EQ(priority_of_newcomer(15), -16);
    EXPECT_EQ(
        priority_of_newcomer(2 * total_voting_power_max),
        -(2 * total_voting_power_max + total_voting_power_max / 4)
    );
}

}  // namespace
}  // namespace steelyard::chain
