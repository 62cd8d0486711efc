#include "consensus/gossip/gossip.h"

#include "consensus/gossip/peer.h"
#include "consensus/gossip/ripening.h"
#include "consensus/gossip/stored.h"

namespace steelyard::gossip {

using chain::BitArray;
using chain::Height;
using consensus::HeightState;
using consensus::VoteSet;

namespace {

/// The most VoteSetMaj23 whose answers are waited for.
constexpr int queries_max = 8;

/// Whose votes for the value are there: a bit for each validator, as CometBFT's are.
BitArray voters_for(
    const HeightState& current, const VoteSet* votes, const consensus::VoteValue& value
) {
    BitArray bits(current.validators().size());
    if (votes) {
        for (const chain::Vote& vote : votes->votes_for(value)) {
            bits.set(vote.validator_index);
        }
    }
    return bits;
}

const VoteSet* votes_of(const HeightState& current, chain::Round round, chain::SignedMsgType type) {
    return type == chain::SignedMsgType::prevote ? current.votes.prevotes(round)
                                                 : current.votes.precommits(round);
}

}  // namespace

Gossip::Gossip(GossipConfig config, GossipPorts ports)
    : config_(config), ports_(ports), ripening_(std::make_unique<Ripening>(config.relay_after)) {
}

Gossip::~Gossip() = default;

void Gossip::add_peer(PeerId peer, bool speaks_ours, Time now) {
    now_ = now;
    auto added = std::make_unique<Peer>();
    added->id = peer;
    added->speaks_ours = speaks_ours;
    added->moved_at = now;
    Peer& known = *(peers_[peer] = std::move(added));
    serve(known);
}

void Gossip::remove_peer(PeerId peer) {
    peers_.erase(peer);
}

void Gossip::receive(PeerId id, ChannelId channel, ByteView bytes, Time now) {
    now_ = now;
    const auto found = peers_.find(id);
    if (found == peers_.end()) {
        return;
    }
    Peer& peer = *found->second;
    auto message = decode_reactor_message(channel, bytes);
    if (!message) {
        refuse(peer, message.error());
        return;
    }
    if (channel == channel::consensus_help && !peer.speaks_ours) {
        refuse(peer, Error(ErrorCode::invalid, "message on a channel that was not agreed on"));
        return;
    }
    std::visit([&](auto& typed) { handle(peer, typed); }, *message);
}

void Gossip::drained(PeerId id, ChannelId channel, Time now) {
    now_ = now;
    const auto found = peers_.find(id);
    if (found != peers_.end() && found->second->full.erase(channel) > 0) {
        serve(*found->second);
    }
}

void Gossip::state_changed(const consensus::State& state, Time now) {
    now_ = now;
    state_ = &state;
    if (!state.current) {
        return;
    }
    const HeightState& height = *state.current;
    if (height.height != height_) {
        height_ = height.height;
        height_began_ = now;
        if (published_height_ != height_) {
            published_.reset();  // else the step that began the height also proposed
        }
        for (const auto& [id, peer] : peers_) {
            peer->told_votes.clear();
            peer->sent_parts.clear();
        }
    }
    const auto& address = state.config.address;
    const auto own = address ? height.validators().index_of(*address) : std::nullopt;
    ripening_->update(height, own, now);
    serve_all();
}

/// What peers send from here on is not heard: they are told anew what is here when it goes on.
void Gossip::stopped() {
    state_ = nullptr;
    for (const auto& [id, peer] : peers_) {
        peer->told_step.reset();
        peer->told_block.reset();
        peer->told_votes.clear();
    }
}

std::optional<Time> Gossip::next_tick() const {
    std::optional<Time> next;
    for (const auto& [id, peer] : peers_) {
        if (peer->wake) {
            next = std::min(next.value_or(*peer->wake), *peer->wake);
        }
    }
    return next;
}

void Gossip::tick(Time now) {
    now_ = now;
    for (const auto& [id, peer] : peers_) {
        if (peer->wake && *peer->wake <= now) {
            serve(*peer);
        }
    }
}

Height Gossip::height_of(PeerId peer) const {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? Height() : found->second->state.height();
}

std::map<PeerId, PeerState> Gossip::peer_states() const {
    std::map<PeerId, PeerState> states;
    for (const auto& [id, peer] : peers_) {
        states.emplace(id, peer->state);
    }
    return states;
}

const HeightState* Gossip::current() const {
    return state_ && state_->current ? &*state_->current : nullptr;
}

void Gossip::refuse(Peer& peer, const Error& error) {
    ++stats_.messages_refused;
    ports_.link.drop(peer.id, error);
}

void Gossip::handle(Peer& peer, const NewRoundStep& message) {
    // As CometBFT's ValidateHeight: a last commit there is from the second height on.
    const bool is_first = message.height == config_.initial_height;
    if (message.height < config_.initial_height ||
        is_first == message.last_commit_round.has_value()) {
        refuse(
            peer,
            Error(
                ErrorCode::invalid,
                fmt::format(
                    "NewRoundStep: height {} with a wrong last commit round", message.height
                )
            )
        );
        return;
    }
    const Height before = peer.state.height();
    if (!peer.state.apply(message)) {
        return;
    }
    peer.moved_at = now_;
    if (peer.state.height() != before) {
        peer.later_round_sent = -1;
        peer.queries = 0;
        ports_.listener.on_peer_height(peer.id, message.height);
    }
    serve(peer);
}

void Gossip::handle(Peer& peer, const NewValidBlock& message) {
    peer.state.apply(message);
    serve(peer);
}

void Gossip::handle(Peer& peer, const ProposalPol& message) {
    peer.state.apply(message);
}

void Gossip::handle(Peer& peer, const HasVote& message) {
    peer.state.apply(message);
}

/// Answered with whose votes for that block we have, so that the peer sends the others.
void Gossip::handle(Peer& peer, const VoteSetMaj23& message) {
    const HeightState* const now = current();
    if (!now || message.height != now->height) {
        return;
    }
    if (!peer.answers.take(now_)) {
        ++stats_.messages_dropped;
        return;
    }
    send_to(
        peer,
        VoteSetBits{
            .height = message.height,
            .round = message.round,
            .type = message.type,
            .block_id = message.block_id,
            .votes =
                voters_for(*now, votes_of(*now, message.round, message.type), message.block_id),
        }
    );
}

/// Only as an answer: who claims again and again to have nothing is not sent everything again.
void Gossip::handle(Peer& peer, const VoteSetBits& message) {
    if (peer.queries == 0) {
        ++stats_.messages_dropped;
        return;
    }
    --peer.queries;
    const HeightState* const now = current();
    std::optional<BitArray> ours;
    if (now && now->height == message.height) {
        ours = voters_for(*now, votes_of(*now, message.round, message.type), message.block_id);
    }
    peer.state.apply(message, ours);
    serve(peer);
}

void Gossip::handle(Peer& peer, consensus::Message& message) {
    if (!current()) {
        return;
    }
    if (const auto* status = std::get_if<consensus::PeerStatus>(&message)) {
        handle_status(peer, *status);
        return;
    }
    if (const auto* proposal = std::get_if<chain::Proposal>(&message)) {
        peer.state.set_proposal(*proposal);
    } else if (const auto* part = std::get_if<consensus::BlockPart>(&message)) {
        ++stats_.parts_received;
        peer.state.set_part(part->height, part->round, part->part.index());
    } else if (const auto* vote = std::get_if<chain::Vote>(&message)) {
        ++stats_.votes_received;
        peer.state.set_vote(*vote);
        if (vote->height == height_ && current()->votes.wants(*vote)) {
            mark_told(peer, *vote);
        }
    }
    ports_.listener.on_message(peer.id, std::move(message));
}

/// A status repairs what we believe of a peer: on connections that lose nothing, where a limit of
/// its own or of ours made it lose something. While we are still sending, it adds to it only.
void Gossip::handle_status(Peer& peer, const consensus::PeerStatus& status) {
    if (status.height < config_.initial_height || !peer.statuses.take(now_)) {
        ++stats_.messages_dropped;
        return;
    }
    const bool repairs = now_ - peer.sent_at >= Peer::quiet;
    const Height before = peer.state.height();
    peer.state.apply(status, repairs);
    if (peer.state.height() != before) {
        peer.moved_at = now_;
        peer.later_round_sent = -1;
        ports_.listener.on_peer_height(peer.id, status.height);
    }
    if (repairs) {
        peer.commit_sent = Height();
        forget_quorums(peer);
    }
    serve(peer);
}

/// The peer may have another vote of a validator that voted twice: of a quorum it gets all votes.
void Gossip::forget_quorums(Peer& peer) {
    const HeightState& now = *current();
    for (const auto type : {chain::SignedMsgType::prevote, chain::SignedMsgType::precommit}) {
        const VoteSet* const votes = votes_of(now, peer.state.round(), type);
        BitArray* const known = peer.state.votes(now.height, peer.state.round(), type);
        if (votes && votes->quorum() && known) {
            *known = {};
        }
    }
}

void Gossip::query(Peer& peer) {
    const HeightState& now = *current();
    const PeerState& state = peer.state;
    std::vector<VoteSetMaj23> questions;
    const auto ask_about = [&](chain::Round round, chain::SignedMsgType type) {
        const VoteSet* const votes = votes_of(now, round, type);
        if (votes && votes->quorum()) {
            questions.push_back({state.height(), round, type, *votes->quorum()});
        }
    };
    if (state.height() == now.height) {
        ask_about(state.round(), chain::SignedMsgType::prevote);
        ask_about(state.round(), chain::SignedMsgType::precommit);
        if (state.pol_round()) {
            ask_about(*state.pol_round(), chain::SignedMsgType::prevote);
        }
    } else if (stored_ && stored_->height == state.height()) {
        const chain::Commit& commit = stored_->commit;
        questions.push_back(
            {state.height(), commit.round(), chain::SignedMsgType::precommit, commit.block_id()}
        );
    }
    if (questions.empty()) {
        return;
    }
    const Time due = std::max(peer.moved_at, peer.queried_at) + config_.query_after;
    if (now_ < due) {
        peer.wake_at(due);
        return;
    }
    peer.queried_at = now_;
    peer.wake_at(now_ + config_.query_after);
    for (const VoteSetMaj23& question : questions) {
        if (send_to(peer, question)) {
            peer.queries = std::min(peer.queries + 1, queries_max);
        }
    }
}

void Gossip::publish(const consensus::Message& message) {
    if (const auto* proposal = std::get_if<chain::Proposal>(&message)) {
        published_ = proposal->block_id.parts;
        published_height_ = proposal->height;
    }
    for (const auto& [id, peer] : peers_) {
        publish_to(*peer, message);
    }
}

/// At once, to a peer that can use it where it is. Others get it when they come there.
void Gossip::publish_to(Peer& peer, const consensus::Message& message) {
    PeerState& state = peer.state;
    if (const auto* proposal = std::get_if<chain::Proposal>(&message)) {
        const bool fits = state.height() == proposal->height && state.round() == proposal->round;
        if (fits && !state.has_proposal()) {
            send_proposal(peer, *proposal);
        }
    } else if (const auto* part = std::get_if<consensus::BlockPart>(&message)) {
        const bool fits = state.height() == part->height && published_ &&
                          state.parts_header() == published_ &&
                          !state.parts().test(part->part.index());
        if (fits) {
            send_part(peer, *part);
        }
    } else if (const auto* vote = std::get_if<chain::Vote>(&message)) {
        if (peer.speaks_ours && state.height() == vote->height) {
            state.set_later_round(vote->round);
        }
        const BitArray* const known = state.votes(vote->height, vote->round, vote->type);
        if (known && !known->test(vote->validator_index)) {
            send_vote(peer, *vote);
        }
    } else {
        send_to(peer, message);
    }
}

void Gossip::send(consensus::PeerId to, const consensus::Message& message) {
    const auto found = peers_.find(to);
    if (found == peers_.end()) {
        return;
    }
    if (const auto* vote = std::get_if<chain::Vote>(&message)) {
        send_vote(*found->second, *vote);
    } else if (const auto* part = std::get_if<consensus::BlockPart>(&message)) {
        send_part(*found->second, *part);
    } else {
        send_to(*found->second, message);
    }
}

void Gossip::report(consensus::PeerId peer, const Error& error) {
    const auto found = peers_.find(peer);
    if (found != peers_.end()) {
        refuse(*found->second, error);
    }
}

}  // namespace steelyard::gossip
