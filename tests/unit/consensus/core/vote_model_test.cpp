// VoteSet and VoteKeeper against a model that holds a plain list of votes and counts them anew for
// each question.
#include "base/random.h"
#include "consensus/core/vote_keeper.h"
#include "tests/unit/consensus/core/votes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace steelyard::consensus {
namespace {

using chain::Round;
using chain::SignedMsgType;
using chain::ValidatorIndex;
using chain::Vote;
using chain::VotingPower;

constexpr std::array types = {SignedMsgType::prevote, SignedMsgType::precommit};

/// nil, and blocks.
std::vector<VoteValue> values_of(int count) {
    std::vector<VoteValue> values{nil};
    for (int i = 1; i < count; ++i) {
        values.push_back(block(i));
    }
    return values;
}

template <typename T>
const T& pick(const std::vector<T>& from, RandomSource& random) {
    return from[random.below(from.size())];
}

template <typename T>
void shuffle(std::vector<T>& items, RandomSource& random) {
    for (std::size_t i = items.size(); i > 1; --i) {
        std::swap(items[i - 1], items[random.below(i)]);
    }
}

std::vector<VotingPower> random_powers(RandomSource& random) {
    std::vector<VotingPower> powers(4 + random.below(5));
    for (VotingPower& power : powers) {
        power = 1 + static_cast<VotingPower>(random.below(9));
    }
    return powers;
}

VotingPower sum(const std::vector<VotingPower>& powers) {
    VotingPower sum = 0;
    for (const VotingPower power : powers) {
        sum += power;
    }
    return sum;
}

/// The rules of VoteKeeper, said as plainly as can be.
class Model {
public:
    explicit Model(std::vector<VotingPower> powers)
        : powers_(std::move(powers)), total_(sum(powers_)) {}

    void enter(std::int32_t round, const std::vector<Round>& kept) {
        round_ = round;
        kept_ = kept;
        std::erase_if(held_, [&](const Vote& vote) { return is_forgotten(vote.round); });
    }

    bool add(const Vote& vote) {
        const auto same_set = held([&](const Vote& other) {
            return other.validator_index == vote.validator_index && other.round == vote.round &&
                   other.type == vote.type;
        });
        const bool known = std::ranges::any_of(same_set, [&](const Vote& other) {
            return other.block_id == vote.block_id;
        });
        const bool is_third = same_set.size() >= VoteSet::values_per_validator_max;
        const VotingPower support = power_for(vote.type, vote.round, vote.block_id);
        const bool is_needed =
            same_set.size() < VoteSet::votes_per_validator_max && 3 * support > total_;
        if (known || (is_third && !is_needed) || is_forgotten(vote.round) ||
            vote.round.value() > round_ + VoteKeeper::rounds_ahead_max || !make_room(vote)) {
            return false;
        }
        held_.push_back(vote);
        const VotingPower now = power_for(vote.type, vote.round, vote.block_id);
        if (vote.type == SignedMsgType::precommit && vote.block_id && 3 * now > 2 * total_ &&
            !decided_) {
            decided_ = Decided{*vote.block_id, vote.round};
        }
        return true;
    }

    VotingPower power_for(SignedMsgType type, Round round, const VoteValue& value) const {
        return power_of(held([&](const Vote& vote) {
            return vote.type == type && vote.round == round && vote.block_id == value;
        }));
    }

    VotingPower voters_power(SignedMsgType type, Round round) const {
        return power_of(held([&](const Vote& vote) {
            return vote.type == type && vote.round == round;
        }));
    }

    std::optional<Round> skip_round() const {
        std::optional<Round> highest;
        for (const Vote& vote : held_) {
            const auto in_round =
                held([&](const Vote& other) { return other.round == vote.round; });
            if (vote.round.value() > round_ && 3 * power_of(in_round) > total_) {
                highest = std::max(highest.value_or(vote.round), vote.round);
            }
        }
        return highest;
    }

    const std::vector<Vote>& votes() const { return held_; }
    const std::optional<Decided>& decided() const { return decided_; }
    VotingPower total() const { return total_; }

private:
    template <typename Predicate>
    std::vector<Vote> held(Predicate predicate) const {
        std::vector<Vote> votes;
        std::ranges::copy_if(held_, std::back_inserter(votes), predicate);
        return votes;
    }

    /// Of those that cast the votes, each counted once.
    VotingPower power_of(const std::vector<Vote>& votes) const {
        std::set<ValidatorIndex> voters;
        for (const Vote& vote : votes) {
            voters.insert(vote.validator_index);
        }
        VotingPower power = 0;
        for (const ValidatorIndex voter : voters) {
            power += powers_[voter];
        }
        return power;
    }

    bool is_decided(Round round) const { return decided_ && decided_->round == round; }

    bool is_forgotten(Round round) const {
        return round.value() < round_ - VoteKeeper::rounds_behind_max && !is_decided(round) &&
               std::ranges::count(kept_, round) == 0;
    }

    bool is_far(Round round) const { return round.value() > round_ + 1 && !is_decided(round); }

    bool make_room(const Vote& vote) {
        if (!is_far(vote.round)) {
            return true;
        }
        std::set<Round> far{vote.round};
        for (const Vote& other : held_) {
            if (other.validator_index == vote.validator_index && is_far(other.round)) {
                far.insert(other.round);
            }
        }
        if (far.size() > VoteKeeper::far_rounds_max) {
            const Round earliest = *far.begin();
            std::erase_if(held_, [&](const Vote& other) {
                return other.validator_index == vote.validator_index && other.round == earliest;
            });
            return earliest != vote.round;
        }
        return true;
    }

    std::vector<VotingPower> powers_;
    VotingPower total_;
    std::int32_t round_ = 0;
    std::vector<Round> kept_;
    std::vector<Vote> held_;
    std::optional<Decided> decided_;
};

/// All that the keeper tells about a round agrees with the model.
void expect_same_tallies(
    const VoteKeeper& keeper, const Model& model, Round round, const std::vector<VoteValue>& values
) {
    for (const SignedMsgType type : types) {
        const bool is_prevote = type == SignedMsgType::prevote;
        const VoteSet* votes = is_prevote ? keeper.prevotes(round) : keeper.precommits(round);
        const VoteSet none(1, 1);
        votes = votes != nullptr ? votes : &none;
        const VotingPower voted = model.voters_power(type, round);
        ASSERT_EQ(votes->voters_power(), voted) << round.value();
        ASSERT_EQ(votes->has_quorum_of_any(), 3 * voted > 2 * model.total());
        bool has_quorum = false;
        for (const VoteValue& value : values) {
            const VotingPower power = model.power_for(type, round, value);
            ASSERT_EQ(votes->power_for(value), power) << round.value();
            ASSERT_EQ(votes->has_quorum_for(value), 3 * power > 2 * model.total());
            has_quorum = has_quorum || 3 * power > 2 * model.total();
        }
        ASSERT_EQ(votes->quorum().has_value(), has_quorum);
        ASSERT_TRUE(!has_quorum || votes->has_quorum_for(*votes->quorum()));
    }
}

void expect_same(
    const VoteKeeper& keeper, const Model& model, const std::vector<VoteValue>& values
) {
    ASSERT_EQ(keeper.decided(), model.decided());
    ASSERT_EQ(keeper.skip_round(), model.skip_round());
    std::vector<Vote> held;
    std::set<Round> rounds;
    for (const Vote& vote : model.votes()) {
        rounds.insert(vote.round);
    }
    for (const Round round : rounds) {
        expect_same_tallies(keeper, model, round, values);
        for (const VoteSet* votes : {keeper.prevotes(round), keeper.precommits(round)}) {
            const auto all = votes->all();
            held.insert(held.end(), all.begin(), all.end());
        }
    }
    ASSERT_THAT(held, testing::UnorderedElementsAreArray(model.votes()));
    if (const auto& decided = keeper.decided()) {
        ASSERT_EQ(keeper.precommits(decided->round)->make_commit().round(), decided->round);
    }
}

/// One flood: votes for rounds about the current one, and now and then a later round.
void flood(std::uint64_t seed, int values_count, std::uint64_t span, int votes_count) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    const auto powers = random_powers(random);
    const auto values = values_of(values_count);
    VoteKeeper keeper(powers.size(), sum(powers));
    Model model(powers);
    std::vector<Round> kept;
    const auto near = [&] {
        const auto offset = static_cast<std::int32_t>(random.below(2 * span));
        const auto round = keeper.round().value() + offset - static_cast<std::int32_t>(span / 2);
        return std::max(round, 0);
    };
    for (int i = 0; i < votes_count; ++i) {
        if (random.below(60) == 0) {
            const std::int32_t ahead = random.below(8) == 0 ? 300 : 3;
            const auto step = static_cast<std::int32_t>(random.below(static_cast<unsigned>(ahead)));
            kept = {Round(near()), Round(near())};
            keeper.enter(Round(keeper.round().value() + step), kept);
            model.enter(keeper.round().value(), kept);
            ASSERT_NO_FATAL_FAILURE(expect_same(keeper, model, values));
        }
        const auto index = static_cast<ValidatorIndex>(random.below(powers.size()));
        const Vote vote = make_vote(types[random.below(2)], near(), index, pick(values, random));
        const bool wanted = keeper.wants(vote);
        const VoteOutcome outcome = keeper.add(vote, powers[index]);
        ASSERT_EQ(outcome.added, model.add(vote));
        ASSERT_EQ(outcome.added, wanted);
        ASSERT_EQ(keeper.size(), model.votes().size());
        ASSERT_LE(keeper.size(), VoteKeeper::size_max(powers.size(), kept.size()));
        if (i % 16 == 0) {
            ASSERT_NO_FATAL_FAILURE(expect_same(keeper, model, values));
        }
    }
}

TEST(VoteModel, keeper_agrees_in_a_flood_of_near_and_far_rounds) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        ASSERT_NO_FATAL_FAILURE(flood(seed, 4, 8, 400));
    }
}

TEST(VoteModel, keeper_agrees_in_a_flood_of_values) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        ASSERT_NO_FATAL_FAILURE(flood(seed, 9, 3, 400));
    }
}

TEST(VoteModel, keeper_agrees_in_a_flood_of_rounds_at_its_limits) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        ASSERT_NO_FATAL_FAILURE(flood(seed, 2, 600, 400));
    }
}

TEST(VoteModel, far_rounds_take_bounded_room) {
    SeededRandom random(1);
    constexpr std::size_t validators = 7;
    VoteKeeper keeper(validators, validators);
    const auto values = values_of(40);

    for (int i = 0; i < 20'000; ++i) {
        const auto index = static_cast<ValidatorIndex>(random.below(validators));
        const auto round = 2 + static_cast<std::int32_t>(random.below(50));
        keeper.add(make_vote(types[random.below(2)], round, index, pick(values, random)), 1);
        ASSERT_LE(
            keeper.size(),
            2 * VoteSet::votes_per_validator_max * validators * VoteKeeper::far_rounds_max
        );
    }
    EXPECT_GE(keeper.size(), 2 * VoteKeeper::far_rounds_max * validators);
}

TEST(VoteModel, a_set_takes_bounded_room_whatever_the_values) {
    SeededRandom random(2);
    constexpr std::size_t validators = 6;
    VoteSet votes(validators, validators);
    const auto values = values_of(8);

    for (int i = 0; i < 5'000; ++i) {
        const auto index = static_cast<ValidatorIndex>(random.below(validators));
        votes.add(prevote(index, pick(values, random)), 1);
    }

    EXPECT_LE(votes.size(), VoteSet::votes_per_validator_max * validators);
    std::size_t with_honest_member = 0;
    for (const VoteValue& value : values) {
        with_honest_member += 3 * votes.power_for(value) > static_cast<VotingPower>(validators);
    }
    EXPECT_LE(with_honest_member, 5U);
}

/// At most two values of each validator in each round and step, in any rounds up to `rounds`.
std::vector<Vote> random_votes(RandomSource& random, std::size_t validators, std::int32_t rounds) {
    const auto values = values_of(4);
    std::vector<Vote> votes;
    for (ValidatorIndex index = 0; index < validators; ++index) {
        for (std::int32_t round = 0; round < rounds; ++round) {
            for (std::uint64_t left = random.below(3); left > 0; --left) {
                votes.push_back(prevote(index, pick(values, random), round));
            }
        }
    }
    return votes;
}

TEST(VoteModel, the_order_of_votes_does_not_change_a_set) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        SeededRandom random(seed);
        const auto powers = random_powers(random);
        auto sent = random_votes(random, powers.size(), 1);
        std::map<VoteValue, int> told_first;
        VoteSet first(powers.size(), sum(powers));
        for (const Vote& vote : sent) {
            if (const auto quorum = first.add(vote, powers[vote.validator_index]).quorum) {
                told_first[*quorum] += 1;
            }
        }

        shuffle(sent, random);
        std::map<VoteValue, int> told_second;
        VoteSet second(powers.size(), sum(powers));
        for (const Vote& vote : sent) {
            if (const auto quorum = second.add(vote, powers[vote.validator_index]).quorum) {
                told_second[*quorum] += 1;
            }
        }

        EXPECT_EQ(told_first, told_second);
        EXPECT_EQ(first.voters_power(), second.voters_power());
        EXPECT_EQ(first.voters(), second.voters());
        EXPECT_THAT(first.all(), testing::UnorderedElementsAreArray(second.all()));
        for (const VoteValue& value : values_of(4)) {
            EXPECT_EQ(first.power_for(value), second.power_for(value));
            EXPECT_EQ(told_first.contains(value), first.has_quorum_for(value));
        }
    }
}

TEST(VoteModel, the_order_of_votes_does_not_change_a_keeper) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        SeededRandom random(seed);
        const auto powers = random_powers(random);
        auto sent = random_votes(random, powers.size(), 8);
        std::array<VoteKeeper, 2> keepers{
            VoteKeeper(powers.size(), sum(powers)), VoteKeeper(powers.size(), sum(powers))
        };
        for (VoteKeeper& keeper : keepers) {
            for (const Vote& vote : sent) {
                keeper.add(vote, powers[vote.validator_index]);
            }
            shuffle(sent, random);
        }

        EXPECT_EQ(keepers[0].size(), keepers[1].size());
        EXPECT_EQ(keepers[0].skip_round(), keepers[1].skip_round());
        for (std::int32_t round = 0; round < 8; ++round) {
            const VoteSet* const first = keepers[0].prevotes(Round(round));
            const VoteSet* const second = keepers[1].prevotes(Round(round));
            ASSERT_EQ(first == nullptr, second == nullptr);
            if (first != nullptr) {
                EXPECT_THAT(first->all(), testing::UnorderedElementsAreArray(second->all()));
            }
        }
    }
}

}  // namespace
}  // namespace steelyard::consensus
