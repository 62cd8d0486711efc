#include "tests/unit/ledger/distribution/stakes.h"

#include <gtest/gtest.h>

#include <random>

namespace steelyard::distribution {
namespace {

using chain::Amount;
using chain::Dec;

constexpr std::array fractions = {"1", "0.5", "0.05", "0.0001", "0.333333333333333333"};
constexpr std::array rates = {"0", "0.1", "0.333333333333333333", "1"};

/// Random moves of delegators, slashes and rewards, with what holds after each.
class World {
public:
    explicit World(std::uint32_t seed) : random_(seed) {
        for (std::uint8_t i = 1; i <= 5; ++i) {
            people_.push_back(stakes_.party(i));
        }
        for (std::uint32_t number = 1; number <= 3; ++number) {
            stakes_.add(number, rates[below(rates.size())]);
        }
        stakes_.bench.params.community_tax = Dec::parse(below(2) == 0 ? "0" : "0.02").value();
    }

    void step() {
        TestValidator& validator = stakes_.validators.at(1 + below(3));
        const Party& person = people_[below(people_.size())];
        const bool delegates = validator.delegations.contains(person.number);
        const bool takes = !validator.tokens.is_zero() || validator.shares.is_zero();
        switch (below(8)) {
            case 0:
            case 1:
                if (takes) {
                    stakes_.delegate(validator, person, 1 + below(below(2) == 0 ? 10 : 5'000'000));
                }
                break;
            case 2:
                if (delegates) {
                    stakes_.undelegate(validator, person, 1 + below(6'000'000));
                }
                break;
            case 3:
                if (delegates) {
                    stakes_.withdraw(validator, person);
                }
                break;
            case 4:
                if (!validator.tokens.is_zero() && below(3) == 0) {
                    stakes_.slash(validator, fractions[below(fractions.size())]);
                }
                break;
            case 5: {
                const auto mark = stakes_.bench.state.mark();
                if (!withdraw_commission(stakes_.bench.context, validator.number, person)) {
                    stakes_.bench.state.roll_back(mark);
                }
                break;
            }
            default:
                stakes_.earn(below(1'000'000));
                stakes_.next_block();
        }
        stakes_.expect_invariants();
    }

    /// Everybody leaves: then nothing may be left but the community pool.
    void end() {
        for (std::uint32_t number = 1; number <= 3; ++number) {
            TestValidator& validator = stakes_.validators.at(number);
            for (const Party& person : people_) {
                if (validator.delegations.contains(person.number)) {
                    stakes_.undelegate(validator, person, std::uint64_t{1} << 60);
                }
            }
            ASSERT_TRUE(validator.delegations.empty() && validator.shares.is_zero());
            stakes_.remove(validator);
        }
        stakes_.expect_invariants();
        for (const char letter : {'a', 'c', 'd', 'h', 'o', 's'}) {
            EXPECT_EQ(stakes_.rows(letter), 0U) << letter;
        }
    }

private:
    std::uint32_t below(std::size_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

    std::mt19937 random_;
    Stakes stakes_;
    std::vector<Party> people_;
};

TEST(RewardsProperty, holds_after_any_sequence_of_changes) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
            world.step();
        }
        ASSERT_FALSE(testing::Test::HasFailure());
        world.end();
    }
}

/// Each settlement leaves less than a unit to the community; beside that a stake gets its part of
/// all rewards, whoever comes and goes beside it.
TEST(RewardsProperty, pays_what_a_stake_is_due) {
    std::mt19937 random(3);
    Stakes stakes;
    TestValidator& validator = stakes.add(1, "0");
    struct Person {
        Party party{};
        double tokens = 0;
        double due = 0;
        int settled = 0;
    };
    std::array<Person, 3> people;
    for (std::uint8_t i = 0; i < people.size(); ++i) {
        people[i].party = stakes.party(static_cast<std::uint8_t>(i + 1));
    }
    double total = 0;
    for (int i = 0; i < 400; ++i) {
        Person& person = people[random() % people.size()];
        const std::uint64_t tokens = 1 + random() % 1'000'000;
        stakes.delegate(validator, person.party, tokens);
        person.tokens += static_cast<double>(tokens);
        ++person.settled;
        total += static_cast<double>(tokens);

        const std::uint64_t reward = random() % 1'000'000;
        stakes.earn(reward);
        stakes.next_block();
        for (Person& each : people) {
            each.due += static_cast<double>(reward) * each.tokens / total;
        }
    }
    for (Person& person : people) {
        stakes.withdraw(validator, person.party);
        const auto paid = static_cast<double>(stakes.balance(person.party).value());
        EXPECT_LE(paid, person.due + 0.001);
        EXPECT_GE(paid, person.due - person.settled - 1);
    }
}

}  // namespace
}  // namespace steelyard::distribution
