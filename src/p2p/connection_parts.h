// ConnectionParts: what the transport hands a new connection.
#pragma once

#include "p2p/connection.h"
#include "p2p/peer_handshake.h"
#include "p2p/tcp_stream.h"

#include <span>

namespace steelyard::p2p {

struct ConnectionParts {
    OpenSocket socket;
    HandshakeResult handshake;
    Bytes unread{};  ///< received and not opened
};

/// On the IoThread.
std::shared_ptr<Connection> make_connection(
    IoThread& thread,
    const ConnectionOptions& options,
    std::span<const ChannelDescriptor> channels,
    ConnectionParts parts
);

}  // namespace steelyard::p2p
