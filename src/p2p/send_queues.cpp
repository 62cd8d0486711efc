#include "p2p/send_queues.h"

#include "base/check.h"
#include "base/checked.h"

#include <algorithm>

namespace steelyard::p2p {
namespace {

constexpr std::chrono::nanoseconds fade_interval = std::chrono::seconds(2);
constexpr int fades_max = 200;  // 2^63 fades to nothing in fewer

}  // namespace

SendQueues::SendQueues(
    std::span<const ChannelDescriptor> channels,
    const ConnectionOptions& options,
    std::chrono::nanoseconds now
)
    : payload_size_max_(options.payload_size_max),
      bytes_max_(options.send_queue_bytes_max),
      faded_at_(now) {
    CHECK(payload_size_max_ > 0);
    for (const ChannelDescriptor& descriptor : channels) {
        CHECK(descriptor.priority >= 1);
        CHECK(find(descriptor.id) == nullptr);
        Channel& channel = channels_.emplace_back(Channel{.descriptor = descriptor});
        channel.stats.id = descriptor.id;
        channel.stats.priority = descriptor.priority;
        channel.stats.send_queue_capacity = descriptor.send_queue_capacity;
    }
}

void SendQueues::disable(ChannelId channel) {
    if (Channel* const found = find(channel)) {
        found->disabled = true;
    }
}

bool SendQueues::push(ChannelId id, Bytes message) {
    Channel* const channel = find(id);
    if (channel == nullptr || channel->disabled || message.empty()) {
        return false;
    }
    ChannelStats& stats = channel->stats;
    if (channel->messages.size() >= channel->descriptor.send_queue_capacity ||
        stats.send_queue_bytes >= bytes_max_) {
        channel->refused = true;
        ++stats.sends_refused;
        return false;
    }
    stats.send_queue_bytes += message.size();
    channel->messages.push_back(std::move(message));
    ++pending_;
    return true;
}

void SendQueues::discard(ChannelId id) {
    Channel* const channel = find(id);
    const std::size_t kept = channel != nullptr && channel->offset > 0 ? 1 : 0;
    if (channel == nullptr || channel->messages.size() <= kept) {
        return;
    }
    pending_ -= channel->messages.size() - kept;
    channel->messages.resize(kept);
    channel->stats.send_queue_bytes = kept > 0 ? channel->messages.front().size() : 0;
    drained_ = drained_ || channel->refused;
}

std::size_t SendQueues::write(std::chrono::nanoseconds now, std::size_t size_max, ByteSink& out) {
    fade(now);
    std::size_t written = 0;
    while (pending_ > 0 && written < size_max) {
        written += write_packet(next_to_send(), out);
    }
    return written;
}

std::vector<ChannelId> SendQueues::take_drained() {
    std::vector<ChannelId> drained;
    if (!std::exchange(drained_, false)) {
        return drained;
    }
    for (Channel& channel : channels_) {
        if (channel.refused &&
            channel.messages.size() <= channel.descriptor.send_queue_capacity / 2 &&
            channel.stats.send_queue_bytes <= bytes_max_ / 2) {
            channel.refused = false;
            drained.push_back(channel.descriptor.id);
        }
    }
    return drained;
}

void SendQueues::clear() {
    for (Channel& channel : channels_) {
        channel.messages.clear();
        channel.offset = 0;
        channel.stats.send_queue_bytes = 0;
    }
    pending_ = 0;
}

std::vector<ChannelStats> SendQueues::stats() const {
    std::vector<ChannelStats> all;
    all.reserve(channels_.size());
    for (const Channel& channel : channels_) {
        all.push_back(channel.stats);
        all.back().send_queue_size = channel.messages.size();
    }
    return all;
}

SendQueues::Channel* SendQueues::find(ChannelId id) {
    const auto found = std::ranges::find(channels_, id, [](const Channel& channel) {
        return channel.descriptor.id;
    });
    return found == channels_.end() ? nullptr : &*found;
}

SendQueues::Channel& SendQueues::next_to_send() {
    Channel* best = nullptr;
    // sent / priority, without a division
    const auto less = [](const Channel& a, const Channel& b) {
        return Uint128{a.stats.recently_sent} * static_cast<unsigned>(b.descriptor.priority) <
               Uint128{b.stats.recently_sent} * static_cast<unsigned>(a.descriptor.priority);
    };
    for (Channel& channel : channels_) {
        if (!channel.messages.empty() && (best == nullptr || less(channel, *best))) {
            best = &channel;
        }
    }
    CHECK(best != nullptr);
    return *best;
}

std::size_t SendQueues::write_packet(Channel& channel, ByteSink& out) {
    const ByteView rest = ByteView(channel.messages.front()).subspan(channel.offset);
    const bool last = rest.size() <= payload_size_max_;
    const PacketMsg packet{
        .channel = channel.descriptor.id,
        .last = last,
        .data = rest.first(std::min(rest.size(), payload_size_max_)),
    };
    const std::size_t written = write_packet_msg(packet, out);
    ChannelStats& stats = channel.stats;
    stats.recently_sent += written;
    channel.offset += packet.data.size();
    if (last) {
        ++stats.messages_sent;
        stats.bytes_sent += channel.offset;
        stats.send_queue_bytes -= channel.offset;
        channel.offset = 0;
        channel.messages.pop_front();
        --pending_;
        drained_ = drained_ || channel.refused;
    }
    return written;
}

void SendQueues::fade(std::chrono::nanoseconds now) {
    for (int i = 0; now - faded_at_ >= fade_interval; ++i) {
        if (i == fades_max) {
            faded_at_ = now;
            break;
        }
        faded_at_ += fade_interval;
        for (Channel& channel : channels_) {
            // A fifth less, and never more than 2^63 bytes, so that nothing overflows.
            channel.stats.recently_sent =
                channel.stats.recently_sent / 5 * 4 + channel.stats.recently_sent % 5 * 4 / 5;
        }
    }
}

}  // namespace steelyard::p2p
