// What the host answers: blocks that it built and checked, votes and proposals that it signed.
#include "consensus/core/stepper.h"

namespace steelyard::consensus {

void Stepper::on(const BlockBuilt& built) {
    HeightState& now = current();
    // Once we have voted in the round our signer refuses to sign a proposal for it.
    const bool wanted = built.round == now.machine.round && !now.proposal &&
                        built.block.header.height == now.height &&
                        now.machine.step == Step::propose;
    if (!wanted) {
        return;
    }
    chain::PartSet parts = chain::make_part_set(built.block);
    const chain::BlockId id = chain::block_id(built.block.header, parts);
    auto block = std::make_shared<const chain::Block>(built.block);
    const auto added = now.candidates.add(id, Candidate{std::move(parts), std::move(block)});
    if (!added) {
        report(self, Error(added.error()).in("block that we built"));
        return;
    }
    append();
    check(id);
    emit(SignProposal{chain::Proposal{
        .height = now.height,
        .round = now.machine.round,
        .block_id = id,
        .timestamp = now_,
    }});
}

void Stepper::on(const BlockChecked& checked) {
    HeightState& now = current();
    const Candidate* candidate = now.candidates.find(checked.block_id);
    const bool asked = checked.height == now.height && candidate && candidate->block &&
                       candidate->verdict == Verdict::unknown;
    if (!asked) {
        return;
    }
    append();
    now.candidates.judge(checked.block_id, checked.valid ? Verdict::valid : Verdict::invalid);
    advance();
}

void Stepper::on(const VoteSigned& answer) {
    HeightState& now = current();
    const chain::Vote& vote = answer.vote;
    const auto& address = state_.config.address;
    const bool ours = address && vote.height == now.height && vote.validator_address == *address &&
                      vote.validator_index < now.validators().size() &&
                      now.validators()[vote.validator_index].address() == *address;
    const bool is_prevote = vote.type == chain::SignedMsgType::prevote;
    const VoteSet* cast =
        is_prevote ? now.votes.prevotes(vote.round) : now.votes.precommits(vote.round);
    if (!ours || !now.votes.wants(vote) || (cast && cast->vote(vote.validator_index))) {
        return;  // if we voted already, which a peer may know better than our log, we keep to it
    }
    append();
    emit(SyncLog{});
    emit(Publish{vote});
    count(vote);
    advance();
}

void Stepper::on(const ProposalSigned& answer) {
    HeightState& now = current();
    const chain::Proposal& proposal = answer.proposal;
    const Candidate* candidate = now.candidates.find(proposal.block_id);
    const bool wanted = proposal.height == now.height && proposal.round == now.machine.round &&
                        !now.proposal && candidate && candidate->block &&
                        now.machine.step != Step::decided;
    if (!wanted) {
        return;
    }
    append();
    emit(SyncLog{});
    emit(Publish{proposal});
    for (std::uint32_t index = 0; index < candidate->parts.header().total; ++index) {
        emit(Publish{BlockPart{now.height, proposal.round, *candidate->parts.part(index)}});
    }
    if (proposal.pol_round) {
        // The polka that justifies it: others may have missed some of its votes.
        if (const VoteSet* prevotes = now.votes.prevotes(*proposal.pol_round)) {
            for (chain::Vote& vote : prevotes->votes_for(proposal.block_id)) {
                emit(Publish{std::move(vote)});
            }
        }
    }
    now.proposal = proposal;
    advance();
}

}  // namespace steelyard::consensus
