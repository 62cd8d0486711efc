// PeerLink: how the parts that talk to peers send, without knowing connections.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard {

/// A connection to a peer. Numbers are not used again while a process runs; 0 is the node itself.
using PeerId = std::uint32_t;

/// What a message is about, as CometBFT numbers it.
using ChannelId = std::uint8_t;

namespace channel {
inline constexpr ChannelId pex = 0x00;
inline constexpr ChannelId consensus_state = 0x20;
inline constexpr ChannelId consensus_data = 0x21;
inline constexpr ChannelId consensus_vote = 0x22;
inline constexpr ChannelId consensus_vote_set_bits = 0x23;
inline constexpr ChannelId mempool = 0x30;
inline constexpr ChannelId evidence = 0x38;
inline constexpr ChannelId block_sync = 0x40;

// Ours; CometBFT has nothing for them. Spoken only with peers whose NodeInfo lists them.
inline constexpr ChannelId consensus_help = 0x2f;    ///< PeerStatus and commit certificates
inline constexpr ChannelId mempool_announce = 0x3f;  ///< who has and who wants which transactions
inline constexpr ChannelId blob = 0x70;              ///< tensors in groups
}  // namespace channel

/// Connections to peers. Never blocks.
class PeerLink {
public:
    virtual ~PeerLink() = default;

    /// Queues a message for a peer. False, and nothing is queued, if the channel's queue is full or
    /// the peer is gone; a peer that is still there is reported as drained when there is room
    /// again.
    virtual bool send(PeerId to, ChannelId channel, Bytes message) = 0;

    /// Forgets the messages of a channel that were queued for a peer and have not begun to leave.
    virtual void discard(PeerId, ChannelId) {}

    /// Ends the connection: the peer broke the protocol, or, where the code is `insufficient`, gave
    /// too little in time, which proves nothing.
    virtual void drop(PeerId peer, const Error& error) = 0;
};

}  // namespace steelyard
