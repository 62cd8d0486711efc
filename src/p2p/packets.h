// The packets of CometBFT's MConnection: pings, pongs, and pieces of messages.
#pragma once

#include "base/peer_link.h"
#include "p2p/byte_sink.h"

#include <variant>

namespace steelyard::p2p {

struct PacketPing {
    bool operator==(const PacketPing&) const = default;
};

struct PacketPong {
    bool operator==(const PacketPong&) const = default;
};

/// A piece of a message on a channel.
struct PacketMsg {
    ChannelId channel = 0;
    bool last = false;  ///< the message is complete with it
    ByteView data{};
};

using Packet = std::variant<PacketPing, PacketPong, PacketMsg>;

/// Write a packet behind its length, and give the bytes written.
std::size_t write_ping(ByteSink& out);
std::size_t write_pong(ByteSink& out);
std::size_t write_packet_msg(const PacketMsg& packet, ByteSink& out);

/// Reads one packet; the data of a PacketMsg is a view into the bytes.
Result<Packet> decode_packet(ByteView bytes);

/// The most that the encoding of a packet with so much data has, without its length.
std::size_t packet_size_max(std::size_t payload_size_max);

/// Who takes the packets of a stream.
class PacketSink {
public:
    virtual ~PacketSink() = default;

    virtual Result<void> on_packet(const Packet& packet) = 0;
};

/// Cuts a stream into packets.
class PacketReader {
public:
    explicit PacketReader(std::size_t payload_size_max)
        : size_max_(packet_size_max(payload_size_max)) {}

    /// Takes the next bytes of the stream, in pieces of any size, and hands on every packet that is
    /// complete. Errors are final: the sink's, and those of packets too large or malformed.
    Result<void> receive(ByteView bytes, PacketSink& sink);

private:
    Result<void> take_packets(ByteView& stream, PacketSink& sink) const;

    std::size_t size_max_;
    Bytes partial_;  ///< the beginning of a packet, or nothing
};

}  // namespace steelyard::p2p
