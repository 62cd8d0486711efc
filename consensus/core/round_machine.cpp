#include "consensus/core/round_machine.h"

#include <array>

namespace steelyard::consensus {
namespace {

using chain::SignedMsgType;

CastVote prevote(RoundState& state, const VoteValue& value) {
    state.step = Step::prevote;
    return {SignedMsgType::prevote, value};
}

CastVote precommit(RoundState& state, const VoteValue& value) {
    state.step = Step::precommit;
    return {SignedMsgType::precommit, value};
}

/// L23 and L29: a lock gives way to its own block only, or to a polka that is not older.
bool lock_admits(const RoundState& state, const Facts::Proposed& proposed) {
    const auto& locked = state.locked;
    if (!locked || locked->block_id == proposed.block_id) {
        return true;
    }
    return proposed.pol_round && locked->round <= *proposed.pol_round;
}

Action prevote_on(RoundState& state, const Facts::Proposed& proposed) {
    const bool accept = proposed.valid && lock_admits(state, proposed);
    return prevote(state, accept ? VoteValue(proposed.block_id) : VoteValue());
}

// Each rule: when it is enabled, and what it does.

bool can_l22(const RoundState& state, const Facts& facts) {
    return state.step == Step::propose && facts.proposed && !facts.proposed->pol_round;
}

std::optional<Action> do_l22(RoundState& state, const Facts& facts) {
    return prevote_on(state, *facts.proposed);
}

bool can_l28(const RoundState& state, const Facts& facts) {
    const auto& proposed = facts.proposed;
    return state.step == Step::propose && proposed && proposed->pol_round &&
           *proposed->pol_round < state.round && proposed->polka_at_pol_round;
}

std::optional<Action> do_l28(RoundState& state, const Facts& facts) {
    return prevote_on(state, *facts.proposed);
}

bool can_l34(const RoundState& state, const Facts& facts) {
    return state.step == Step::prevote && !state.saw_prevotes && facts.prevotes_of_quorum;
}

std::optional<Action> do_l34(RoundState& state, const Facts&) {
    state.saw_prevotes = true;
    return StartTimeout{TimeoutKind::prevote};
}

bool can_l36(const RoundState& state, const Facts& facts) {
    const bool voted = state.step == Step::prevote || state.step == Step::precommit;
    return voted && !state.saw_polka && facts.polka;
}

std::optional<Action> do_l36(RoundState& state, const Facts& facts) {
    const Polka polka{*facts.polka, state.round};
    state.saw_polka = true;
    state.valid = polka;
    if (state.step != Step::prevote) {
        return std::nullopt;
    }
    state.locked = polka;
    return precommit(state, polka.block_id);
}

bool can_l44(const RoundState& state, const Facts& facts) {
    return state.step == Step::prevote && facts.polka_nil;
}

std::optional<Action> do_l44(RoundState& state, const Facts&) {
    return precommit(state, std::nullopt);
}

bool can_l47(const RoundState& state, const Facts& facts) {
    const bool begun = state.step != Step::waiting && state.step != Step::decided;
    return begun && !state.saw_precommits && facts.precommits_of_quorum;
}

std::optional<Action> do_l47(RoundState& state, const Facts&) {
    state.saw_precommits = true;
    return StartTimeout{TimeoutKind::precommit};
}

bool can_l49(const RoundState& state, const Facts& facts) {
    return state.step != Step::decided && facts.decided;
}

std::optional<Action> do_l49(RoundState& state, const Facts& facts) {
    state.step = Step::decided;
    return DecideBlock{*facts.decided};
}

bool can_l55(const RoundState& state, const Facts& facts) {
    return state.step != Step::decided && facts.skip_to && *facts.skip_to > state.round;
}

std::optional<Action> do_l55(RoundState& state, const Facts& facts) {
    enter_round(state, *facts.skip_to);
    return EnterRound{state.round};
}

bool can_l57(const RoundState& state, const Facts& facts) {
    return state.step == Step::propose && facts.elapsed == TimeoutKind::propose;
}

std::optional<Action> do_l57(RoundState& state, const Facts&) {
    return prevote(state, std::nullopt);
}

bool can_l61(const RoundState& state, const Facts& facts) {
    return state.step == Step::prevote && facts.elapsed == TimeoutKind::prevote;
}

std::optional<Action> do_l61(RoundState& state, const Facts&) {
    return precommit(state, std::nullopt);
}

bool can_l65(const RoundState& state, const Facts& facts) {
    const bool begun = state.step != Step::waiting && state.step != Step::decided;
    return begun && facts.elapsed == TimeoutKind::precommit;
}

std::optional<Action> do_l65(RoundState& state, const Facts&) {
    enter_round(state, state.round.next());
    return EnterRound{state.round};
}

struct Row {
    Rule rule;
    bool (*enabled)(const RoundState&, const Facts&);
    std::optional<Action> (*fire)(RoundState&, const Facts&);
};

constexpr std::array<Row, rules_count> table = {{
    {Rule::L49, can_l49, do_l49},
    {Rule::L55, can_l55, do_l55},
    {Rule::L28, can_l28, do_l28},
    {Rule::L22, can_l22, do_l22},
    {Rule::L36, can_l36, do_l36},
    {Rule::L44, can_l44, do_l44},
    {Rule::L34, can_l34, do_l34},
    {Rule::L47, can_l47, do_l47},
    {Rule::L65, can_l65, do_l65},
    {Rule::L61, can_l61, do_l61},
    {Rule::L57, can_l57, do_l57},
}};

}  // namespace

std::string_view to_string(Rule rule) {
    constexpr std::array<std::string_view, rules_count> names = {
        "L22", "L28", "L34", "L36", "L44", "L47", "L49", "L55", "L57", "L61", "L65"
    };
    return names[static_cast<std::size_t>(rule)];
}

void enter_round(RoundState& state, chain::Round round) {
    state.round = round;
    state.step = Step::propose;
    state.saw_prevotes = false;
    state.saw_polka = false;
    state.saw_precommits = false;
}

std::optional<Rule> next_rule(const RoundState& state, const Facts& facts) {
    for (const Row& row : table) {
        if (row.enabled(state, facts)) {
            return row.rule;
        }
    }
    return std::nullopt;
}

std::optional<Action> apply(RoundState& state, Rule rule, const Facts& facts) {
    for (const Row& row : table) {
        if (row.rule == rule) {
            CHECK(row.enabled(state, facts));
            return row.fire(state, facts);
        }
    }
    CHECK(false);
}

}  // namespace steelyard::consensus
