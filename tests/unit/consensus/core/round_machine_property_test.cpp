// The round machine under every combination of a small world: two blocks, rounds 0 to 3.
#include "consensus/core/round_machine.h"
#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

#include <set>

namespace steelyard::consensus {
namespace {

using chain::Round;
using chain::SignedMsgType;

const chain::BlockId block_a = test::block_id(1);
const chain::BlockId block_b = test::block_id(2);

constexpr int now = 2;  // the round in which each case begins

/// No case takes more rules than each of them once in two rounds.
constexpr std::size_t rules_max = 2 * rules_count;

std::vector<std::optional<Polka>> earlier_polkas() {
    return {
        std::nullopt,
        Polka{block_a, Round(0)},
        Polka{block_a, Round(1)},
        Polka{block_b, Round(0)},
        Polka{block_b, Round(1)},
    };
}

std::vector<RoundState> all_states() {
    std::vector<RoundState> states;
    for (const auto& locked : earlier_polkas()) {
        for (const auto& valid : earlier_polkas()) {
            const bool possible = !locked || (valid && valid->round >= locked->round);
            for (unsigned bits = 0; possible && bits < 5 * 8; ++bits) {
                states.push_back({
                    .round = Round(now),
                    .step = static_cast<Step>(bits / 8),
                    .locked = locked,
                    .valid = valid,
                    .saw_prevotes = (bits & 1) != 0,
                    .saw_polka = (bits & 2) != 0,
                    .saw_precommits = (bits & 4) != 0,
                });
            }
        }
    }
    return states;
}

std::vector<std::optional<Facts::Proposed>> all_proposals() {
    std::vector<std::optional<Facts::Proposed>> proposals{std::nullopt};
    for (const auto& block : {block_a, block_b}) {
        for (const bool valid : {false, true}) {
            proposals.push_back(Facts::Proposed{.block_id = block, .valid = valid});
            for (const int pol : {0, 1, 2, 3}) {
                for (const bool seen : {false, true}) {
                    proposals.push_back(Facts::Proposed{block, valid, Round(pol), seen});
                }
            }
        }
    }
    return proposals;
}

std::vector<Facts> all_facts() {
    std::vector<Facts> all;
    const std::vector<std::optional<chain::BlockId>> polkas{std::nullopt, block_a, block_b};
    const std::vector<std::optional<Round>> skips{std::nullopt, Round(1), Round(now), Round(3)};
    const std::vector<std::optional<TimeoutKind>> timeouts{
        std::nullopt, TimeoutKind::propose, TimeoutKind::prevote, TimeoutKind::precommit
    };
    for (const auto& proposed : all_proposals()) {
        for (const auto& polka : polkas) {
            for (const auto& skip : skips) {
                for (const auto& elapsed : timeouts) {
                    for (unsigned bits = 0; bits < 16; ++bits) {
                        Facts facts{.proposed = proposed, .polka = polka};
                        facts.polka_nil = (bits & 1) != 0 && !polka;
                        facts.prevotes_of_quorum = (bits & 2) != 0 || facts.polka_nil || polka;
                        facts.precommits_of_quorum = (bits & 4) != 0;
                        if ((bits & 8) != 0) {
                            facts.decided = Decided{block_a, Round(1)};
                        }
                        facts.skip_to = skip;
                        facts.elapsed = elapsed;
                        all.push_back(facts);
                    }
                }
            }
        }
    }
    return all;
}

/// What one rule did wrong, or nothing.
std::string_view fault_of(
    const RoundState& before,
    const RoundState& after,
    const Facts& facts,
    const std::optional<Action>& action
) {
    if (after.round < before.round) {
        return "went back to an earlier round";
    }
    if (after.round == before.round && after.step < before.step) {
        return "went back within the round";
    }
    if (before.step == Step::decided && after != before) {
        return "moved after the decision";
    }
    if (after.locked != before.locked && after.locked != after.valid) {
        return "locked on a block that is not the valid one";
    }
    if (after.locked != before.locked && (!after.locked || facts.polka != after.locked->block_id ||
                                          after.locked->round != before.round)) {
        return "moved its lock without a polka of this round";
    }
    if (after.locked && (!after.valid || after.valid->round < after.locked->round)) {
        return "is locked later than its valid block";
    }
    const auto* vote = action ? std::get_if<CastVote>(&*action) : nullptr;
    if (!vote || !vote->value) {
        return "";
    }
    if (vote->type == SignedMsgType::precommit) {
        return facts.polka == vote->value ? "" : "precommitted without a polka";
    }
    const auto& proposed = facts.proposed;
    if (!proposed || !proposed->valid || proposed->block_id != *vote->value) {
        return "prevoted for what was not proposed, or is invalid";
    }
    const auto& pol = proposed->pol_round;
    if (pol && (*pol >= before.round || !proposed->polka_at_pol_round)) {
        return "believed a polka that was not seen";
    }
    const bool against_lock = before.locked && before.locked->block_id != *vote->value;
    return against_lock && !(pol && *pol >= before.locked->round) ? "prevoted against its lock"
                                                                  : "";
}

/// In a new round nothing is known of it yet; the decision stays.
Facts in_new_round(const Facts& facts) {
    return {.decided = facts.decided, .skip_to = facts.skip_to};
}

TEST(RoundMachineProperty, every_case_ends_and_is_safe) {
    const auto states = all_states();
    const auto cases = all_facts();
    std::set<Rule> fired;
    for (const Facts& given : cases) {
        for (const RoundState& begin : states) {
            RoundState state = begin;
            Facts facts = given;
            std::size_t rules = 0;
            while (const auto rule = next_rule(state, facts)) {
                ASSERT_LT(rules++, rules_max) << "does not end: " << to_string(*rule);
                const RoundState before = state;
                const auto action = apply(state, *rule, facts);
                const auto fault = fault_of(before, state, facts, action);
                ASSERT_EQ(fault, "") << to_string(*rule) << " in " << to_string(before.step);
                ASSERT_NE(state, before) << to_string(*rule) << " changed nothing";
                fired.insert(*rule);
                if (state.round != before.round) {
                    facts = in_new_round(facts);
                }
            }
        }
    }
    EXPECT_EQ(fired.size(), rules_count);
}

TEST(RoundMachineProperty, no_order_of_rules_votes_twice_in_a_round) {
    for (const Facts& facts : all_facts()) {
        RoundState state{.round = Round(now), .step = Step::propose};
        std::set<SignedMsgType> voted;
        while (const auto rule = next_rule(state, facts)) {
            const auto action = apply(state, *rule, facts);
            if (state.round != Round(now)) {
                break;
            }
            if (const auto* vote = action ? std::get_if<CastVote>(&*action) : nullptr) {
                ASSERT_TRUE(voted.insert(vote->type).second);
            }
        }
    }
}

}  // namespace
}  // namespace steelyard::consensus
