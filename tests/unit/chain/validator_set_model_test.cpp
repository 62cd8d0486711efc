// ValidatorSet against a model of the same rules that shares no code with it: unbounded integers,
// a map by address, nothing cached.
#include "base/random.h"
#include "chain/validator_set.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>
#include <boost/multiprecision/cpp_int.hpp>

#include <map>

namespace steelyard::chain {
namespace {

using Integer = boost::multiprecision::cpp_int;

struct Model {
    struct Member {
        Integer power;
        Integer priority;
    };
    std::map<Address, Member> members;
    Address proposer{};

    Integer total() const {
        Integer sum = 0;
        for (const auto& [address, member] : members) {
            sum += member.power;
        }
        return sum;
    }

    void normalise() {
        Integer lowest = members.begin()->second.priority;
        Integer highest = lowest;
        for (const auto& [address, member] : members) {
            lowest = std::min(lowest, member.priority);
            highest = std::max(highest, member.priority);
        }
        const Integer spread = highest - lowest;
        const Integer window = 2 * total();
        Integer sum = 0;
        for (auto& [address, member] : members) {
            if (spread > window) {
                member.priority /= Integer((spread + window - 1) / window);
            }
            sum += member.priority;
        }
        const Integer count = members.size();
        Integer average = sum / count;
        if (average * count > sum) {
            average -= 1;
        }
        for (auto& [address, member] : members) {
            member.priority -= average;
        }
    }

    void take_turn() {
        const Member* best = nullptr;
        for (auto& [address, member] : members) {
            member.priority += member.power;
            if (best == nullptr || member.priority > best->priority) {
                best = &member;
                proposer = address;
            }
        }
        members.at(proposer).priority -= total();
    }

    bool update(const std::vector<ValidatorUpdate>& changes) {
        Model next = *this;
        Integer removed = 0;
        std::map<Address, int> named;
        for (const ValidatorUpdate& change : changes) {
            const Address address = change.public_key.address();
            if (++named[address] > 1 || change.power < 0 ||
                (change.power == 0 && !members.contains(address))) {
                return false;
            }
            if (change.power == 0) {
                removed += members.at(address).power;
                next.members.erase(address);
            } else {
                next.members[address].power = change.power;
            }
        }
        const Integer total = next.total();
        if (next.members.empty() || total > total_voting_power_max) {
            return false;
        }
        for (auto& [address, member] : next.members) {
            if (!members.contains(address)) {
                member.priority = -(total + removed + (total + removed) / 8);
            }
        }
        next.normalise();
        *this = std::move(next);
        return true;
    }
};

void expect_equal(const ValidatorSet& set, const Model& model) {
    ASSERT_EQ(set.size(), model.members.size());
    ASSERT_EQ(set.total_power(), model.total());
    for (const Validator& validator : set.validators()) {
        const auto& member = model.members.at(validator.address());
        ASSERT_EQ(validator.voting_power(), member.power);
        ASSERT_EQ(validator.proposer_priority(), member.priority);
    }
    ASSERT_TRUE(
        std::is_sorted(set.validators().begin(), set.validators().end(), by_descending_power)
    );
    const auto stored = decode_validator_set(encode_validator_set(set));
    ASSERT_TRUE(stored) << stored.error().message();
    ASSERT_EQ(*stored, set);
}

VotingPower random_power(RandomSource& random) {
    switch (random.below(4)) {
        case 0:
            return static_cast<VotingPower>(random.below(3));
        case 1:
            return static_cast<VotingPower>(random.below(100) + 1);
        case 2:
            return static_cast<VotingPower>(random.below(1'000'000'000'000) + 1);
        default:
            return total_voting_power_max / static_cast<VotingPower>(random.below(6) + 1) -
                   static_cast<VotingPower>(random.below(3));
    }
}

std::vector<ValidatorUpdate> random_updates(RandomSource& random, std::size_t count_max) {
    static const std::vector<crypto::PublicKey> keys = [] {
        std::vector<crypto::PublicKey> out;
        for (int i = 0; i < 12; ++i) {
            out.push_back(test::public_key(i));
        }
        return out;
    }();
    std::vector<ValidatorUpdate> updates;
    for (std::uint64_t i = random.below(count_max) + 1; i > 0; --i) {
        updates.push_back({keys[random.below(keys.size())], random_power(random)});
    }
    return updates;
}

TEST(ValidatorSet, agrees_with_the_model_on_random_powers_updates_and_turns) {
    SeededRandom random(35);
    int accepted = 0;
    int refused = 0;
    for (int run = 0; run < 400; ++run) {
        SCOPED_TRACE(testing::Message() << "run " << run);
        const auto members = random_updates(random, 8);
        auto set = ValidatorSet::create(members);
        Model model;
        const bool all_positive =
            std::all_of(members.begin(), members.end(), [](const ValidatorUpdate& member) {
                return member.power > 0;
            });
        ASSERT_EQ(set.has_value(), all_positive && model.update(members));
        if (!set) {
            continue;
        }
        model.take_turn();
        for (int step = 0; step < 20; ++step) {
            if (random.below(2) == 0) {
                const auto turns = static_cast<std::int32_t>(random.below(20) + 1);
                set->increment_proposer_priority(turns);
                model.normalise();
                for (std::int32_t turn = 0; turn < turns; ++turn) {
                    model.take_turn();
                }
                ASSERT_EQ(set->proposer().address(), model.proposer);
            } else {
                const auto changes = random_updates(random, 4);
                const bool ok = set->update(changes).has_value();
                ASSERT_EQ(ok, model.update(changes));
                ++(ok ? accepted : refused);
            }
            ASSERT_NO_FATAL_FAILURE(expect_equal(*set, model));
        }
    }
    EXPECT_GT(accepted, 500);
    EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace steelyard::chain
