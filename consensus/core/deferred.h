// Deferred: messages that came before we could use them, kept for a while.
#pragma once

#include "consensus/core/input.h"

#include <map>

namespace steelyard::consensus {

/// The height and round that a message is about.
struct Place {
    chain::Height height{};
    chain::Round round{};

    auto operator<=>(const Place&) const = default;
};

Place place_of(const Message& message);

/// Messages of the next heights, proposals of later rounds, and parts that no block wants yet. What
/// is deferred is not verified, so each peer has its own room and cannot use up another's.
class Deferred {
public:
    static constexpr std::size_t peers_max = 256;
    static constexpr std::size_t messages_per_peer_max = 1'024;
    static constexpr std::size_t bytes_per_peer_max = 4 << 20;
    static constexpr std::size_t bytes_max = 64 << 20;  ///< of all peers

    /// False if there is no room left.
    bool add(const Received& received);

    /// The peer is gone: another one may have its room.
    void forget(PeerId peer);

    /// Takes out what can be used at a place: messages of its height, proposals up to its round
    /// only, in the order in which they came. Forgets messages of earlier heights.
    std::vector<Received> take(Place place);

    std::size_t size() const { return entries_.size(); }

private:
    struct Room {
        std::size_t messages = 0;
        std::size_t bytes = 0;
    };

    void release(const Received& received);

    std::vector<Received> entries_;
    std::map<PeerId, Room> rooms_;
    std::size_t bytes_ = 0;
};

}  // namespace steelyard::consensus
