#include "p2p/packets.h"

#include "base/check.h"
#include "base/protowire.h"
#include "p2p/delimited.h"

#include <limits>

namespace steelyard::p2p {
namespace {

constexpr std::uint8_t key_ping = 0x0a;  // Packet.packet_ping
constexpr std::uint8_t key_pong = 0x12;
constexpr std::uint8_t key_msg = 0x1a;
constexpr std::uint8_t key_channel = 0x08;  // PacketMsg.channel_id
constexpr std::uint8_t key_last = 0x10;     // PacketMsg.eof
constexpr std::uint8_t key_data = 0x1a;

constexpr std::size_t uvarint_size(std::size_t value) {
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7) {
        ++size;
    }
    return size;
}

std::size_t packet_msg_size(ChannelId channel, bool last, std::size_t data_size) {
    return (channel == 0 ? 0 : 1 + uvarint_size(channel)) + (last ? 2 : 0) +
           (data_size == 0 ? 0 : 1 + uvarint_size(data_size) + data_size);
}

/// Bytes on the stack.
class Head {
public:
    void byte(std::uint8_t value) { bytes_[size_++] = value; }

    void uvarint(std::size_t value) {
        for (; value >= 0x80; value >>= 7) {
            byte(static_cast<std::uint8_t>(value | 0x80));
        }
        byte(static_cast<std::uint8_t>(value));
    }

    ByteView view() const { return ByteView(bytes_).first(size_); }

private:
    ByteArray<3 * uvarint_size_max + 7> bytes_;
    std::size_t size_ = 0;
};

std::size_t write_empty(std::uint8_t key, ByteSink& out) {
    const ByteArray<3> bytes = {2, key, 0};
    out.write(bytes);
    return bytes.size();
}

Result<PacketMsg> decode_packet_msg(ByteView bytes) {
    PacketMsg packet;
    ProtoReader reader("PacketMsg", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1: {
                const std::int32_t channel = reader.int32("channel_id");
                if (channel < 0 || channel > std::numeric_limits<ChannelId>::max()) {
                    reader.refuse("channel_id", "is not one byte");
                }
                packet.channel = static_cast<ChannelId>(channel);
                break;
            }
            case 2:
                packet.last = reader.boolean("eof");
                break;
            case 3:
                packet.data = reader.bytes("data", bytes.size());
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return packet;
}

}  // namespace

std::size_t write_ping(ByteSink& out) {
    return write_empty(key_ping, out);
}

std::size_t write_pong(ByteSink& out) {
    return write_empty(key_pong, out);
}

std::size_t write_packet_msg(const PacketMsg& packet, ByteSink& out) {
    const std::size_t inner = packet_msg_size(packet.channel, packet.last, packet.data.size());
    Head head;
    head.uvarint(1 + uvarint_size(inner) + inner);
    head.byte(key_msg);
    head.uvarint(inner);
    if (packet.channel != 0) {
        head.byte(key_channel);
        head.uvarint(packet.channel);
    }
    if (packet.last) {
        head.byte(key_last);
        head.byte(1);
    }
    if (!packet.data.empty()) {
        head.byte(key_data);
        head.uvarint(packet.data.size());
    }
    out.write(head.view());
    out.write(packet.data);
    return head.view().size() + packet.data.size();
}

Result<Packet> decode_packet(ByteView bytes) {
    std::optional<Packet> packet;
    ProtoReader reader("Packet", bytes);
    while (reader.next()) {
        if (packet) {
            reader.refuse("sum", "stands twice");
            break;
        }
        switch (reader.field()) {
            case 1:
            case 2:
                if (!reader.message("packet_ping or packet_pong").empty()) {
                    reader.refuse("packet_ping or packet_pong", "has content");
                }
                packet = reader.field() == 1 ? Packet(PacketPing{}) : Packet(PacketPong{});
                break;
            case 3:
                packet =
                    reader.nested("packet_msg", decode_packet_msg(reader.message("packet_msg")));
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (!packet) {
        return invalid("Packet is neither ping, pong nor msg");
    }
    return *packet;
}

std::size_t packet_size_max(std::size_t payload_size_max) {
    constexpr ChannelId longest = std::numeric_limits<ChannelId>::max();
    const std::size_t inner = packet_msg_size(longest, true, payload_size_max);
    return 1 + uvarint_size(inner) + inner;
}

Result<void> PacketReader::receive(ByteView bytes, PacketSink& sink) {
    while (!partial_.empty() && !bytes.empty()) {
        // One packet can be complete at most: no more than its length tells is added at once.
        const std::size_t added = std::min(bytes.size(), size_max_);
        const std::size_t before = partial_.size();
        append(partial_, bytes.first(added));
        ByteView stream = partial_;
        TRY_ASSIGN(const auto packet, take_delimited(stream, size_max_));
        if (!packet) {
            bytes = bytes.subspan(added);
            continue;
        }
        TRY_ASSIGN(const Packet decoded, decode_packet(*packet));
        TRY(sink.on_packet(decoded));
        const std::size_t used = partial_.size() - stream.size() - before;
        bytes = bytes.subspan(used);
        partial_.clear();
    }
    TRY(take_packets(bytes, sink));
    append(partial_, bytes);
    return {};
}

Result<void> PacketReader::take_packets(ByteView& stream, PacketSink& sink) const {
    while (true) {
        TRY_ASSIGN(const auto packet, take_delimited(stream, size_max_));
        if (!packet) {
            return {};
        }
        TRY_ASSIGN(const Packet decoded, decode_packet(*packet));
        TRY(sink.on_packet(decoded));
    }
}

}  // namespace steelyard::p2p
