// What TxGossip knows of transactions and of peers.
#pragma once

#include "mempool/gossip.h"

#include <algorithm>
#include <bitset>
#include <deque>

namespace steelyard::mempool {

/// The most peers that transactions are sent to; others only give.
inline constexpr std::size_t gossip_peers_max = 256;

/// By the peers' slots.
using PeerBits = std::bitset<gossip_peers_max>;

/// What may be taken of something in a while: `rate` a second, at most `burst` at once.
class Allowance {
public:
    using Time = std::chrono::nanoseconds;

    Allowance(std::uint64_t rate, std::uint64_t burst, Time now)
        : rate_(rate), burst_(burst), left_(burst), last_(now) {}

    /// False, and nothing is taken, if that much is not left.
    bool take(std::uint64_t amount, Time now) {
        constexpr std::uint64_t second = 1'000'000'000;
        constexpr Time pause_max = std::chrono::seconds(10);
        const auto pause = std::clamp(now - last_, Time(0), pause_max);
        const std::uint64_t gained = static_cast<std::uint64_t>(pause.count()) * rate_ / second;
        if (gained > 0) {
            left_ = std::min(burst_, left_ + gained);
            last_ = now;
        }
        if (amount > left_) {
            return false;
        }
        left_ -= amount;
        return true;
    }

private:
    std::uint64_t rate_;
    std::uint64_t burst_;
    std::uint64_t left_;
    Time last_;
};

/// A transaction that came from a peer and is being checked, or that waits in the mempool.
struct GossipTx {
    TxRef tx{};
    PeerBits holders{};      ///< the peers that have it
    bool admitted = false;   ///< it waits in the mempool
    bool submitted = false;  ///< here, not by a peer
    chain::Height height{};
    std::uint64_t serial = 0;  ///< in the order of admission, if `admitted`
};

struct GossipPeer {
    /// What was asked for and is not sent yet.
    static constexpr std::size_t wants_max = 20'000;

    std::optional<std::size_t> slot{};  ///< nothing: there are too many peers
    bool announces = false;
    std::optional<chain::Height> height{};
    std::uint64_t next_full = 0;       ///< the serial from which on to send in full
    std::uint64_t next_announced = 0;  ///< the serial from which on to announce
    bool full_blocked = false;         ///< its queue for channel 0x30 has no room
    bool announce_blocked = false;     ///< the same for channel 0x3f
    std::deque<ShortId> wants{};
    Allowance bytes;
    Allowance invalid;
};

}  // namespace steelyard::mempool
