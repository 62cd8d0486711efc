// NodeKey: what a node proves to its peers who it is with; NodeId: who it is.
#pragma once

#include "crypto/public_key.h"

#include <compare>
#include <string>
#include <string_view>

namespace steelyard::p2p {

/// A node, named by the address of its key. Written as 40 lower-case hex digits.
class NodeId {
public:
    /// No node. `parse` and `of` never give it.
    NodeId() = default;

    /// The node that has this key.
    static NodeId of(const crypto::PublicKey& key) { return NodeId(key.address()); }

    /// Reads 40 hex digits; upper-case ones are refused, as CometBFT compares ids as texts.
    static Result<NodeId> parse(std::string_view text);

    std::string text() const;
    const crypto::Address& address() const { return address_; }

    /// Whether this is no node.
    bool empty() const { return *this == NodeId(); }

    auto operator<=>(const NodeId&) const = default;

private:
    explicit NodeId(const crypto::Address& address) : address_(address) {}

    crypto::Address address_{};
};

/// The key that a node signs its handshakes with: always ed25519, whatever the validator's is.
class NodeKey {
public:
    static NodeKey generate(RandomSource& random);

    /// CHECKs that the key is an ed25519 one.
    explicit NodeKey(crypto::PrivateKey key);

    const NodeId& id() const { return id_; }
    const crypto::PrivateKey& key() const { return key_; }

    NodeKey clone() const { return NodeKey(key_.clone()); }

private:
    crypto::PrivateKey key_;
    NodeId id_;
};

inline constexpr std::size_t node_key_file_size_max = 4096;

/// The text of node_key.json in CometBFT's format. A secret: to be kept in a file of mode 0600.
crypto::SecretBytes print_node_key(const NodeKey& key);

/// Reads node_key.json, whose secret comes from a file that only its owner can get at. Errors
/// quote no part of it.
Result<NodeKey> parse_node_key(std::string_view text);

}  // namespace steelyard::p2p

/// "{}" only.
template <>
struct fmt::formatter<steelyard::p2p::NodeId> {
    constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }

    auto format(const steelyard::p2p::NodeId& id, fmt::format_context& context) const {
        return fmt::format_to(context.out(), "{}", id.text());
    }
};
