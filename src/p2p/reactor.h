// Reactor: what a part of the node that talks to peers is told; Switch (switch.h) tells it.
#pragma once

#include "base/peer_link.h"
#include "p2p/node_info.h"

#include <memory>
#include <string>
#include <vector>

namespace steelyard::p2p {

/// How a channel's messages are queued and sent.
struct ChannelDescriptor {
    ChannelId id = 0;
    int priority = 1;                       ///< a share of the connection; at least 1
    std::size_t send_queue_capacity = 100;  ///< messages
    std::size_t receive_size_max =
        22'020'096;  ///< of one message; a longer one ends the connection
};

/// A connection that is up.
struct PeerInfo {
    PeerId id = 0;
    NodeInfo node{};        ///< what the peer says of itself; its id is proved
    bool outbound = false;  ///< we dialled
    bool persistent = false;
    std::string remote_address{};  ///< "host:port" of the socket
};

/// Room in the peer's receive window, given back when the last copy is gone. A peer whose messages
/// wait unhandled over its window is not read from, and no other is affected.
using ReceiveCredit = std::shared_ptr<void>;

/// A message of a peer.
struct Inbound {
    PeerId from = 0;
    ChannelId channel = 0;
    Bytes bytes{};
    ReceiveCredit credit{};  ///< to be held until the message is handled
};

/// Called by the switch's one thread, which must not be held up: a reactor hands things on.
class Reactor {
public:
    virtual ~Reactor() = default;

    virtual std::vector<ChannelDescriptor> channels() const = 0;

    /// Comes before any message of that peer.
    virtual void on_peer_up(const PeerInfo& peer) = 0;

    /// Nothing of that peer comes afterwards.
    virtual void on_peer_down(PeerId peer) = 0;

    virtual void on_message(Inbound message) = 0;

    /// After a `send` was refused: the channel's queue is half empty again.
    virtual void on_drained(PeerId peer, ChannelId channel) = 0;
};

}  // namespace steelyard::p2p
