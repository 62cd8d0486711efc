// NodeInfo: what a node says of itself, exchanged as soon as both sides are authenticated.
#pragma once

#include "base/peer_link.h"
#include "p2p/node_key.h"

#include <string>

namespace steelyard::p2p {

/// Of its encoding, as in CometBFT.
inline constexpr std::size_t node_info_size_max = 10'240;
inline constexpr std::size_t node_info_channels_max = 16;

/// What CometBFT 0.38 calls version.P2PProtocol and version.BlockProtocol.
inline constexpr std::uint64_t p2p_protocol = 8;
inline constexpr std::uint64_t block_protocol = 11;

/// tendermint.p2p.DefaultNodeInfo. Of a peer, only the id is proved.
struct NodeInfo {
    struct ProtocolVersion {
        std::uint64_t p2p = p2p_protocol;
        std::uint64_t block = block_protocol;
        std::uint64_t app = 0;

        bool operator==(const ProtocolVersion&) const = default;
    };

    ProtocolVersion protocol_version{};
    NodeId id{};
    std::string listen_addr{};  ///< "tcp://host:port" where others can dial it
    std::string network{};      ///< the chain's name
    std::string version{};      ///< of the software; CosmJS wants "0.38." in front
    Bytes channels{};           ///< what it speaks on; one byte each
    std::string moniker{};      ///< for people
    std::string tx_index{};     ///< "on", "off" or empty
    std::string rpc_address{};

    bool has_channel(ChannelId channel) const;

    bool operator==(const NodeInfo&) const = default;
};

Bytes encode_node_info(const NodeInfo& info);

/// Reads what CometBFT's reader takes: fields in any order, the last of several counts, unknown
/// ones are skipped. Refuses more than node_info_size_max bytes and an id that is none.
Result<NodeInfo> decode_node_info(ByteView bytes);

/// Whether a node may say this of itself: at most node_info_channels_max channels, none twice; a
/// listening address with host and port (names are not looked up); a printable moniker; version,
/// tx_index and rpc_address well formed or empty.
Result<void> validate(const NodeInfo& info);

/// Whether two nodes can talk: same network and block protocol, and a channel in common (unless
/// we have none). The error says what differs.
Result<void> check_compatible(const NodeInfo& ours, const NodeInfo& theirs);

}  // namespace steelyard::p2p
