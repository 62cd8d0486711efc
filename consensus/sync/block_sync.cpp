#include "consensus/sync/block_sync.h"

namespace steelyard::sync {

using chain::Height;

BlockSync::BlockSync(
    BlockSyncOptions options,
    PeerLink& link,
    Chain& chain,
    const storage::BlockStore& blocks,
    Time now
)
    : options_(std::move(options)),
      link_(link),
      chain_(chain),
      queue_(options_.buffered_bytes_max),
      server_(link, blocks),
      began_(now),
      ticked_at_(now),
      had_peers_at_(now),
      progress_at_(now),
      received_at_(now),
      probed_at_(now - options_.probe_interval) {
}

void BlockSync::add_peer(PeerId peer, Time now, bool takes_late) {
    peers_.add(peer);
    peers_.find(peer)->takes_late = takes_late;
    server_.add_peer(peer, now);
    server_.tell_status(peer);
    has_work_ = true;
}

void BlockSync::remove_peer(PeerId peer, Time now) {
    if (peers_.all().size() == 1) {
        had_peers_at_ = now;
    }
    peers_.remove(peer);
    server_.remove_peer(peer);
    queue_.forget(peer);
    if (probe_ && probe_->peer == peer) {
        probe_.reset();
    }
    has_work_ = true;
}

/// Once: who asks afterwards can use the answer.
void BlockSync::in_consensus(PeerId id) {
    Peer* const peer = peers_.find(id);
    if (peer && !peer->takes_late && !std::exchange(peer->in_consensus, true)) {
        server_.forget(id);
    }
}

void BlockSync::drop(PeerId peer, const Error& error) {
    ++stats_.peers_dropped;
    remove_peer(peer, ticked_at_);
    link_.drop(peer, error);
}

void BlockSync::receive(PeerId from, ByteView message, Time now) {
    ticked_at_ = std::max(ticked_at_, now);
    const Peer* peer = peers_.find(from);
    if (!peer) {
        return;  // it was dropped, and does not know yet
    }
    const auto decoded = decode_message(message);
    if (!decoded) {
        drop(from, Error(decoded.error()).in("block sync"));
        return;
    }
    std::visit([&](const auto& typed) { on(from, typed, now); }, *decoded);
}

void BlockSync::on(PeerId from, const BlockRequest& request, Time) {
    if (const auto taken = server_.request(from, request.height); !taken) {
        drop(from, taken.error());
    }
    has_work_ = true;
}

void BlockSync::on(PeerId from, const StatusRequest&, Time now) {
    server_.status(from, now);
}

void BlockSync::on(PeerId from, const StatusResponse& response, Time now) {
    Peer& peer = *peers_.find(from);
    const auto clamp = [](std::int64_t height) {
        return Height(std::min(height, Height::foreign_max));
    };
    peer.claim = Claim{clamp(response.base), clamp(response.height)};
    peer.status_at = now;
    has_work_ = true;
}

void BlockSync::on(PeerId from, const NoBlockResponse& response, Time now) {
    Peer& peer = *peers_.find(from);
    if (peer.pending.erase(response.height) == 0) {
        return;
    }
    const Height height(response.height);  // as we had asked
    peer.waits_since = now;
    if (Wanted* wanted = queue_.find(height)) {
        wanted->asked.erase(from);
    }
    if (probe_ && probe_->peer == from) {
        probe_.reset();
    }
    const bool is_new = !peer.lacks || now >= peer.lacks_until;
    if (is_new || height < *peer.lacks) {
        peer.lacks = height;
        peer.lacks_until = now + PeerTable::lacks_pause;
    }
    if (is_new && ++peer.contradictions > PeerTable::contradictions_max) {
        drop(from, Error(ErrorCode::invalid, "lacks again and again what it says it has"));
    }
    has_work_ = true;
}

/// Only what was asked for is looked at, so that nobody can make us decode what we do not want.
void BlockSync::on(PeerId from, const BlockResponse& response, Time now) {
    Peer& peer = *peers_.find(from);
    if (peer.pending.empty()) {
        drop(from, Error(ErrorCode::invalid, "sent a block that it was not asked for"));
        return;
    }
    auto block = chain::decode_block(response.block);
    if (!block) {
        drop(from, Error(block.error()).in("block sync"));
        return;
    }
    const Height height = block->header.height;
    if (!peer.pending.contains(height.value())) {
        const auto what = fmt::format("sent block {}, which it was not asked for", height);
        drop(from, Error(ErrorCode::invalid, what));
        return;
    }
    peers_.on_answered(peer, height, response.block.size(), now);
    ++stats_.blocks_received;
    received_at_ = now;
    has_work_ = true;
    if (!is_syncing_) {
        on_probed(from, *block);
        return;
    }
    const Wanted* wanted = queue_.find(height);
    if (wanted && !wanted->block && height >= next_height()) {
        auto parts = chain::PartSet::cut(response.block);
        queue_.add(next_height(), {from, *std::move(block), std::move(parts)});
    }
}

void BlockSync::drained(PeerId peer) {
    server_.drained(peer);
    if (Peer* found = peers_.find(peer)) {
        found->is_full = false;
    }
    has_work_ = true;
}

Result<void> BlockSync::tick(Time now) {
    ticked_at_ = now;
    has_work_ = false;
    TRY(server_.turn(now));
    drop_silent_peers(now);
    if (!is_syncing_ || wish_ != Wish::nothing) {
        return {};
    }
    TRY(apply_blocks(now));
    fetch(now);
    decide(now);
    return {};
}

std::optional<Time> BlockSync::next_tick() const {
    if (has_work_) {
        return ticked_at_;
    }
    std::optional<Time> next = server_.next_turn();
    const auto at = [&next](Time when) { next = next ? std::min(*next, when) : when; };
    if (is_syncing_ && wish_ == Wish::nothing) {
        at(ticked_at_ + options_.tick_interval);
    } else if (probe_) {
        at(probe_->asked_at + options_.peer_timeout);
    }
    return next;
}

BlockSyncStats BlockSync::stats(Time now) const {
    BlockSyncStats stats = stats_;
    stats.is_syncing = is_syncing_;
    stats.blocks_served = server_.served();
    stats.peers = peers_.all().size();
    stats.bytes_held = queue_.bytes();
    stats.claimed_height = peers_.best(next_height(), now);
    return stats;
}

}  // namespace steelyard::sync
