#include "p2p/message_receiver.h"

#include <algorithm>

namespace steelyard::p2p {

MessageReceiver::MessageReceiver(
    std::span<const ChannelDescriptor> channels, const ConnectionOptions& options
)
    : reader_(options.payload_size_max) {
    for (const ChannelDescriptor& descriptor : channels) {
        channels_.push_back({
            .id = descriptor.id,
            .size_max = descriptor.receive_size_max,
        });
    }
}

Result<void> MessageReceiver::receive(ByteView stream, Received& received) {
    received_ = &received;
    auto result = reader_.receive(stream, *this);
    received_ = nullptr;
    return result;
}

std::size_t MessageReceiver::partial_size() const {
    std::size_t size = 0;
    for (const Channel& channel : channels_) {
        size += channel.partial.size();
    }
    return size;
}

Result<void> MessageReceiver::on_packet(const Packet& packet) {
    if (const auto* message = std::get_if<PacketMsg>(&packet)) {
        return take(*message);
    }
    if (std::holds_alternative<PacketPing>(packet)) {
        received_->ping = true;
    } else {
        received_->pong = true;
    }
    return {};
}

Result<void> MessageReceiver::take(const PacketMsg& packet) {
    const auto channel = std::ranges::find(channels_, packet.channel, &Channel::id);
    if (channel == channels_.end()) {
        return invalid("channel {:#04x} is not one of ours", packet.channel);
    }
    const std::size_t size = channel->partial.size() + packet.data.size();
    if (size > channel->size_max) {
        return fail(
            ErrorCode::too_large,
            "channel {:#04x}: a message of {} bytes or more, limit {}",
            packet.channel,
            size,
            channel->size_max
        );
    }
    append(channel->partial, packet.data);
    if (packet.last) {
        if (size == 0) {
            return invalid("channel {:#04x}: an empty message", packet.channel);
        }
        received_->messages.push_back(
            {.channel = packet.channel, .bytes = std::exchange(channel->partial, {})}
        );
    }
    return {};
}

}  // namespace steelyard::p2p
