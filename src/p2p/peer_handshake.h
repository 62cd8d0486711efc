// PeerHandshake: from a fresh socket to a peer that we may talk to, without input and output.
#pragma once

#include "p2p/node_info.h"
#include "p2p/secret_connection.h"

#include <expected>
#include <string_view>

namespace steelyard::p2p {

/// At what a connection failed before it was up.
enum class HandshakeStep : std::uint8_t {
    socket,          ///< the operating system: unreachable, refused, hung up
    timeout,         ///< too slow
    limit,           ///< pushed out by newer ones
    refused,         ///< not admitted
    authentication,  ///< the secret connection
    wrong_id,        ///< another node than the one that was dialled, or than it says
    node_info,       ///< not well formed
    ourselves,       ///< our own node
    incompatible,    ///< another network, protocol, or no channel in common
};

std::string_view to_string(HandshakeStep step);

struct HandshakeFailure {
    HandshakeStep step = HandshakeStep::socket;
    Error error;
};

/// What a handshake leaves behind.
struct HandshakeResult {
    NodeInfo node;
    FrameWriter writer;
    FrameReader reader;
    Bytes rest;  ///< of the stream, received behind the handshake
};

/// Authenticates, exchanges NodeInfo and checks it.
class PeerHandshake {
public:
    /// `expected` is whom we dialled.
    PeerHandshake(
        const NodeKey& key,
        const NodeInfo& ours,
        std::optional<NodeId> expected,
        RandomSource& random
    );

    /// What is to be sent now; nothing until more is received.
    Bytes take_output();

    /// As SecretHandshake::receive.
    std::expected<std::size_t, HandshakeFailure> receive(std::span<std::uint8_t> in);

    /// Everything is received and checked. There may still be output to be sent.
    bool done() const { return node_.has_value(); }

    /// The outcome, once.
    HandshakeResult take_result();

private:
    std::expected<void, HandshakeFailure> authenticated();
    std::expected<void, HandshakeFailure> read_node_info();
    std::expected<void, HandshakeFailure> check(const NodeInfo& node) const;

    SecretHandshake secret_;
    NodeInfo ours_;
    std::optional<NodeId> expected_;
    NodeId remote_{};
    std::optional<SecretChannel> channel_;
    Bytes output_;
    Bytes stream_;  ///< opened and not yet read
    std::optional<NodeInfo> node_;
};

}  // namespace steelyard::p2p
