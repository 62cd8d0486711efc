#include "p2p/packets.h"

#include "base/protowire.h"
#include "base/random.h"
#include "p2p/delimited.h"
#include "tests/support/hex_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::p2p {
namespace {

using ::testing::HasSubstr;

struct BytesSink final : ByteSink {
    void write(ByteView bytes) override { append(written, bytes); }

    Bytes written{};
};

struct Collector final : PacketSink {
    Result<void> on_packet(const Packet& packet) override {
        if (const auto* message = std::get_if<PacketMsg>(&packet)) {
            data.push_back(to_bytes(message->data));
        }
        ++count;
        return {};
    }

    std::vector<Bytes> data{};
    int count = 0;
};

// CometBFT v0.38, p2p/conn/connection_test.go: TestConnVectors
constexpr const char* ping_hex = "0a00";
constexpr const char* pong_hex = "1200";
constexpr const char* message_hex =
    "1a2208011a1e64617461207472616e736d6974746564206f766572207468652077697265";

Bytes behind_length(const char* hex) {
    return length_prefixed(hex_bytes(hex));
}

TEST(Packets, are_written_as_published) {
    BytesSink ping;
    BytesSink pong;
    BytesSink message;

    EXPECT_EQ(write_ping(ping), 3U);
    EXPECT_EQ(write_pong(pong), 3U);
    write_packet_msg(
        {.channel = 1, .last = false, .data = as_bytes("data transmitted over the wire")}, message
    );

    EXPECT_EQ(ping.written, behind_length(ping_hex));
    EXPECT_EQ(pong.written, behind_length(pong_hex));
    EXPECT_EQ(message.written, behind_length(message_hex));
}

TEST(Packets, are_read_as_published) {
    EXPECT_TRUE(std::holds_alternative<PacketPing>(*decode_packet(hex_bytes(ping_hex))));
    EXPECT_TRUE(std::holds_alternative<PacketPong>(*decode_packet(hex_bytes(pong_hex))));
    const Bytes bytes = hex_bytes(message_hex);
    const auto message = decode_packet(bytes);
    ASSERT_TRUE(message);
    const auto& packet = std::get<PacketMsg>(*message);
    EXPECT_EQ(packet.channel, 1);
    EXPECT_FALSE(packet.last);
    EXPECT_EQ(as_text(packet.data), "data transmitted over the wire");
}

TEST(Packets, are_the_same_after_writing_and_reading) {
    for (const int number : {0, 1, 0x40, 0x7f, 0x80, 0xff}) {
        const auto channel = static_cast<ChannelId>(number);
        for (const std::size_t size : {0, 1, 127, 128, 1024, 65'536}) {
            for (const bool last : {false, true}) {
                const Bytes data(size, 7);
                BytesSink sink;

                const std::size_t written =
                    write_packet_msg({.channel = channel, .last = last, .data = data}, sink);

                EXPECT_EQ(written, sink.written.size());
                ByteView stream = sink.written;
                const auto taken = take_delimited(stream, packet_size_max(size));
                ASSERT_TRUE(taken && *taken && stream.empty());
                const auto packet = decode_packet(**taken);
                ASSERT_TRUE(packet);
                const auto& read = std::get<PacketMsg>(*packet);
                EXPECT_EQ(read.channel, channel);
                EXPECT_EQ(read.last, last);
                EXPECT_EQ(to_bytes(read.data), data);
            }
        }
    }
}

TEST(Packets, that_mean_nothing_are_refused) {
    for (const char* const hex : {
             "",                            // no packet
             "2200",                        // an unknown kind
             "0a0012",                      // cut
             "0a001200",                    // two kinds
             "0a020801",                    // a ping with content
             "1a0b08ffffffffffffffffff01",  // channel -1
             "1a03088002",                  // channel 256
             "1a0410011000",                // eof twice
             "01020304",
         }) {
        EXPECT_FALSE(decode_packet(hex_bytes(hex))) << hex;
    }
}

TEST(PacketReader, cuts_a_stream_that_comes_in_any_pieces) {
    BytesSink sink;
    SeededRandom random(3);
    std::vector<Bytes> sent;
    for (int i = 0; i < 300; ++i) {
        Bytes data(random.below(1025));
        random.fill(data);
        write_packet_msg({.channel = 0x20, .last = true, .data = data}, sink);
        sent.push_back(std::move(data));
    }
    for (const std::size_t piece_max : {1, 3, 700, 1024, 3000, 100'000}) {
        PacketReader reader(1024);
        Collector collector;
        ByteView rest = sink.written;

        while (!rest.empty()) {
            const std::size_t size =
                std::min<std::size_t>(1 + random.below(piece_max), rest.size());
            ASSERT_TRUE(reader.receive(rest.first(size), collector));
            rest = rest.subspan(size);
        }

        EXPECT_EQ(collector.data, sent) << piece_max;
    }
}

TEST(PacketReader, takes_a_packet_that_is_just_right_and_no_longer_one) {
    BytesSink right;
    BytesSink too_long;
    write_packet_msg({.channel = 0xff, .last = true, .data = Bytes(1024)}, right);
    write_packet_msg({.channel = 0xff, .last = true, .data = Bytes(1025)}, too_long);
    Collector collector;

    EXPECT_TRUE(PacketReader(1024).receive(right.written, collector));
    const auto result = PacketReader(1024).receive(too_long.written, collector);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::too_large);
    EXPECT_EQ(collector.count, 1);
}

TEST(PacketReader, refuses_a_length_before_it_waits_for_the_bytes) {
    Collector collector;

    EXPECT_FALSE(PacketReader(1024).receive(hex_bytes("ffff7f"), collector));
    EXPECT_FALSE(PacketReader(1024).receive(hex_bytes("8000"), collector));  // 0 in two bytes
    EXPECT_FALSE(PacketReader(1024).receive(hex_bytes("808080808000"), collector));
}

TEST(PacketReader, passes_on_what_its_sink_refuses) {
    struct Refuser final : PacketSink {
        Result<void> on_packet(const Packet&) override { return invalid("not this one"); }
    } refuser;

    const auto result = PacketReader(1024).receive(behind_length(ping_hex), refuser);

    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message(), HasSubstr("not this one"));
}

}  // namespace
}  // namespace steelyard::p2p
