// PeerTable: what the peers of block sync say that they have, and how they answer.
#pragma once

#include "base/peer_link.h"
#include "chain/ids.h"
#include "consensus/sync/time.h"

#include <map>
#include <optional>
#include <set>

namespace steelyard::sync {

/// Blocks that a peer says it has. It may lie: a claim tells whom to ask, and nothing else.
struct Claim {
    chain::Height base{};
    chain::Height tip{};

    bool operator==(const Claim&) const = default;
};

struct Peer {
    std::optional<Claim> claim{};
    Time status_at{};  ///< when the claim came
    Time asked_at{};   ///< when it was last asked for its status
    bool was_asked = false;

    /// A height of its claim that it said it lacks: nothing from there on is asked for until then.
    std::optional<chain::Height> lacks{};
    Time lacks_until{};
    int contradictions = 0;  ///< of its claim

    std::map<std::int64_t, Time> pending{};  ///< heights that it was asked for, when, and owes us
    std::size_t pending_max = 4;  ///< grows with its answers, halves when others are faster
    Time waits_since{};           ///< for an answer; the last one, or the first question
    Time measured_since{};        ///< what follows is counted since then
    std::size_t bytes = 0;
    std::size_t blocks = 0;
    bool is_full = false;       ///< its send queue
    bool takes_late = false;    ///< blocks that it asked for, after consensus has begun
    bool in_consensus = false;  ///< it has said so, once
};

class PeerTable {
public:
    /// Requests on their way to one peer. CometBFT answers 20.
    static constexpr std::size_t pending_max = 16;

    /// How long a peer is not asked for a block that it lacks, though it claimed it.
    static constexpr Time lacks_pause = std::chrono::seconds(10);

    /// So long what a peer says of itself is believed while it owes us a block that we wait for.
    static constexpr Time credit = std::chrono::seconds(3);

    /// So often a peer may lack what it claims; an honest one does where it prunes.
    static constexpr int contradictions_max = 3;

    /// A peer that is slower than both over `measure_time`, while it is asked, is no help.
    static constexpr std::size_t rate_min = 16 << 10;  ///< bytes a second
    static constexpr Time measure_time = std::chrono::seconds(15);

    void add(PeerId id) { peers_.try_emplace(id); }
    void remove(PeerId id) { peers_.erase(id); }
    Peer* find(PeerId id);
    const std::map<PeerId, Peer>& all() const { return peers_; }
    std::map<PeerId, Peer>& all() { return peers_; }
    bool empty() const { return peers_.empty(); }

    /// The peer that claims the height and is least busy; nothing if there is none with room.
    std::optional<PeerId> pick(chain::Height height, const std::set<PeerId>& except, Time now)
        const;

    /// What can be asked of the peer, as far as it has not shown the contrary.
    static std::optional<Claim> credible(const Peer& peer, Time now);

    /// The highest block that can be asked of any peer; 0 if none. A peer that owes us one of the
    /// next two blocks for long is not counted.
    chain::Height best(chain::Height next, Time now) const;

    void on_asked(Peer& peer, chain::Height height, Time now);
    void on_answered(Peer& peer, chain::Height height, std::size_t size, Time now);

    /// Begins all measures anew: nobody was asked for a while.
    void reset(Time now);

    /// Why a peer is to be dropped, if it is.
    std::optional<Error> failure(const Peer& peer, Time timeout, Time now) const;

private:
    std::map<PeerId, Peer> peers_;
};

}  // namespace steelyard::sync
