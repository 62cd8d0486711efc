// Requests: the transactions that peers announced and that we do not have yet.
#pragma once

#include "base/peer_link.h"
#include "mempool/gossip_messages.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace steelyard::mempool {

/// Each waits a while for its transaction to come unasked; then one of those that announced it is
/// asked, after a time-out the next. Pure; bounded in all.
class Requests {
public:
    using Time = std::chrono::nanoseconds;

    static constexpr std::size_t open_max = 50'000;
    static constexpr std::size_t open_per_peer_max = 20'000;  ///< that the peer announced first
    static constexpr std::size_t announcers_max = 8;          ///< of one transaction

    Requests(Time delay, Time timeout) : delay_(delay), timeout_(timeout) {}

    /// A peer has a transaction that we lack.
    void announced(PeerId peer, ShortId id, Time now);

    /// The transaction has come, or nobody needs it any more.
    void settled(ShortId id);

    void peer_gone(PeerId peer);

    /// Whom to ask for what now. Counts those without an answer in `expired`.
    std::map<PeerId, std::vector<ShortId>> due(Time now, std::uint64_t& expired);

    std::optional<Time> deadline() const;
    std::size_t size() const { return open_.size(); }

private:
    struct Request {
        std::vector<PeerId> announcers;  ///< not asked yet, the next one last
        PeerId first = 0;                ///< who announced it first
        Time due{};
        bool asked = false;
    };
    using Open = std::unordered_map<ShortId, Request, ShortIdHash>;

    void schedule(ShortId id, Request& request, Time at);
    void erase(Open::iterator at);

    Time delay_;
    Time timeout_;
    Open open_;
    std::set<std::pair<Time, ShortId>> schedule_;
    std::map<PeerId, std::size_t> open_of_;  ///< by who announced it first
};

}  // namespace steelyard::mempool
