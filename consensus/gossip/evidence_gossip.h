// EvidenceGossip: how proofs of misbehaviour travel, as CometBFT 0.38's evidence reactor does it.
#pragma once

#include "base/peer_link.h"
#include "consensus/evidence/pool.h"
#include "consensus/gossip/bucket.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>

namespace steelyard::gossip {

/// The largest message: one piece of evidence, as CometBFT's reactor limits it.
inline constexpr std::size_t evidence_message_size_max = 1 << 20;

struct EvidenceGossipStats {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t refused = 0;  ///< each ended a connection
    std::uint64_t dropped = 0;  ///< over a rate limit
};

/// Single-threaded, on the pool's thread. Pure: times are arguments of one monotonic clock.
class EvidenceGossip {
public:
    /// Pieces that a peer may have judged at once, and how soon another one.
    static constexpr std::int64_t judged_capacity = 64;
    static constexpr std::chrono::milliseconds judged_interval{50};

    /// The most pieces of which it is remembered that a peer has them.
    static constexpr std::size_t known_max = 10'000;

    /// The most bytes of pending evidence that is told.
    static constexpr std::int64_t bytes_max = 4 << 20;

    /// Both outlive it. The pool has been resumed.
    EvidenceGossip(PeerLink& link, evidence::Pool& pool);

    void add_peer(PeerId peer);
    void remove_peer(PeerId peer);

    /// Where the peer's consensus is: it can judge evidence of earlier heights only.
    void peer_at(PeerId peer, chain::Height height);

    /// An EvidenceList on channel::evidence. Drops a peer whose evidence is false; not one whose
    /// evidence is too old or too early here, or finds no room. An error is the pool's own, and
    /// fatal.
    Result<void> receive(PeerId peer, ByteView bytes, std::chrono::nanoseconds now);

    /// The pool may hold other pieces than before, or follow other parameters. Cheap where it does
    /// not.
    void pool_changed();

    void drained(PeerId peer);

    const EvidenceGossipStats& stats() const { return stats_; }

private:
    struct Peer {
        chain::Height height{};
        std::set<chain::Hash256> knows{};  ///< of the pieces that are pending
        Bucket judged{judged_capacity, judged_interval};
    };

    void tell(PeerId id, Peer& peer);
    bool can_judge(chain::Height peer, const chain::Evidence& evidence) const;
    bool is_old(const chain::Evidence& evidence) const;

    PeerLink& link_;
    evidence::Pool& pool_;
    std::map<PeerId, Peer> peers_{};
    std::map<chain::Hash256, chain::Evidence> pending_{};
    std::optional<std::uint64_t> revision_{};  ///< of the pool, that `pending_` is of
    EvidenceGossipStats stats_{};
};

}  // namespace steelyard::gossip
