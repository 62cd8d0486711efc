// What peers say about blocks: proposals, parts, votes and commits.
#include "consensus/core/stepper.h"

namespace steelyard::consensus {
namespace {

/// The validator that a vote says it is of. No signature covers the index, so the address, which
/// must be the one at that index, decides whose power counts.
Result<const chain::Validator*> voter_of(
    const chain::Vote& vote, const chain::ValidatorSet& validators
) {
    if (vote.validator_index >= validators.size()) {
        return invalid("vote of validator {} of {}", vote.validator_index, validators.size());
    }
    const chain::Validator& validator = validators[vote.validator_index];
    if (validator.address() != vote.validator_address) {
        return invalid("vote has not the address of validator {}", vote.validator_index);
    }
    return &validator;
}

bool is_vote_type(chain::SignedMsgType type) {
    return type == chain::SignedMsgType::prevote || type == chain::SignedMsgType::precommit;
}

}  // namespace

void Stepper::on_message(PeerId from, const chain::Proposal& proposal) {
    HeightState& now = current();
    const chain::Round round = now.machine.round;
    if (proposal.round > round) {
        if (now.rotation.reaches(proposal.round)) {
            defer({from, proposal});
        }
        return;
    }
    if (proposal.round < round || now.proposal || now.machine.step == Step::decided) {
        return;
    }
    if (proposal.pol_round && *proposal.pol_round >= round) {
        report(from, Error(ErrorCode::invalid, "proposal's pol_round is not before its round"));
        return;
    }
    const crypto::PublicKey& key = now.rotation.proposer(round).public_key();
    if (!is_signed_by(key, sign_bytes(proposal, state_.config.chain_id), proposal.signature)) {
        report(from, Error(ErrorCode::denied, "proposal is not signed by the round's proposer"));
        return;
    }
    const auto is_new = now.candidates.expect(proposal.block_id);
    if (!is_new) {
        report(from, Error(is_new.error()).in("proposal"));
        return;
    }
    append();
    now.proposal = proposal;
    if (proposal.pol_round) {
        std::vector<chain::Round> kept{*proposal.pol_round};
        for (const auto& polka : {now.machine.locked, now.machine.valid}) {
            if (polka) {
                kept.push_back(polka->round);
            }
        }
        now.votes.enter(round, kept);
    }
    may_use_deferred_ = true;
    advance();
}

void Stepper::on_message(PeerId from, const BlockPart& part) {
    HeightState& now = current();
    if (now.machine.step == Step::decided) {
        return;
    }
    const auto outcome = now.candidates.add_part(part.part);
    if (!outcome) {
        if (part.round >= now.machine.round) {
            defer({from, part});
        }
        return;
    }
    if (!outcome->added) {
        return;
    }
    append();
    ask_for_more(from);
    for (const chain::BlockId& id : outcome->completed) {
        check(id);
    }
    advance();
}

void Stepper::on_message(PeerId from, const chain::Vote& vote) {
    HeightState& now = current();
    const auto voter = voter_of(vote, now.validators());
    if (!voter || !is_vote_type(vote.type)) {
        report(from, voter ? Error(ErrorCode::invalid, "vote of no type") : voter.error());
        return;
    }
    if (!now.votes.wants(vote)) {
        return;
    }
    const auto message = sign_bytes(vote, state_.config.chain_id);
    if (!is_signed_by((*voter)->public_key(), message, vote.signature)) {
        report(from, Error(ErrorCode::denied, "vote has a bad signature"));
        return;
    }
    if (now.votes.is_far(vote.round)) {
        far_vote_ = vote;
    } else {
        append();
    }
    count(vote);
    log_near_votes();
    advance();
    far_vote_.reset();
}

/// Votes of far rounds are logged when they begin to matter, for else a validator could have us
/// write 100,000 rounds of them. The vote that made them matter comes last, so that a replay is
/// where we were when it has come.
void Stepper::log_near_votes() {
    bool is_there = false;
    for (const chain::Vote& vote : current().votes.take_near()) {
        if (vote == far_vote_) {
            is_there = true;
        } else {
            emit(AppendInput{Received{self, vote}});
        }
    }
    if (is_there) {
        append();
    }
}

/// `vote` is of this height, verified, and wanted.
void Stepper::count(const chain::Vote& vote) {
    HeightState& now = current();
    const auto power = now.validators()[vote.validator_index].voting_power();
    const VoteOutcome outcome = now.votes.add(vote, power);
    if (outcome.contradicts) {
        emit(ReportConflict{*outcome.contradicts, vote});
    }
    const bool is_precommit = vote.type == chain::SignedMsgType::precommit;
    if (outcome.quorum && *outcome.quorum && (is_precommit || vote.round == now.machine.round)) {
        gather(**outcome.quorum);
    }
}

void Stepper::on_late_precommit(PeerId from, const chain::Vote& vote) {
    auto& last = current().last_commit;
    const bool fits = last && vote.type == chain::SignedMsgType::precommit &&
                      vote.height == last->height && vote.round == last->round;
    if (!fits) {
        return;
    }
    const auto voter = voter_of(vote, last->validators);
    if (!voter) {
        report(from, voter.error());
        return;
    }
    if (!last->precommits.wants(vote)) {
        return;
    }
    const auto message = sign_bytes(vote, state_.config.chain_id);
    if (!is_signed_by((*voter)->public_key(), message, vote.signature)) {
        report(from, Error(ErrorCode::denied, "late precommit has a bad signature"));
        return;
    }
    append();
    const VoteOutcome outcome = last->precommits.add(vote, (*voter)->voting_power());
    if (outcome.contradicts) {
        emit(ReportConflict{*outcome.contradicts, vote});
    }
    skip_commit_wait();
}

void Stepper::on_message(PeerId from, const chain::Commit& commit) {
    HeightState& now = current();
    const auto decided = now.decided();
    const bool has_one = now.certificate && now.may_decide(*now.certificate);
    const bool helps = now.machine.step != Step::decided && !has_one &&
                       (!decided || decided->block_id == commit.block_id());
    if (!helps) {
        return;
    }
    const chain::CommitTarget target{state_.config.chain_id, now.height, commit.block_id()};
    auto verified = chain::verify_commit(target, now.validators(), commit, state_.config.verify);
    if (!verified) {
        report(from, Error(verified.error()).in("commit certificate"));
        return;
    }
    if (!now.may_decide(*verified)) {
        report(from, Error(ErrorCode::invalid, "commit certificate dates no next block"));
        return;
    }
    append();
    now.certificate = *std::move(verified);
    gather(commit.block_id());
    advance();
}

}  // namespace steelyard::consensus
