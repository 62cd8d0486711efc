// What a peer at our height lacks: the proposal, parts and votes, as CometBFT's gossip routines
// choose them.
#include "consensus/gossip/peer.h"
#include "consensus/gossip/ripening.h"
#include "consensus/gossip/stored.h"

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using consensus::HeightState;
using consensus::VoteSet;

/// How many blocks of one height a peer's sent parts are remembered of.
constexpr std::size_t sent_blocks_max = 16;

/// A validator's vote that is worth sending: for the quorum's value, or the first.
std::vector<const chain::Vote*> votes_to_send(const VoteSet& votes, const BitArray& wanted) {
    std::vector<const chain::Vote*> chosen(wanted.size(), nullptr);
    const auto& quorum = votes.quorum();
    for (const chain::Vote& vote : votes.all_votes()) {
        if (!wanted.test(vote.validator_index)) {
            continue;
        }
        const chain::Vote*& choice = chosen[vote.validator_index];
        if (!choice) {
            choice = votes.vote(vote.validator_index);
        }
        if (quorum && vote.block_id == *quorum) {
            choice = &vote;
        }
    }
    std::erase(chosen, nullptr);
    return chosen;
}

}  // namespace

void Gossip::serve_all() {
    for (const auto& [id, peer] : peers_) {
        serve(*peer);
    }
}

void Gossip::serve(Peer& peer) {
    peer.wake.reset();
    const HeightState* const now = current();
    if (!now) {
        return;
    }
    announce(peer);
    const chain::Height height = peer.state.height();
    if (height == chain::Height() || height > now->height) {
        return;
    }
    if (height == now->height) {
        serve_block(peer);
        serve_votes(peer);
    } else {
        catch_up(peer);
    }
    query(peer);
    if (peer.wake && *peer.wake <= now_) {
        peer.wake = now_ + std::chrono::milliseconds(1);
    }
}

void Gossip::serve_block(Peer& peer) {
    const HeightState& now = *current();
    PeerState& state = peer.state;
    const auto& proposal = now.proposal;
    if (proposal && state.round() == now.machine.round && !state.has_proposal()) {
        const bool is_ours = published_ == proposal->block_id.parts;
        const Time ripe_at = is_ours ? now_ : ripening_->proposal_ripe_at();
        if (now_ < ripe_at) {
            peer.wake_at(ripe_at);
        } else if (!send_proposal(peer, *proposal)) {
            return;
        }
    }
    const auto& header = state.parts_header();
    const chain::PartSet* const parts = header ? now.candidates.find_parts(*header) : nullptr;
    if (!parts || (parts->present() - state.parts()).none()) {
        return;
    }
    if (state.wants_parts() || published_ == *header) {
        send_parts(peer, *parts);
    } else if (state.step() <= RoundStep::propose) {
        // Later it has the block, or waits for it no longer; if it needs it, it will say so.
        const Time ripe_at = ripening_->parts_ripe_at(*header);
        if (now_ < ripe_at) {
            peer.wake_at(ripe_at);
        } else {
            send_parts(peer, *parts);
        }
    }
}

/// Followed by whose votes justify it.
bool Gossip::send_proposal(Peer& peer, const chain::Proposal& proposal) {
    if (!send_to(peer, consensus::Message(proposal))) {
        return false;
    }
    ++stats_.proposals_sent;
    peer.sent_at = now_;
    peer.state.set_proposal(proposal);
    const HeightState* const now = current();
    if (proposal.pol_round && now && now->height == proposal.height) {
        const VoteSet* const polka = now->votes.prevotes(*proposal.pol_round);
        const BitArray none(now->validators().size());
        send_to(
            peer, ProposalPol{proposal.height, *proposal.pol_round, polka ? polka->voters() : none}
        );
    }
    return true;
}

/// What was sent before is sent again only as fast as a bucket fills: the peer may have lost it, or
/// say so to make us work.
void Gossip::send_parts(Peer& peer, const chain::PartSet& parts) {
    const HeightState& now = *current();
    if (peer.sent_parts.size() >= sent_blocks_max) {
        peer.sent_parts.clear();
    }
    BitArray& sent = peer.sent_parts[parts.header()];
    const BitArray missing = parts.present() - peer.state.parts();
    for (std::uint32_t index = 0; index < missing.size(); ++index) {
        if (!missing.test(index)) {
            continue;
        }
        if (sent.test(index) && !peer.repeats.take(now_)) {
            peer.wake_at(peer.repeats.ready_at());
            return;
        }
        if (!send_part(peer, {now.height, now.machine.round, *parts.part(index)})) {
            return;
        }
        mark(sent, index);
    }
}

void Gossip::serve_votes(Peer& peer) {
    const HeightState& now = *current();
    const PeerState& state = peer.state;
    if (state.step() == RoundStep::new_height && now.last_commit) {
        send_votes(peer, &now.last_commit->precommits, now.last_commit->round);
    }
    if (const auto decided = now.decided()) {
        peer.state.set_commit_round(decided->round);
        send_votes(peer, now.votes.precommits(decided->round), decided->round);
    }
    if (state.round() > now.machine.round) {
        return;
    }
    if (state.pol_round()) {
        send_votes(peer, now.votes.prevotes(*state.pol_round()), *state.pol_round());
    }
    send_votes(peer, now.votes.prevotes(state.round()), state.round());
    if (state.step() <= RoundStep::precommit_wait) {
        send_votes(peer, now.votes.precommits(state.round()), state.round());
    }
    if (state.round() < now.machine.round) {
        serve_later_round(peer);
    }
}

/// More than a third in a later round take a node there (L55), and it may be that nobody near it
/// has the votes that ended its own. CometBFT has no such rule, and forgets later rounds soon.
void Gossip::serve_later_round(Peer& peer) {
    const HeightState& now = *current();
    const chain::Round round = now.machine.round;
    if (!peer.speaks_ours && peer.later_round_sent != round.value()) {
        const Time due = peer.moved_at + config_.query_after;
        if (now_ < due) {
            peer.wake_at(due);
            return;
        }
        const bool may_send = peer.later_round_sent < 0 ||
                              round.value() >= peer.later_round_sent + Peer::later_rounds_apart;
        if (!may_send) {
            return;
        }
    }
    peer.later_round_sent = round.value();
    peer.state.set_later_round(round);
    send_votes(peer, now.votes.prevotes(round), round);
    send_votes(peer, now.votes.precommits(round), round);
}

void Gossip::send_votes(Peer& peer, const VoteSet* votes, chain::Round round) {
    if (!votes || votes->empty()) {
        return;
    }
    const chain::Vote& any = votes->all_votes().front();
    const BitArray* const known = peer.state.votes(any.height, round, any.type);
    if (!known) {
        return;
    }
    const BitArray missing = votes->voters() - *known;
    if (missing.none()) {
        return;
    }
    const BitArray wanted = missing & ripening_->ripe(any.height, round, *votes, now_);
    if (const auto next = ripening_->next(); next && wanted.count() < missing.count()) {
        peer.wake_at(*next);
    }
    for (const chain::Vote* const vote : votes_to_send(*votes, wanted)) {
        if (!send_vote(peer, *vote)) {
            return;
        }
    }
}

bool Gossip::send_vote(Peer& peer, const chain::Vote& vote) {
    if (!send_to(peer, consensus::Message(vote))) {
        return false;
    }
    ++stats_.votes_sent;
    peer.sent_at = now_;
    peer.state.set_vote(vote);
    if (current() && vote.height == height_) {
        mark_told(peer, vote);
    }
    return true;
}

bool Gossip::send_part(Peer& peer, const consensus::BlockPart& part) {
    if (!send_to(peer, consensus::Message(part))) {
        return false;
    }
    ++stats_.parts_sent;
    peer.sent_at = now_;
    peer.state.set_part(peer.state.height(), peer.state.round(), part.part.index());
    return true;
}

/// False if there is no room: the peer is served again when its queue is drained.
bool Gossip::send_to(Peer& peer, const ReactorMessage& message) {
    const ChannelId channel = channel_of(message);
    const bool is_spoken = channel != channel::consensus_help || peer.speaks_ours;
    if (!is_spoken || peer.full.contains(channel)) {
        return false;
    }
    if (!ports_.link.send(peer.id, channel, encode_reactor_message(message))) {
        peer.full.insert(channel);
        return false;
    }
    return true;
}

}  // namespace steelyard::gossip
