#include "consensus/core/round_machine.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::Round;
using chain::SignedMsgType;

const chain::BlockId block_a = test::block_id(1);
const chain::BlockId block_b = test::block_id(2);

RoundState at(Step step, int round = 5) {
    return {.round = Round(round), .step = step};
}

RoundState locked_on(const chain::BlockId& block, int locked_round) {
    RoundState state = at(Step::propose);
    state.locked = state.valid = Polka{block, Round(locked_round)};
    return state;
}

Facts fresh(const chain::BlockId& block, bool valid = true) {
    return {.proposed = Facts::Proposed{.block_id = block, .valid = valid}};
}

/// The block was proposed again; `pol_round` is said to have had its polka.
Facts again(const chain::BlockId& block, int pol_round, bool polka_seen = true) {
    return {
        .proposed =
            Facts::Proposed{
                .block_id = block,
                .valid = true,
                .pol_round = Round(pol_round),
                .polka_at_pol_round = polka_seen,
            }
    };
}

Facts elapsed(TimeoutKind kind) {
    return {.elapsed = kind};
}

Action fire(RoundState& state, Rule rule, const Facts& facts) {
    EXPECT_EQ(next_rule(state, facts), rule);
    const auto action = apply(state, rule, facts);
    EXPECT_TRUE(action);
    return *action;
}

/// What is prevoted where rule is the one that fires.
VoteValue prevoted(RoundState state, Rule rule, const Facts& facts) {
    const Action action = fire(state, rule, facts);
    EXPECT_EQ(state.step, Step::prevote);
    const auto& vote = std::get<CastVote>(action);
    EXPECT_EQ(vote.type, SignedMsgType::prevote);
    return vote.value;
}

const auto nothing = std::optional<Rule>();
const VoteValue nil;

TEST(RoundMachine, L11_a_round_begins_at_propose_and_keeps_lock_and_valid_block) {
    RoundState state = locked_on(block_a, 1);
    state.step = Step::precommit;
    state.saw_prevotes = state.saw_polka = state.saw_precommits = true;

    enter_round(state, Round(6));

    const Polka polka{block_a, Round(1)};
    EXPECT_EQ(state, (RoundState{Round(6), Step::propose, polka, polka}));
}

TEST(RoundMachine, L22_prevotes_a_new_valid_block) {
    EXPECT_EQ(prevoted(at(Step::propose), Rule::L22, fresh(block_a)), block_a);
}

TEST(RoundMachine, L22_prevotes_nil_for_an_invalid_block) {
    EXPECT_EQ(prevoted(at(Step::propose), Rule::L22, fresh(block_a, false)), nil);
}

TEST(RoundMachine, L22_prevotes_the_block_that_it_is_locked_on) {
    EXPECT_EQ(prevoted(locked_on(block_a, 4), Rule::L22, fresh(block_a)), block_a);
}

TEST(RoundMachine, L22_prevotes_nil_for_another_block_than_the_locked_one) {
    EXPECT_EQ(prevoted(locked_on(block_a, 0), Rule::L22, fresh(block_b)), nil);
}

TEST(RoundMachine, L22_does_not_look_at_the_valid_block_only_at_the_lock) {
    RoundState state = at(Step::propose);
    state.valid = Polka{block_a, Round(3)};

    EXPECT_EQ(prevoted(state, Rule::L22, fresh(block_b)), block_b);
}

TEST(RoundMachine, L22_waits_for_a_proposal_and_fires_in_propose_only) {
    EXPECT_EQ(next_rule(at(Step::propose), {}), nothing);
    for (const Step step : {Step::waiting, Step::prevote, Step::precommit, Step::decided}) {
        EXPECT_EQ(next_rule(at(step), fresh(block_a)), nothing) << to_string(step);
    }
}

TEST(RoundMachine, L28_prevotes_a_block_whose_polka_is_seen) {
    EXPECT_EQ(prevoted(at(Step::propose), Rule::L28, again(block_a, 0)), block_a);
    EXPECT_EQ(prevoted(at(Step::propose), Rule::L28, again(block_a, 4)), block_a);
}

TEST(RoundMachine, L28_waits_until_the_polka_is_seen) {
    EXPECT_EQ(next_rule(at(Step::propose), again(block_a, 4, false)), nothing);
    EXPECT_EQ(next_rule(locked_on(block_a, 4), again(block_a, 4, false)), nothing);
}

TEST(RoundMachine, L28_never_takes_a_polka_that_is_not_of_an_earlier_round) {
    EXPECT_EQ(next_rule(at(Step::propose), again(block_a, 5)), nothing);
    EXPECT_EQ(next_rule(at(Step::propose), again(block_a, 6)), nothing);
}

TEST(RoundMachine, L28_a_newer_polka_overrides_an_older_lock) {
    EXPECT_EQ(prevoted(locked_on(block_a, 2), Rule::L28, again(block_b, 3)), block_b);
}

TEST(RoundMachine, L28_a_polka_of_the_round_of_the_lock_overrides_it) {
    EXPECT_EQ(prevoted(locked_on(block_a, 3), Rule::L28, again(block_b, 3)), block_b);
}

TEST(RoundMachine, L28_an_older_polka_does_not_override_a_lock) {
    EXPECT_EQ(prevoted(locked_on(block_a, 3), Rule::L28, again(block_b, 2)), nil);
}

TEST(RoundMachine, L28_an_older_polka_does_for_the_locked_block_itself) {
    EXPECT_EQ(prevoted(locked_on(block_a, 3), Rule::L28, again(block_a, 2)), block_a);
}

TEST(RoundMachine, L28_prevotes_nil_for_an_invalid_block_whatever_its_polka) {
    Facts facts = again(block_a, 4);
    facts.proposed->valid = false;

    EXPECT_EQ(prevoted(at(Step::propose), Rule::L28, facts), nil);
    EXPECT_EQ(prevoted(locked_on(block_a, 4), Rule::L28, facts), nil);
}

TEST(RoundMachine, L28_a_prevote_leaves_the_lock_where_it_was) {
    RoundState state = locked_on(block_a, 2);
    fire(state, Rule::L28, again(block_b, 3));

    EXPECT_EQ(state.locked, (Polka{block_a, Round(2)}));
}

TEST(RoundMachine, L34_starts_the_prevote_timeout_once_a_round) {
    RoundState state = at(Step::prevote);
    const Facts facts{.prevotes_of_quorum = true};

    EXPECT_EQ(fire(state, Rule::L34, facts), Action(StartTimeout{TimeoutKind::prevote}));

    EXPECT_EQ(state.step, Step::prevote);
    EXPECT_EQ(next_rule(state, facts), nothing);
    enter_round(state, Round(6));
    state.step = Step::prevote;
    EXPECT_EQ(next_rule(state, facts), Rule::L34);
}

TEST(RoundMachine, L34_fires_in_prevote_only) {
    for (const Step step : {Step::waiting, Step::propose, Step::precommit, Step::decided}) {
        EXPECT_EQ(next_rule(at(step), {.prevotes_of_quorum = true}), nothing) << to_string(step);
    }
}

TEST(RoundMachine, L36_a_polka_locks_and_is_precommitted) {
    RoundState state = at(Step::prevote);

    const Action action = fire(state, Rule::L36, {.polka = block_a});

    EXPECT_EQ(action, Action(CastVote{SignedMsgType::precommit, block_a}));
    EXPECT_EQ(state.step, Step::precommit);
    EXPECT_EQ(state.locked, (Polka{block_a, Round(5)}));
    EXPECT_EQ(state.valid, state.locked);
}

TEST(RoundMachine, L36_a_polka_moves_the_lock_to_another_block) {
    RoundState state = locked_on(block_a, 2);
    state.step = Step::prevote;

    fire(state, Rule::L36, {.polka = block_b});

    EXPECT_EQ(state.locked, (Polka{block_b, Round(5)}));
}

TEST(RoundMachine, L36_after_the_precommit_only_the_valid_block_moves) {
    RoundState state = locked_on(block_a, 2);
    state.step = Step::precommit;
    const Facts facts{.polka = block_b};

    EXPECT_EQ(next_rule(state, facts), Rule::L36);
    EXPECT_EQ(apply(state, Rule::L36, facts), std::nullopt);

    EXPECT_EQ(state.step, Step::precommit);
    EXPECT_EQ(state.locked, (Polka{block_a, Round(2)}));
    EXPECT_EQ(state.valid, (Polka{block_b, Round(5)}));
    EXPECT_EQ(next_rule(state, facts), nothing);
}

TEST(RoundMachine, L36_does_not_fire_before_the_prevote_is_cast) {
    for (const Step step : {Step::waiting, Step::propose, Step::decided}) {
        EXPECT_EQ(next_rule(at(step), {.polka = block_a}), nothing) << to_string(step);
    }
}

TEST(RoundMachine, L44_a_polka_for_nil_is_precommitted_and_keeps_the_lock) {
    RoundState state = locked_on(block_a, 2);
    state.step = Step::prevote;

    const Action action = fire(state, Rule::L44, {.polka_nil = true});

    EXPECT_EQ(action, Action(CastVote{SignedMsgType::precommit, nil}));
    EXPECT_EQ(state.step, Step::precommit);
    EXPECT_EQ(state.locked, (Polka{block_a, Round(2)}));
}

TEST(RoundMachine, L44_fires_in_prevote_only) {
    for (const Step step : {Step::waiting, Step::propose, Step::precommit, Step::decided}) {
        EXPECT_EQ(next_rule(at(step), {.polka_nil = true}), nothing) << to_string(step);
    }
}

TEST(RoundMachine, L47_starts_the_precommit_timeout_once_in_any_step_of_the_round) {
    const Facts facts{.precommits_of_quorum = true};
    for (const Step step : {Step::propose, Step::prevote, Step::precommit}) {
        RoundState state = at(step);
        EXPECT_EQ(fire(state, Rule::L47, facts), Action(StartTimeout{TimeoutKind::precommit}));
        EXPECT_EQ(state.step, step);
        EXPECT_EQ(next_rule(state, facts), nothing);
    }
    EXPECT_EQ(next_rule(at(Step::waiting), facts), nothing);
    EXPECT_EQ(next_rule(at(Step::decided), facts), nothing);
}

TEST(RoundMachine, L49_decides_in_any_step_for_any_round_once) {
    for (const int round : {0, 5, 9}) {
        const Facts facts{.decided = Decided{block_a, Round(round)}};
        for (const Step step : {Step::waiting, Step::propose, Step::prevote, Step::precommit}) {
            RoundState state = at(step);
            EXPECT_EQ(fire(state, Rule::L49, facts), Action(DecideBlock{*facts.decided}));
            EXPECT_EQ(state.step, Step::decided);
            EXPECT_EQ(next_rule(state, facts), nothing);
        }
    }
}

TEST(RoundMachine, L55_skips_to_a_later_round_from_any_step) {
    for (const Step step : {Step::waiting, Step::propose, Step::prevote, Step::precommit}) {
        RoundState state = at(step);
        EXPECT_EQ(fire(state, Rule::L55, {.skip_to = Round(8)}), Action(EnterRound{Round(8)}));
        EXPECT_EQ(state, at(Step::propose, 8));
    }
}

TEST(RoundMachine, L55_never_skips_back_nor_after_the_decision) {
    EXPECT_EQ(next_rule(at(Step::propose), {.skip_to = Round(5)}), nothing);
    EXPECT_EQ(next_rule(at(Step::propose), {.skip_to = Round(4)}), nothing);
    EXPECT_EQ(next_rule(at(Step::decided), {.skip_to = Round(8)}), nothing);
}

TEST(RoundMachine, L57_prevotes_nil_when_no_proposal_came) {
    EXPECT_EQ(prevoted(at(Step::propose), Rule::L57, elapsed(TimeoutKind::propose)), nil);
    for (const Step step : {Step::waiting, Step::prevote, Step::precommit, Step::decided}) {
        EXPECT_EQ(next_rule(at(step), elapsed(TimeoutKind::propose)), nothing) << to_string(step);
    }
}

TEST(RoundMachine, L57_gives_way_to_a_proposal_that_is_there) {
    Facts facts = fresh(block_a);
    facts.elapsed = TimeoutKind::propose;

    EXPECT_EQ(prevoted(at(Step::propose), Rule::L22, facts), block_a);
}

TEST(RoundMachine, L61_precommits_nil_when_no_polka_came) {
    RoundState state = at(Step::prevote);
    const Action action = fire(state, Rule::L61, elapsed(TimeoutKind::prevote));

    EXPECT_EQ(action, Action(CastVote{SignedMsgType::precommit, nil}));
    EXPECT_EQ(state.step, Step::precommit);
    for (const Step step : {Step::waiting, Step::propose, Step::precommit, Step::decided}) {
        EXPECT_EQ(next_rule(at(step), elapsed(TimeoutKind::prevote)), nothing) << to_string(step);
    }
}

TEST(RoundMachine, L65_the_next_round_begins_when_no_decision_came) {
    for (const Step step : {Step::propose, Step::prevote, Step::precommit}) {
        RoundState state = at(step);
        const Action action = fire(state, Rule::L65, elapsed(TimeoutKind::precommit));
        EXPECT_EQ(action, Action(EnterRound{Round(6)}));
        EXPECT_EQ(state, at(Step::propose, 6));
    }
    EXPECT_EQ(next_rule(at(Step::waiting), elapsed(TimeoutKind::precommit)), nothing);
    EXPECT_EQ(next_rule(at(Step::decided), elapsed(TimeoutKind::precommit)), nothing);
}

TEST(RoundMachine, the_timeouts_of_waiting_are_no_rules) {
    for (const Step step : {Step::waiting, Step::propose, Step::prevote, Step::precommit}) {
        EXPECT_EQ(next_rule(at(step), elapsed(TimeoutKind::commit)), nothing);
        EXPECT_EQ(next_rule(at(step), elapsed(TimeoutKind::resend)), nothing);
    }
}

TEST(RoundMachine, of_several_rules_the_decision_comes_first_and_timeouts_last) {
    Facts facts = fresh(block_a);
    facts.polka = block_a;
    facts.prevotes_of_quorum = facts.precommits_of_quorum = true;
    facts.decided = Decided{block_a, Round(5)};
    facts.skip_to = Round(7);
    facts.elapsed = TimeoutKind::prevote;
    RoundState state = at(Step::prevote);

    EXPECT_EQ(next_rule(state, facts), Rule::L49);
    facts.decided.reset();
    EXPECT_EQ(next_rule(state, facts), Rule::L55);
    facts.skip_to.reset();
    EXPECT_EQ(next_rule(state, facts), Rule::L36);
    facts.polka.reset();
    EXPECT_EQ(next_rule(state, facts), Rule::L34);
    state.saw_prevotes = true;
    EXPECT_EQ(next_rule(state, facts), Rule::L47);
    state.saw_precommits = true;
    EXPECT_EQ(next_rule(state, facts), Rule::L61);
    facts.elapsed = TimeoutKind::precommit;
    EXPECT_EQ(next_rule(state, facts), Rule::L65);
}

TEST(RoundMachine, rules_have_the_names_of_their_lines) {
    EXPECT_EQ(to_string(Rule::L22), "L22");
    EXPECT_EQ(to_string(Rule::L49), "L49");
    EXPECT_EQ(to_string(Rule::L65), "L65");
}

TEST(RoundMachineDeath, a_rule_that_is_not_enabled_does_not_fire) {
    RoundState state = at(Step::propose);

    EXPECT_DEATH(apply(state, Rule::L36, {}), "");
}

}  // namespace
}  // namespace steelyard::consensus
