#include "base/check.h"
#include "base/random.h"
#include "p2p/message_receiver.h"
#include "p2p/secret_connection.h"
#include "p2p/send_queues.h"

#include <gtest/gtest.h>

#include <map>

namespace steelyard::p2p {
namespace {

using PerChannel = std::map<ChannelId, std::vector<Bytes>>;

/// What a socket may do: hand a stream on in any pieces.
void deliver(
    Bytes& sealed,
    FrameReader& reader,
    MessageReceiver& receiver,
    RandomSource& random,
    PerChannel& received
) {
    while (sealed.size() >= sealed_frame_size && random.below(4) != 0) {
        const auto part = reader.open(std::span(sealed).first(sealed_frame_size));
        CHECK(part);
        ByteView rest = *part;
        Received got;
        while (!rest.empty()) {
            const std::size_t size = 1 + random.below(rest.size());
            CHECK(receiver.receive(rest.first(size), got));
            rest = rest.subspan(size);
        }
        for (ReceivedMessage& message : got.messages) {
            received[message.channel].push_back(std::move(message.bytes));
        }
        sealed.erase(sealed.begin(), sealed.begin() + sealed_frame_size);
    }
}

TEST(Stream, gives_every_message_of_every_channel_in_order_whatever_the_pieces) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE(seed);
        SeededRandom random(seed);
        std::vector<ChannelDescriptor> channels;
        for (const ChannelId id :
             {ChannelId{0}, ChannelId{0x20}, ChannelId{0x22}, ChannelId{0x7f}}) {
            channels.push_back({.id = id, .priority = 1 + static_cast<int>(random.below(10))});
        }
        ConnectionOptions options;
        options.payload_size_max = 1 + random.below(2000);
        SendQueues queues(channels, options, {});
        MessageReceiver receiver(channels, options);
        crypto::Secret<32> key;
        random.fill(key.mutable_view());
        FrameWriter writer(key);
        FrameReader reader(key);
        PerChannel sent;
        PerChannel received;
        Bytes sealed;
        std::chrono::nanoseconds now{0};

        for (int step = 0; step < 200; ++step) {
            now += std::chrono::milliseconds(random.below(500));
            Bytes message(1 + random.below(random.below(10) == 0 ? 20'000 : 300));
            random.fill(message);
            const ChannelId id = channels[random.below(channels.size())].id;
            if (queues.push(id, message)) {
                sent[id].push_back(std::move(message));
            }
            queues.write(now, random.below(5000), writer);
            if (random.below(3) == 0) {
                write_ping(writer);
            }
            append(sealed, writer.seal());
            writer.clear();
            deliver(sealed, reader, receiver, random, received);
        }
        queues.write(now, 10'000'000, writer);
        append(sealed, writer.seal());
        while (!sealed.empty()) {
            deliver(sealed, reader, receiver, random, received);
        }

        EXPECT_EQ(received, sent);
        EXPECT_EQ(receiver.partial_size(), 0U);
    }
}

}  // namespace
}  // namespace steelyard::p2p
