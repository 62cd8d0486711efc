// MessageReceiver: puts a peer's packets together to messages.
#pragma once

#include "p2p/connection.h"
#include "p2p/packets.h"

#include <span>

namespace steelyard::p2p {

struct ReceivedMessage {
    ChannelId channel = 0;
    Bytes bytes{};
};

/// What the bytes received last came to.
struct Received {
    std::vector<ReceivedMessage> messages{};
    bool ping = false;  ///< to be answered, once however many there were
    bool pong = false;
};

/// Not thread-safe.
class MessageReceiver final : PacketSink {
public:
    MessageReceiver(std::span<const ChannelDescriptor> channels, const ConnectionOptions& options);

    /// Takes the next bytes of the stream and adds to what is received. Errors are final and name
    /// the channel: unknown; a message over its receive_size_max (too_large); an empty one.
    Result<void> receive(ByteView stream, Received& received);

    /// Bytes of messages that are not complete.
    std::size_t partial_size() const;

private:
    struct Channel {
        ChannelId id = 0;
        std::size_t size_max = 0;
        Bytes partial{};
    };

    Result<void> on_packet(const Packet& packet) override;
    Result<void> take(const PacketMsg& packet);

    std::vector<Channel> channels_;
    PacketReader reader_;
    Received* received_ = nullptr;  ///< inside `receive`
};

}  // namespace steelyard::p2p
