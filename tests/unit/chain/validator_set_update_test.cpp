// Changes of a validator set: the tables of CometBFT v0.38 types/validator_set_test.go.
#include "base/checked.h"
#include "chain/validator_set.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::chain {
namespace {

using test::Cast;
using Members = std::vector<std::pair<std::string, VotingPower>>;

constexpr VotingPower int64_max = std::numeric_limits<std::int64_t>::max();
constexpr VotingPower max = total_voting_power_max;

const Cast cast({"v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"});

std::vector<ValidatorUpdate> updates_of(const Members& members) {
    std::vector<ValidatorUpdate> updates;
    for (const auto& [name, power] : members) {
        updates.push_back({cast.key(name), power});
    }
    return updates;
}

ValidatorSet set_of(const Members& members) {
    auto set = ValidatorSet::create(updates_of(members));
    EXPECT_TRUE(set) << set.error().message();
    return *set;
}

Members members_of(const ValidatorSet& set) {
    Members members;
    for (const Validator& validator : set.validators()) {
        members.emplace_back(cast.name(validator.address()), validator.voting_power());
    }
    return members;
}

/// Priorities are centred and within the window, as every finished update leaves them.
void expect_normalised(const ValidatorSet& set) {
    Int128 sum = 0;
    std::int64_t lowest = int64_max;
    std::int64_t highest = -int64_max;
    VotingPower total = 0;
    for (const Validator& validator : set.validators()) {
        sum += validator.proposer_priority();
        total += validator.voting_power();
        lowest = std::min(lowest, validator.proposer_priority());
        highest = std::max(highest, validator.proposer_priority());
    }
    const auto count = static_cast<Int128>(set.size());
    EXPECT_TRUE(sum > -count && sum < count);
    EXPECT_LE(highest - lowest, 2 * set.total_power());
    EXPECT_EQ(total, set.total_power());
}

struct Refusal {
    Members start;
    Members changes;
    std::string reason;
};

void expect_refused(const std::vector<Refusal>& refusals) {
    for (const auto& [start, changes, reason] : refusals) {
        ValidatorSet set = set_of(start);
        const ValidatorSet before = set;
        const auto result = set.update(updates_of(changes));
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().message().find(reason), std::string::npos)
            << result.error().message();
        EXPECT_EQ(set, before);
    }
}

// TestValSetUpdatesDuplicateEntries.
TEST(ValidatorSetUpdate, refuses_to_name_a_validator_twice) {
    const Members two = {{"v1", 10}, {"v2", 10}};
    const Members three = {{"v1", 10}, {"v2", 10}, {"v3", 10}};
    expect_refused({
        {two, {{"v1", 11}, {"v1", 22}}, "twice"},
        {two, {{"v2", 11}, {"v2", 22}}, "twice"},
        {two, {{"v1", 11}, {"v2", 22}, {"v1", 12}}, "twice"},
        {three, {{"v1", 11}, {"v3", 22}, {"v1", 12}}, "twice"},
        {two, {{"v1", 0}, {"v1", 0}}, "twice"},
        {two, {{"v2", 0}, {"v2", 0}}, "twice"},
        {two, {{"v1", 0}, {"v2", 0}, {"v1", 0}}, "twice"},
        {three, {{"v1", 0}, {"v3", 0}, {"v1", 0}}, "twice"},
        {two, {{"v1", 0}, {"v2", 20}, {"v1", 30}}, "twice"},
        {two, {{"v1", 0}, {"v2", 20}, {"v2", 30}, {"v1", 0}}, "twice"},
        {three, {{"v1", 0}, {"v3", 5}, {"v2", 20}, {"v2", 30}, {"v1", 0}}, "twice"},
    });
}

// TestValSetUpdatesOverflows.
TEST(ValidatorSetUpdate, refuses_too_much_power) {
    expect_refused({
        {{{"v1", 10}, {"v2", 10}}, {{"v1", int64_max}}, "over the limit"},
        {{{"v1", 10}, {"v2", 10}}, {{"v2", int64_max}}, "over the limit"},
        {{{"v1", max}}, {{"v2", int64_max}}, "over the limit"},
        {{{"v1", max - 1}}, {{"v2", 5}}, "total voting power is over"},
        {{{"v1", max / 3}, {"v2", max / 3}}, {{"v3", max / 2}}, "total voting power is over"},
        {{{"v1", max}}, {{"v2", max}}, "total voting power is over"},
    });
}

// TestValSetUpdatesOtherErrors, TestEmptySet.
TEST(ValidatorSetUpdate, refuses_negative_power_strangers_and_emptiness) {
    expect_refused({
        {{{"v1", 10}, {"v2", 10}}, {{"v1", -123}}, "-123 is negative"},
        {{{"v1", 10}, {"v2", 10}}, {{"v2", -123}}, "-123 is negative"},
        {{{"v1", 10}, {"v2", 10}}, {{"v3", 0}}, "is not in the set"},
        {{{"v1", 10}, {"v2", 20}, {"v3", 30}},
         {{"v1", 0}, {"v2", 0}, {"v3", 0}},
         "no validator is left"},
    });
}

// TestValSetUpdatesBasicTestsExecute, TestValSetApplyUpdatesTestsExecute.
TEST(ValidatorSetUpdate, adds_changes_and_removes) {
    struct Case {
        Members start;
        Members changes;
        Members expected;
    };
    const std::vector<Case> cases = {
        {{{"v1", 10}, {"v2", 10}}, {}, {{"v1", 10}, {"v2", 10}}},
        {{{"v1", 10}, {"v2", 10}}, {{"v2", 22}, {"v1", 11}}, {{"v2", 22}, {"v1", 11}}},
        {{{"v2", 20}, {"v1", 10}},
         {{"v4", 40}, {"v3", 30}},
         {{"v4", 40}, {"v3", 30}, {"v2", 20}, {"v1", 10}}},
        {{{"v3", 20}, {"v1", 10}}, {{"v2", 30}}, {{"v2", 30}, {"v3", 20}, {"v1", 10}}},
        {{{"v3", 20}, {"v2", 10}}, {{"v1", 30}}, {{"v1", 30}, {"v3", 20}, {"v2", 10}}},
        {{{"v3", 30}, {"v2", 20}, {"v1", 10}}, {{"v2", 0}}, {{"v3", 30}, {"v1", 10}}},
        {{{"v4", 44}, {"v5", 55}}, {{"v1", 11}}, {{"v5", 55}, {"v4", 44}, {"v1", 11}}},
        {{{"v4", 44}, {"v6", 66}}, {{"v5", 55}}, {{"v6", 66}, {"v5", 55}, {"v4", 44}}},
        {{{"v4", 44}, {"v6", 66}, {"v9", 99}},
         {{"v5", 55}, {"v7", 77}, {"v8", 88}},
         {{"v9", 99}, {"v8", 88}, {"v7", 77}, {"v6", 66}, {"v5", 55}, {"v4", 44}}},
        {{{"v1", 111}, {"v2", 22}},
         {{"v1", 11}, {"v3", 33}, {"v4", 44}},
         {{"v4", 44}, {"v3", 33}, {"v2", 22}, {"v1", 11}}},
    };
    for (const auto& [start, changes, expected] : cases) {
        ValidatorSet set = set_of(start);
        const auto result = set.update(updates_of(changes));
        ASSERT_TRUE(result) << result.error().message();
        EXPECT_EQ(members_of(set), expected);
        expect_normalised(set);
    }
}

// TestValSetUpdatesOrderIndependenceTestsExecute.
TEST(ValidatorSetUpdate, does_not_depend_on_the_order_of_changes) {
    struct Case {
        Members start;
        Members changes;
    };
    const std::vector<Case> cases = {
        {{{"v4", 40}, {"v3", 30}, {"v2", 10}, {"v1", 10}},
         {{"v4", 44}, {"v3", 33}, {"v2", 22}, {"v1", 11}}},
        {{{"v2", 20}, {"v1", 10}}, {{"v3", 30}, {"v4", 40}, {"v5", 50}, {"v6", 60}}},
        {{{"v4", 40}, {"v3", 30}, {"v2", 20}, {"v1", 10}}, {{"v1", 0}, {"v3", 0}, {"v4", 0}}},
        {{{"v4", 40}, {"v3", 30}, {"v2", 20}, {"v1", 10}},
         {{"v1", 0}, {"v3", 0}, {"v2", 22}, {"v5", 50}, {"v4", 44}}},
    };
    for (auto [start, changes] : cases) {
        ValidatorSet expected = set_of(start);
        ASSERT_TRUE(expected.update(updates_of(changes)));
        expect_normalised(expected);
        std::sort(changes.begin(), changes.end());
        do {
            ValidatorSet set = set_of(start);
            ASSERT_TRUE(set.update(updates_of(changes)));
            ASSERT_EQ(set, expected);
        } while (std::next_permutation(changes.begin(), changes.end()));
    }
}

// TestValSetUpdateOverflowRelated.
TEST(ValidatorSetUpdate, judges_the_total_of_the_result_only) {
    struct Case {
        Members start;
        Members changes;
        Members expected;
    };
    const std::vector<Case> cases = {
        {{{"v2", max - 1}, {"v1", 1}}, {{"v1", max - 1}, {"v2", 1}}, {{"v1", max - 1}, {"v2", 1}}},
        {{{"v2", max - 1}, {"v1", 1}},
         {{"v1", max / 2 - 1}, {"v2", max / 2}},
         {{"v2", max / 2}, {"v1", max / 2 - 1}}},
        {{{"v1", max - 2}, {"v2", 1}, {"v3", 1}},
         {{"v1", 0}, {"v4", max - 2}},
         {{"v4", max - 2}, {"v2", 1}, {"v3", 1}}},
        {{{"v1", max / 4}, {"v2", max / 4}, {"v3", max / 4}, {"v4", max / 4}},
         {{"v2", 0}, {"v1", max / 2 - 2}, {"v3", max / 2 - 3}, {"v4", 2}, {"v5", 3}},
         {{"v1", max / 2 - 2}, {"v3", max / 2 - 3}, {"v5", 3}, {"v4", 2}}},
    };
    for (const auto& [start, changes, expected] : cases) {
        ValidatorSet set = set_of(start);
        const auto result = set.update(updates_of(changes));
        ASSERT_TRUE(result) << result.error().message();
        EXPECT_EQ(members_of(set), expected);
        expect_normalised(set);
    }
    Members ones;
    Members too_much;
    for (const char digit : std::string("123456789")) {
        ones.emplace_back(std::string("v") + digit, 1);
        too_much.emplace_back(std::string("v") + digit, digit == '9' ? 8 : max);
    }
    expect_refused({{ones, too_much, "total voting power is over"}});
}

// TestValSetUpdatePriorityOrderTests.
TEST(ValidatorSetUpdate, puts_newcomers_behind_everyone_and_keeps_other_priorities) {
    ValidatorSet set = set_of({{"v3", 1000}, {"v2", 2}, {"v1", 1}});
    set.increment_proposer_priority(1234);
    ASSERT_TRUE(set.update(updates_of({{"v3", 0}, {"v2", 1}, {"v5", 50}, {"v4", 40}})));

    EXPECT_EQ(members_of(set), (Members{{"v5", 50}, {"v4", 40}, {"v1", 1}, {"v2", 1}}));
    EXPECT_EQ(set[0].proposer_priority(), set[1].proposer_priority());
    EXPECT_LT(set[0].proposer_priority(), set[2].proposer_priority());
    EXPECT_LT(set[0].proposer_priority(), set[3].proposer_priority());
    expect_normalised(set);
}

TEST(ValidatorSetUpdate, keeps_the_proposer_while_it_is_a_member) {
    ValidatorSet set = set_of({{"v1", 100}, {"v2", 60}, {"v3", 50}});
    ASSERT_EQ(cast.name(set.proposer().address()), "v1");

    ASSERT_TRUE(set.update(updates_of({{"v1", 1}})));
    EXPECT_EQ(cast.name(set.proposer().address()), "v1");

    ASSERT_TRUE(set.update(updates_of({{"v1", 0}})));
    EXPECT_EQ(cast.name(set.proposer().address()), "v2");
}

}  // namespace
}  // namespace steelyard::chain
