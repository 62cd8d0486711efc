// What a peer at an earlier height lacks: the commit and the parts of the block of its height.
#include "consensus/gossip/peer.h"
#include "consensus/gossip/stored.h"

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using chain::Height;
using chain::SignedMsgType;
using consensus::HeightState;

/// A peer one height behind is most often about to follow: it is left alone for a while.
constexpr int follow_delays = 5;

/// So many votes are worth a part.
constexpr std::int64_t votes_per_token = 256;

}  // namespace

/// A peer that comes to a height pays one token for reading, whatever it already has of it.
const Gossip::Stored* Gossip::stored(Height height) {
    if (stored_ && stored_->height == height) {
        return stored_.get();
    }
    auto meta = ports_.blocks.load_meta(height);
    auto commit = ports_.blocks.load_commit(height);
    if (!meta || !commit) {
        return nullptr;
    }
    stored_ = std::make_unique<Stored>(Stored{height, *std::move(meta), *std::move(commit)});
    return stored_.get();
}

void Gossip::catch_up(Peer& peer) {
    const HeightState& now = *current();
    PeerState& state = peer.state;
    if (!ports_.blocks.range().contains(state.height())) {
        return;  // block sync helps it, if anybody can
    }
    const bool follows = state.height().next() == now.height;
    if (follows && now.last_commit) {
        state.set_commit_round(now.last_commit->round);
        send_votes(peer, &now.last_commit->precommits, now.last_commit->round);
        const Time due = height_began_ + follow_delays * config_.relay_after;
        if (now_ < due && !state.wants_parts()) {
            peer.wake_at(due);
            return;
        }
    }
    if (peer.commit_paid != state.height()) {
        const auto signatures = static_cast<std::int64_t>(now.validators().size());
        if (!peer.stored.take(now_, 1 + signatures / votes_per_token)) {
            peer.wake_at(peer.stored.ready_at());
            return;
        }
        peer.commit_paid = state.height();
    }
    send_stored_commit(peer);
    send_stored_parts(peer);
}

/// As a certificate to our like; to others as votes.
void Gossip::send_stored_commit(Peer& peer) {
    const Height height = peer.state.height();
    const Stored* const block = stored(height);
    if (!block) {
        return;
    }
    if (peer.speaks_ours) {
        if (peer.commit_sent != height && send_to(peer, consensus::Message(block->commit))) {
            peer.commit_sent = height;
            peer.sent_at = now_;
            ++stats_.certificates_sent;
        }
        return;
    }
    const chain::Round round = block->commit.round();
    peer.state.set_commit_round(round);
    const BitArray* const known = peer.state.votes(height, round, SignedMsgType::precommit);
    if (!known) {
        return;
    }
    const BitArray missing = block->commit.voters() - *known;
    for (chain::ValidatorIndex index = 0; index < missing.size(); ++index) {
        const auto vote = missing.test(index) ? block->commit.vote(index) : std::nullopt;
        if (vote && !send_vote(peer, *vote)) {
            return;
        }
    }
}

void Gossip::send_stored_parts(Peer& peer) {
    PeerState& state = peer.state;
    const Stored* const block = stored(state.height());
    if (!block || (peer.speaks_ours && peer.commit_sent != state.height())) {
        return;
    }
    const chain::PartSetHeader& header = block->meta.block_id.parts;
    const chain::Round round = state.round();
    state.expect_parts(header);
    if (state.parts_header() != header) {
        return;  // once it knows the decision, it will say that it wants another block
    }
    const BitArray missing = ~state.parts();
    for (std::uint32_t index = 0; index < missing.size(); ++index) {
        if (!missing.test(index)) {
            continue;
        }
        if (peer.full.contains(channel::consensus_data)) {
            return;
        }
        if (!peer.stored.take(now_)) {
            peer.wake_at(peer.stored.ready_at());
            return;
        }
        auto part = ports_.blocks.load_part(state.height(), index);
        if (!part || !send_part(peer, {state.height(), round, *std::move(part)})) {
            return;
        }
        ++stats_.catch_up_parts_sent;
    }
}

}  // namespace steelyard::gossip
