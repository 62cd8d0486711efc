// ExchangeSender: messages to peers, and whose queue is full.
#pragma once

#include "base/peer_link.h"
#include "blob/exchange_messages.h"

#include <set>

namespace steelyard::blob {

/// A peer whose queue has no room is sent nothing until it is told as drained.
class ExchangeSender {
public:
    explicit ExchangeSender(PeerLink& link) : link_(link) {}

    bool has_room(PeerId peer) const { return !full_.contains(peer); }

    /// False, and nothing is queued, if there is no room.
    bool send(PeerId to, const ExchangeMessage& message) {
        if (!has_room(to)) {
            return false;
        }
        const bool is_sent = link_.send(to, channel::blob, encode_exchange_message(message));
        if (!is_sent) {
            full_.insert(to);
        }
        return is_sent;
    }

    void drained(PeerId peer) { full_.erase(peer); }
    void remove_peer(PeerId peer) { full_.erase(peer); }

private:
    PeerLink& link_;
    std::set<PeerId> full_;
};

}  // namespace steelyard::blob
