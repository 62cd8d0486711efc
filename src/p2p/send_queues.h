// SendQueues: the messages that wait for one peer, and which packet goes next.
#pragma once

#include "p2p/connection.h"
#include "p2p/packets.h"

#include <deque>
#include <optional>
#include <span>

namespace steelyard::p2p {

/// Channels share a connection by priority as CometBFT's do: the next packet is of the channel
/// that has sent least lately in proportion to its priority; what was sent fades by a fifth every
/// two seconds. Not thread-safe; time comes in and must not go back.
class SendQueues {
public:
    /// CHECKs that priorities are at least 1 and ids unique.
    SendQueues(
        std::span<const ChannelDescriptor> channels,
        const ConnectionOptions& options,
        std::chrono::nanoseconds now
    );

    /// The peer does not have the channel: nothing may be sent on it.
    void disable(ChannelId channel);

    /// Queues a message. False if the channel is unknown, disabled or has no room, or if the
    /// message is empty, which no channel has a meaning for.
    bool push(ChannelId channel, Bytes message);

    /// Forgets what waits on a channel, but for a message of which a part was written.
    void discard(ChannelId channel);

    bool pending() const { return pending_ > 0; }

    /// Writes packets until `size_max` bytes or a little more are written or nothing waits; gives
    /// their number.
    std::size_t write(std::chrono::nanoseconds now, std::size_t size_max, ByteSink& out);

    /// The channels that refused a message for want of room and are half empty now, each once.
    std::vector<ChannelId> take_drained();

    void clear();

    /// Fills in what is known here of each channel, in the order of the descriptors.
    std::vector<ChannelStats> stats() const;

private:
    struct Channel {
        ChannelDescriptor descriptor;
        ChannelStats stats{};
        bool disabled = false;
        bool refused = false;  ///< since it was last drained
        std::deque<Bytes> messages{};
        std::size_t offset = 0;  ///< what of the first message was sent
    };

    Channel* find(ChannelId id);
    Channel& next_to_send();
    std::size_t write_packet(Channel& channel, ByteSink& out);
    void fade(std::chrono::nanoseconds now);

    std::vector<Channel> channels_;
    std::size_t payload_size_max_;
    std::size_t bytes_max_;
    std::chrono::nanoseconds faded_at_;
    std::size_t pending_ = 0;  ///< messages
    bool drained_ = false;     ///< perhaps
};

}  // namespace steelyard::p2p
