// HandshakeSession: drives a PeerHandshake over a socket, within a time.
#pragma once

#include "p2p/connection_parts.h"

#include <expected>
#include <functional>
#include <memory>

namespace steelyard::p2p {

/// A socket that is not a peer yet. To be used on the IoThread.
class HandshakeSession {
public:
    using Done = std::function<void(std::expected<ConnectionParts, HandshakeFailure>)>;

    /// Takes the connected socket over. `done` is called once, not inside this call, unless the
    /// session is ended before.
    HandshakeSession(
        IoThread& thread,
        OpenSocket socket,
        PeerHandshake handshake,
        std::chrono::nanoseconds timeout,
        Done done
    );
    ~HandshakeSession();  ///< ends
    HandshakeSession(HandshakeSession&&) noexcept = default;
    HandshakeSession& operator=(HandshakeSession&&) noexcept = delete;

    /// Closes the socket; `done` is not called any more.
    void end();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace steelyard::p2p
