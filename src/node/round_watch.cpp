#include "node/round_watch.h"

#include "base/check.h"

namespace steelyard::node {

using consensus::HeightState;
using rpc::RoundEvent;
using rpc::RoundPlace;
using rpc::RoundStep;

namespace {

bool is_whole(const HeightState& current) {
    if (!current.proposal) {
        return false;
    }
    const auto* candidate = current.candidates.find(current.proposal->block_id);
    return candidate && candidate->block;
}

/// For a block or for nil.
bool has_polka(const HeightState& current) {
    const auto* prevotes = current.votes.prevotes(current.machine.round);
    return prevotes && prevotes->quorum();
}

}  // namespace

RoundStep step_of(const consensus::RoundState& machine) {
    switch (machine.step) {
        case consensus::Step::waiting:
            return RoundStep::new_height;
        case consensus::Step::propose:
            return RoundStep::propose;
        case consensus::Step::prevote:
            return machine.saw_prevotes ? RoundStep::prevote_wait : RoundStep::prevote;
        case consensus::Step::precommit:
            return machine.saw_precommits ? RoundStep::precommit_wait : RoundStep::precommit;
        case consensus::Step::decided:
            return RoundStep::commit;
    }
    CHECK(false);
}

RoundWatch::Seen RoundWatch::seen_of(const HeightState& current) {
    const consensus::RoundState& machine = current.machine;
    return {
        .place = {current.height, machine.round, step_of(machine)},
        .in_round = machine.step != consensus::Step::waiting,
        .proposal_complete = is_whole(current),
        .polka = has_polka(current),
        .locked = machine.locked,
        .valid = machine.valid,
    };
}

void RoundWatch::look(const consensus::State& state) {
    if (!events_.has_subscribers() || !state.current) {
        seen_.reset();
        return;
    }
    const HeightState& current = *state.current;
    Seen now = seen_of(current);
    if (!seen_) {
        seen_ = std::move(now);
        tell_votes(current, false);
        return;
    }
    tell_round(current, now);
    tell_votes(current, true);
    tell_blocks(current, now);
    now.votes = std::move(seen_->votes);
    seen_ = std::move(now);
}

void RoundWatch::tell_round(const HeightState& current, const Seen& now) {
    const RoundPlace& was = seen_->place;
    const bool is_new_height = was.height != now.place.height;
    const bool is_new_round = is_new_height || was.round != now.place.round;
    if (is_new_round) {
        seen_->in_round = seen_->proposal_complete = seen_->polka = false;
    }
    if (is_new_height) {
        seen_->locked.reset();
        seen_->valid.reset();
        std::erase_if(seen_->votes, [&](const auto& entry) {
            return std::get<chain::Height>(entry.first).next() < now.place.height;
        });
    }
    if (now.in_round && !seen_->in_round) {
        const auto& validators = current.validators();
        events_.on_new_round(
            {now.place.height, now.place.round, RoundStep::new_round},
            validators.proposer().address(),
            validators.proposer_index()
        );
    }
    if (is_new_round || was.step != now.place.step) {
        events_.on_round(RoundEvent::new_round_step, now.place);
    }
}

void RoundWatch::tell_blocks(const HeightState& current, const Seen& now) {
    if (now.proposal_complete && !seen_->proposal_complete) {
        events_.on_complete_proposal(now.place, current.proposal->block_id);
    }
    if (now.polka && !seen_->polka) {
        events_.on_round(RoundEvent::polka, now.place);
    }
    if (now.locked && now.locked != seen_->locked) {
        const bool again = seen_->locked && seen_->locked->block_id == now.locked->block_id;
        events_.on_round(again ? RoundEvent::relock : RoundEvent::lock, now.place);
    }
    if (now.valid && now.valid != seen_->valid) {
        events_.on_round(RoundEvent::valid_block, now.place);
    }
}

void RoundWatch::tell_votes(const HeightState& current, bool aloud) {
    using enum chain::SignedMsgType;
    if (current.last_commit) {
        const auto& last = *current.last_commit;
        tell_votes_of({last.height, last.round, precommit}, &last.precommits, aloud);
    }
    // Those of the current round and of the one before it; others come when the rounds do.
    const chain::Round round = current.machine.round;
    const chain::Round first = round == chain::Round() ? round : chain::Round(round.value() - 1);
    for (chain::Round at = first; at <= round; at = at.next()) {
        tell_votes_of({current.height, at, prevote}, current.votes.prevotes(at), aloud);
        tell_votes_of({current.height, at, precommit}, current.votes.precommits(at), aloud);
    }
}

void RoundWatch::tell_votes_of(VotesKey key, const consensus::VoteSet* votes, bool aloud) {
    if (!votes || votes->empty()) {
        return;
    }
    VotesSeen& seen = seen_->votes[key];
    if (seen.count == votes->size()) {
        return;
    }
    chain::BitArray voters = votes->voters();
    for (std::size_t i = 0; aloud && i < voters.size(); ++i) {
        if (voters.test(i) && !(i < seen.voters.size() && seen.voters.test(i))) {
            events_.on_vote(*votes->vote(static_cast<chain::ValidatorIndex>(i)));
        }
    }
    seen = {votes->size(), std::move(voters)};
}

void RoundWatch::elapsed(const consensus::State& state, const consensus::Timeout& timeout) {
    if (!events_.has_subscribers() || !state.current) {
        return;
    }
    const HeightState& current = *state.current;
    const RoundPlace place{current.height, current.machine.round, step_of(current.machine)};
    if (timeout.height != place.height || timeout.round != place.round) {
        return;
    }
    switch (timeout.kind) {
        case consensus::TimeoutKind::propose:
            if (place.step == RoundStep::propose) {
                events_.on_round(RoundEvent::timeout_propose, place);
            }
            break;
        case consensus::TimeoutKind::prevote:
            if (place.step == RoundStep::prevote_wait) {
                events_.on_round(RoundEvent::timeout_wait, place);
            }
            break;
        case consensus::TimeoutKind::precommit:
            if (current.machine.saw_precommits && place.step != RoundStep::commit) {
                events_.on_round(RoundEvent::timeout_wait, place);
            }
            break;
        case consensus::TimeoutKind::commit:
        case consensus::TimeoutKind::resend:
            break;
    }
}

}  // namespace steelyard::node
