#include "consensus/core/stepper.h"

#include "consensus/core/block_rules.h"

#include <algorithm>

namespace steelyard::consensus {
namespace {

/// Those that came after the decision, or beside the certificate.
void add_precommits(LastCommit& last, const HeightState& height) {
    if (const VoteSet* precommits = height.votes.precommits(last.round)) {
        for (const chain::Vote& vote : precommits->all()) {
            last.precommits.add(vote, last.validators[vote.validator_index].voting_power());
        }
    }
}

}  // namespace

Effects step(State& state, const Input& input) {
    if (state.halted) {
        return {};
    }
    Stepper stepper(state, input);
    stepper.handle(input.event);
    return stepper.take_effects();
}

void Stepper::handle(const Event& event) {
    const bool starts = std::holds_alternative<StartHeight>(event);
    if (!state_.current && !starts) {
        return;
    }
    std::visit([&](const auto& typed) { on(typed); }, event);
    use_deferred();
}

void Stepper::on(const StartHeight& start) {
    auto& previous = state_.current;
    CHECK(!previous || previous->height < start.height);
    HeightState next(start);
    if (next.last_commit && previous && previous->height == next.last_commit->height) {
        add_precommits(*next.last_commit, *previous);
    }
    previous = std::move(next);
    may_use_deferred_ = true;
    if (start.height.value() > 0) {
        emit(CancelTimeouts{start.height.previous()});
    }
    schedule(TimeoutKind::commit);
    skip_commit_wait();
    if (state_.ahead && state_.ahead->height > start.height) {
        ask_for_help(state_.ahead->peer);  // we are still catching up
    }
}

/// Ends the pause once there is nothing to wait for. Through a timeout, which the log records: a
/// replay does not know all late precommits, and must begin the round nevertheless.
void Stepper::skip_commit_wait() {
    const auto& last = current().last_commit;
    const bool may_skip = state_.config.skip_commit_wait &&
                          current().machine.step == Step::waiting && last &&
                          last->precommits.voters().all();
    if (may_skip) {
        const Timeout timeout{TimeoutKind::commit, current().height, current().machine.round};
        emit(ScheduleTimeout{timeout, std::chrono::nanoseconds(0)});
    }
}

void Stepper::on(const TimeoutElapsed& elapsed) {
    const Timeout& timeout = elapsed.timeout;
    const RoundState& machine = current().machine;
    if (timeout.height != current().height || timeout.round != machine.round) {
        return;
    }
    if (timeout.kind == TimeoutKind::resend) {
        resend();
        return;
    }
    if (timeout.kind == TimeoutKind::commit) {
        if (machine.step == Step::waiting) {
            append();
            enter_round(current().machine, chain::Round(0));
            begin_round();
            advance();
        }
        return;
    }
    Facts known = facts();
    known.elapsed = timeout.kind;
    if (next_rule(machine, known)) {
        append();
        advance(timeout.kind);
    }
}

void Stepper::on(const Received& received) {
    if (const auto* status = std::get_if<PeerStatus>(&received.message)) {
        on_message(received.from, *status);
        return;
    }
    const std::int64_t ahead = place_of(received.message).height.value() - current().height.value();
    if (ahead > 0) {
        if (ahead <= heights_ahead_max) {
            defer(received);
        }
        state_.ahead = Ahead{received.from, place_of(received.message).height};
        ask_for_help(received.from);
        return;
    }
    if (ahead < 0) {
        if (const auto* vote = std::get_if<chain::Vote>(&received.message)) {
            on_late_precommit(received.from, *vote);
        }
        return;
    }
    std::visit([&](const auto& message) { on_message(received.from, message); }, received.message);
}

void Stepper::use_deferred() {
    while (may_use_deferred_ && !state_.halted) {
        may_use_deferred_ = false;
        const Place place{current().height, current().machine.round};
        for (Received& received : state_.deferred.take(place)) {
            if (state_.halted) {
                break;
            }
            if (std::ranges::find(reported_, received.from) != reported_.end()) {
                continue;  // one bad signature is all that a peer may have us verify
            }
            deferred_ = std::move(received);
            const Received copy = *deferred_;
            on(copy);
        }
        deferred_.reset();
    }
}

void Stepper::advance(std::optional<TimeoutKind> elapsed) {
    halt_on_invalid_decision();
    while (!state_.halted) {
        Facts known = facts();
        known.elapsed = elapsed;
        const auto rule = next_rule(current().machine, known);
        if (!rule) {
            return;
        }
        const bool ends_round = *rule == Rule::L55 || *rule == Rule::L65;
        if (ends_round) {
            elapsed.reset();
        }
        if (const auto action = apply(current().machine, *rule, known)) {
            perform(*action);
        }
    }
}

/// An honest validator, one of the quorum at least, would never have precommitted such a block.
void Stepper::halt_on_invalid_decision() {
    const auto decided = current().decided();
    const Candidate* candidate = decided ? current().candidates.find(decided->block_id) : nullptr;
    if (candidate && candidate->verdict == Verdict::invalid) {
        state_.halted = true;
        const auto message = fmt::format(
            "more than two thirds precommitted an invalid block at height {}, round {}",
            current().height,
            decided->round
        );
        emit(Halt{Error(ErrorCode::invalid, message)});
    }
}

Facts Stepper::facts() {
    const HeightState& now = current();
    Facts known{.proposed = proposed(), .skip_to = now.votes.skip_round()};
    const auto is_valid = [&](const chain::BlockId& id) {
        const Candidate* candidate = now.candidates.find(id);
        return candidate && candidate->is_valid();
    };
    if (const VoteSet* prevotes = now.votes.prevotes(now.machine.round)) {
        known.prevotes_of_quorum = prevotes->has_quorum_of_any();
        if (const auto& value = prevotes->quorum()) {
            known.polka_nil = !*value;
            known.polka = *value && is_valid(**value) ? *value : std::nullopt;
        }
    }
    if (const VoteSet* precommits = now.votes.precommits(now.machine.round)) {
        known.precommits_of_quorum = precommits->has_quorum_of_any();
    }
    const auto decided = now.machine.step == Step::decided ? std::nullopt : now.decided();
    if (decided && is_valid(decided->block_id) && now.make_commit(*decided)) {
        known.decided = decided;
    }
    return known;
}

std::optional<Facts::Proposed> Stepper::proposed() {
    const HeightState& now = current();
    if (!now.proposal) {
        return std::nullopt;
    }
    const chain::BlockId& id = now.proposal->block_id;
    const Candidate* candidate = now.candidates.find(id);
    if (!candidate || candidate->verdict == Verdict::unknown) {
        return std::nullopt;
    }
    Facts::Proposed proposed{
        .block_id = id,
        .valid = candidate->is_valid() && names_proposer(*now.proposal, *candidate->block),
        .pol_round = now.proposal->pol_round,
    };
    if (proposed.pol_round) {
        const VoteSet* prevotes = now.votes.prevotes(*proposed.pol_round);
        proposed.polka_at_pol_round = prevotes && prevotes->has_quorum_for(id);
    }
    return proposed;
}

/// Whether a block that is proposed for the first time names the round's proposer as its own. One
/// that is proposed again keeps the address of whoever made it.
bool Stepper::names_proposer(const chain::Proposal& proposal, const chain::Block& block) {
    const chain::Address& proposer = current().rotation.proposer(proposal.round).address();
    return proposal.pol_round || block.header.proposer_address == proposer;
}

void Stepper::perform(const Action& action) {
    if (const auto* vote = std::get_if<CastVote>(&action)) {
        cast(*vote);
    } else if (const auto* timeout = std::get_if<StartTimeout>(&action)) {
        schedule(timeout->kind);
    } else if (const auto* decision = std::get_if<DecideBlock>(&action)) {
        decide(decision->decided);
    } else {
        begin_round();
    }
}

void Stepper::cast(const CastVote& vote) {
    const HeightState& now = current();
    const auto& address = state_.config.address;
    const auto index = address ? now.validators().index_of(*address) : std::nullopt;
    if (!index) {
        return;
    }
    const auto later_than = now.machine.locked ? std::optional(now.machine.locked->block_id)
                            : now.proposal     ? std::optional(now.proposal->block_id)
                                               : std::nullopt;
    const Candidate* candidate = later_than ? now.candidates.find(*later_than) : nullptr;
    const auto block_time =
        candidate && candidate->block ? std::optional(candidate->block->header.time) : std::nullopt;
    emit(SignVote{chain::Vote{
        .type = vote.type,
        .height = now.height,
        .round = now.machine.round,
        .block_id = vote.value,
        .timestamp = vote_time(now_, block_time),
        .validator_address = *address,
        .validator_index = *index,
    }});
}

/// Of all candidates, those that may still be voted for, decided or proposed again: among them the
/// proposal of the round that ends, of which others may have seen the polka, and one that came
/// while we waited for the height.
void Stepper::retain_candidates() {
    HeightState& now = current();
    std::vector<chain::BlockId> kept;
    for (const auto& polka : {now.machine.locked, now.machine.valid}) {
        if (polka) {
            kept.push_back(polka->block_id);
        }
    }
    if (const auto decided = now.decided()) {
        kept.push_back(decided->block_id);
    }
    if (now.proposal) {
        kept.push_back(now.proposal->block_id);
    }
    const auto polka = now.polka();
    if (polka) {
        kept.push_back(*polka);
    }
    now.candidates.retain(kept);
    if (polka) {
        gather(*polka);  // we skipped into a round that has its polka already
    }
}

/// L11 to L21.
void Stepper::begin_round() {
    HeightState& now = current();
    const chain::Round round = now.machine.round;
    std::vector<chain::Round> kept_rounds;
    for (const auto& polka : {now.machine.locked, now.machine.valid}) {
        if (polka) {
            kept_rounds.push_back(polka->round);
        }
    }
    now.votes.enter(round, kept_rounds);
    log_near_votes();
    retain_candidates();
    if (now.proposal && now.proposal->round != round) {
        now.proposal.reset();
    }
    schedule(TimeoutKind::propose);
    schedule(TimeoutKind::resend);
    may_use_deferred_ = true;
    const crypto::Address& proposer = now.rotation.proposer(round).address();
    if (proposer == state_.config.address) {
        propose();
    }
}

/// L15 to L19. The proposal is made when the block, and then the signature, has come.
void Stepper::propose() {
    const HeightState& now = current();
    if (const auto& valid = now.machine.valid) {
        emit(SignProposal{chain::Proposal{
            .height = now.height,
            .round = now.machine.round,
            .pol_round = valid->round,
            .block_id = valid->block_id,
            .timestamp = now_,
        }});
        return;
    }
    std::optional<chain::Commit> last_commit;
    if (now.last_commit) {
        last_commit = now.last_commit->make_commit();
    }
    emit(BuildBlock{now.height, now.machine.round, std::move(last_commit)});
}

void Stepper::decide(const Decided& decided) {
    const HeightState& now = current();
    const Candidate* candidate = now.candidates.find(decided.block_id);
    CHECK(candidate && candidate->block);
    auto commit = now.make_commit(decided);
    CHECK(commit);
    emit(Decide{candidate->block, candidate->parts, *std::move(commit)});
}

void Stepper::gather(const chain::BlockId& id) {
    const auto is_new = current().candidates.expect(id);
    may_use_deferred_ = may_use_deferred_ || (is_new && *is_new);
}

void Stepper::check(const chain::BlockId& id) {
    const Candidate* candidate = current().candidates.find(id);
    if (candidate && candidate->block && candidate->verdict == Verdict::unknown) {
        emit(CheckBlock{id, candidate->block});
    }
}

void Stepper::schedule(TimeoutKind kind) {
    const chain::Round round = current().machine.round;
    emit(ScheduleTimeout{
        Timeout{kind, current().height, round}, state_.config.timeouts.duration(kind, round)
    });
}

void Stepper::defer(const Received& received) {
    state_.deferred.add(received);  // where there is no room, the peer will say it again
}

void Stepper::append() {
    emit(AppendInput{deferred_});
}

void Stepper::report(PeerId peer, Error error) {
    reported_.push_back(peer);
    emit(ReportPeer{peer, std::move(error)});
}

bool Stepper::is_signed_by(
    const crypto::PublicKey& key, Bytes message, const chain::Signature& signature
) const {
    const chain::SignatureCheck check{key, std::move(message), signature};
    return !state_.config.verify(std::span(&check, 1));
}

}  // namespace steelyard::consensus
