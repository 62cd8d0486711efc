#include "consensus/sync/peer_table.h"

namespace steelyard::sync {

using chain::Height;

Peer* PeerTable::find(PeerId id) {
    const auto found = peers_.find(id);
    return found == peers_.end() ? nullptr : &found->second;
}

std::optional<Claim> PeerTable::credible(const Peer& peer, Time now) {
    if (!peer.claim) {
        return std::nullopt;
    }
    Claim claim = *peer.claim;
    if (peer.lacks && now < peer.lacks_until && claim.tip >= *peer.lacks) {
        claim.tip = *peer.lacks > Height() ? peer.lacks->previous() : Height();
    }
    return claim;
}

std::optional<PeerId> PeerTable::pick(Height height, const std::set<PeerId>& except, Time now)
    const {
    std::optional<PeerId> best;
    std::size_t best_pending = 0;
    for (const auto& [id, peer] : peers_) {
        const auto claim = credible(peer, now);
        const bool may_ask = claim && claim->base <= height && height <= claim->tip &&
                             !peer.is_full && peer.pending.size() < peer.pending_max &&
                             !peer.pending.contains(height.value()) && !except.contains(id);
        if (may_ask && (!best || peer.pending.size() < best_pending)) {
            best = id;
            best_pending = peer.pending.size();
        }
    }
    return best;
}

Height PeerTable::best(Height next, Time now) const {
    Height best;
    for (const auto& [id, peer] : peers_) {
        const auto claim = credible(peer, now);
        const auto owed = peer.pending.begin();
        const bool holds_up = owed != peer.pending.end() && owed->first <= next.value() + 1 &&
                              now - owed->second >= credit;
        if (claim && !holds_up) {
            best = std::max(best, claim->tip);
        }
    }
    return best;
}

void PeerTable::on_asked(Peer& peer, Height height, Time now) {
    if (peer.pending.empty()) {
        peer.waits_since = now;
        peer.measured_since = now;
        peer.bytes = 0;
        peer.blocks = 0;
    }
    peer.pending.emplace(height.value(), now);
}

void PeerTable::on_answered(Peer& peer, Height height, std::size_t size, Time now) {
    peer.pending.erase(height.value());
    peer.waits_since = now;
    peer.bytes += size;
    ++peer.blocks;
    peer.pending_max = std::min(peer.pending_max + 1, pending_max);
}

void PeerTable::reset(Time now) {
    for (auto& [id, peer] : peers_) {
        peer.waits_since = now;
        peer.measured_since = now;
        peer.bytes = 0;
        peer.blocks = 0;
    }
}

std::optional<Error> PeerTable::failure(const Peer& peer, Time timeout, Time now) const {
    if (peer.pending.empty()) {
        return std::nullopt;
    }
    if (now - peer.waits_since >= timeout) {
        return Error(
            ErrorCode::insufficient,
            fmt::format("gives no block of the {} that it was asked for", peer.pending.size())
        );
    }
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now - peer.measured_since);
    const auto count = static_cast<std::size_t>(seconds.count());
    const bool is_slow = now - peer.measured_since >= measure_time &&
                         peer.bytes < rate_min * count && peer.blocks < count;
    if (is_slow) {
        return Error(
            ErrorCode::insufficient,
            fmt::format("gave {} bytes of blocks in {} seconds", peer.bytes, count)
        );
    }
    return std::nullopt;
}

}  // namespace steelyard::sync
