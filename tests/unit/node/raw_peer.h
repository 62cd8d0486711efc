// RawPeer: a node that shakes hands as it should, and then sends whatever it is told to.
#pragma once

#include "p2p/packets.h"
#include "p2p/peer_handshake.h"

#include <chrono>

namespace steelyard::node::test {

/// A plain socket to a node on loopback. Everything is bounded by `patience`.
class RawPeer {
public:
    static constexpr auto patience = std::chrono::seconds(20);

    /// Of the chain `network`, with a fresh key and all channels.
    RawPeer(std::uint16_t port, const std::string& network);
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    /// Whether the handshake came to its end.
    bool is_up() const { return up_; }

    const p2p::NodeId& id() const { return key_.id(); }

    /// A whole message on a channel. False once the node has hung up.
    bool send(ChannelId channel, ByteView message);

    /// A piece of a message that does not end.
    bool send_piece(ChannelId channel, ByteView piece);

    /// Bytes of the stream, where a packet should begin.
    bool send_stream(ByteView bytes);

    /// Bytes of the socket, where a sealed frame should begin.
    bool send_socket(ByteView bytes);

    /// Throws away what the node sends until it hangs up; false if it does not within the time.
    bool is_hung_up(std::chrono::milliseconds time);

private:
    void shake_hands(const std::string& network);
    bool flush();

    SystemRandom random_{};
    p2p::NodeKey key_ = p2p::NodeKey::generate(random_);
    int socket_ = -1;
    bool up_ = false;
    bool gone_ = false;
    std::optional<p2p::HandshakeResult> channel_{};
};

}  // namespace steelyard::node::test
