#include "p2p/send_queues.h"

#include "p2p/message_receiver.h"
#include "tests/support/hex_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace steelyard::p2p {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::nanoseconds start{0};
constexpr std::size_t everything = 1'000'000'000;

struct CountingSink final : ByteSink, PacketSink {
    CountingSink() : reader(65'536) {}

    void write(ByteView more) override { CHECK(reader.receive(more, *this)); }

    Result<void> on_packet(const Packet& packet) override {
        const auto& message = std::get<PacketMsg>(packet);
        order.push_back(message.channel);
        bytes[message.channel] += message.data.size();
        return {};
    }

    PacketReader reader;
    std::vector<ChannelId> order{};
    std::map<ChannelId, std::size_t> bytes{};
};

SendQueues make_queues(std::vector<ChannelDescriptor> channels, ConnectionOptions options = {}) {
    return SendQueues(channels, options, start);
}

TEST(SendQueues, take_messages_up_to_the_capacity) {
    SendQueues queues = make_queues({{.id = 1, .send_queue_capacity = 2}});

    EXPECT_TRUE(queues.push(1, Bytes(10)));
    EXPECT_TRUE(queues.push(1, Bytes(10)));
    EXPECT_FALSE(queues.push(1, Bytes(10)));

    const auto stats = queues.stats();
    EXPECT_EQ(stats[0].send_queue_size, 2U);
    EXPECT_EQ(stats[0].send_queue_bytes, 20U);
    EXPECT_EQ(stats[0].sends_refused, 1U);
}

TEST(SendQueues, take_messages_up_to_a_number_of_bytes) {
    ConnectionOptions options;
    options.send_queue_bytes_max = 100;
    SendQueues queues = make_queues({{.id = 1}, {.id = 2}}, options);

    EXPECT_TRUE(queues.push(1, Bytes(99)));
    EXPECT_TRUE(queues.push(1, Bytes(5000))) << "one may go over";
    EXPECT_FALSE(queues.push(1, Bytes(1)));
    EXPECT_TRUE(queues.push(2, Bytes(1))) << "each channel by itself";
}

TEST(SendQueues, refuse_unknown_and_disabled_channels_and_empty_messages) {
    SendQueues queues = make_queues({{.id = 1}, {.id = 2}});
    queues.disable(2);

    EXPECT_FALSE(queues.push(3, Bytes(1)));
    EXPECT_FALSE(queues.push(2, Bytes(1)));
    EXPECT_FALSE(queues.push(1, {}));
    EXPECT_FALSE(queues.pending());
    EXPECT_EQ(queues.stats()[1].sends_refused, 0U);
}

TEST(SendQueues, tell_when_a_queue_that_was_full_is_half_empty) {
    SendQueues queues = make_queues({{.id = 1, .send_queue_capacity = 4}, {.id = 2}});
    for (int i = 0; i < 5; ++i) {
        queues.push(1, Bytes(10));
    }
    CountingSink sink;

    queues.write(start, 1, sink);
    EXPECT_THAT(queues.take_drained(), IsEmpty()) << "three of four are left";
    queues.write(start, 1, sink);
    EXPECT_THAT(queues.take_drained(), ElementsAre(1));
    queues.write(start, everything, sink);
    EXPECT_THAT(queues.take_drained(), IsEmpty()) << "once only";
}

TEST(SendQueues, tell_nothing_when_nothing_was_refused) {
    SendQueues queues = make_queues({{.id = 1, .send_queue_capacity = 1}});
    CountingSink sink;

    queues.push(1, Bytes(10));
    queues.write(start, everything, sink);

    EXPECT_THAT(queues.take_drained(), IsEmpty());
}

TEST(SendQueues, forget_what_waits_but_not_what_has_begun_to_leave) {
    ConnectionOptions options;
    options.payload_size_max = 10;
    SendQueues queues =
        make_queues({{.id = 1, .send_queue_capacity = 3}, {.id = 2, .priority = 1}}, options);
    queues.push(1, Bytes(25));
    queues.push(1, Bytes(7));
    queues.push(1, Bytes(7));
    EXPECT_FALSE(queues.push(1, Bytes(7)));
    CountingSink sink;
    queues.write(start, 1, sink);  // ten of 25

    queues.discard(1);
    queues.discard(2);
    queues.discard(3);

    EXPECT_EQ(queues.stats()[0].send_queue_size, 1U);
    EXPECT_THAT(queues.take_drained(), ElementsAre(1));
    queues.push(2, Bytes(5));
    queues.write(start, everything, sink);
    EXPECT_EQ(sink.bytes[1], 25U);
    EXPECT_EQ(sink.bytes[2], 5U);
    EXPECT_FALSE(queues.pending());
    EXPECT_EQ(queues.stats()[0].send_queue_bytes, 0U);
    queues.push(1, Bytes(5));
    queues.discard(1);
    EXPECT_FALSE(queues.pending());
}

TEST(SendQueues, cut_messages_into_packets) {
    SendQueues queues = make_queues({{.id = 1}});
    CountingSink sink;
    queues.push(1, Bytes(2049));

    queues.write(start, everything, sink);

    EXPECT_THAT(sink.order, ElementsAre(1, 1, 1));
    EXPECT_EQ(sink.bytes[1], 2049U);
    EXPECT_FALSE(queues.pending());
    EXPECT_EQ(queues.stats()[0].bytes_sent, 2049U);
    EXPECT_EQ(queues.stats()[0].messages_sent, 1U);
    EXPECT_EQ(queues.stats()[0].send_queue_bytes, 0U);
}

TEST(SendQueues, write_no_more_than_asked_but_for_one_packet) {
    SendQueues queues = make_queues({{.id = 1}});
    CountingSink sink;
    queues.push(1, Bytes(100'000));

    const std::size_t written = queues.write(start, 10'000, sink);

    EXPECT_GE(written, 10'000U);
    EXPECT_LT(written, 10'000U + 1100U);
    EXPECT_EQ(queues.write(start, 0, sink), 0U);
}

TEST(SendQueues, share_the_connection_by_priority) {
    SendQueues queues = make_queues({{.id = 1, .priority = 1}, {.id = 2, .priority = 9}});
    queues.push(1, Bytes(1'000'000));
    queues.push(2, Bytes(1'000'000));
    CountingSink sink;

    queues.write(start, 500'000, sink);

    const double share = static_cast<double>(sink.bytes[2]) / static_cast<double>(sink.bytes[1]);
    EXPECT_NEAR(share, 9, 0.3);
}

TEST(SendQueues, let_a_fresh_channel_pass_a_busy_one) {
    SendQueues queues = make_queues({{.id = 1, .priority = 10}, {.id = 2, .priority = 1}});
    queues.push(1, Bytes(1'000'000));
    CountingSink sink;
    queues.write(start, 500'000, sink);
    sink.order.clear();

    queues.push(2, Bytes(500));
    queues.write(start, 1, sink);

    EXPECT_THAT(sink.order, ElementsAre(2));
}

TEST(SendQueues, forget_a_fifth_of_what_was_sent_every_two_seconds) {
    SendQueues queues = make_queues({{.id = 1}});
    CountingSink sink;
    queues.push(1, Bytes(1024));
    const std::size_t written = queues.write(start, everything, sink);

    queues.write(start + seconds(2), everything, sink);
    EXPECT_EQ(queues.stats()[0].recently_sent, written * 4 / 5);
    queues.write(start + seconds(3), everything, sink);
    EXPECT_EQ(queues.stats()[0].recently_sent, written * 4 / 5);
    queues.write(start + seconds(4), everything, sink);
    EXPECT_EQ(queues.stats()[0].recently_sent, written * 4 / 5 * 4 / 5);
    queues.write(start + seconds(100'000'000), everything, sink);
    EXPECT_EQ(queues.stats()[0].recently_sent, 0U);
}

TEST(SendQueues, are_empty_when_cleared) {
    SendQueues queues = make_queues({{.id = 1}});
    CountingSink sink;
    queues.push(1, Bytes(5000));
    queues.write(start, 1, sink);

    queues.clear();

    EXPECT_FALSE(queues.pending());
    EXPECT_EQ(queues.write(start, everything, sink), 0U);
}

TEST(MessageReceiver, names_channel_and_size_of_a_message_over_the_limit) {
    const std::vector<ChannelDescriptor> channels = {{.id = 0x22, .receive_size_max = 1500}};
    MessageReceiver receiver(channels, {});
    SendQueues queues = make_queues({{.id = 0x22}});
    queues.push(0x22, Bytes(1501));
    struct Sink final : ByteSink {
        void write(ByteView more) override { append(bytes, more); }
        Bytes bytes{};
    } sink;
    queues.write(start, everything, sink);
    Received received;

    const auto result = receiver.receive(sink.bytes, received);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::too_large);
    EXPECT_THAT(result.error().message(), HasSubstr("0x22"));
    EXPECT_THAT(result.error().message(), HasSubstr("1501"));
    EXPECT_THAT(received.messages, IsEmpty());
    EXPECT_EQ(receiver.partial_size(), 1024U);
}

TEST(MessageReceiver, refuses_unknown_channels_and_empty_messages) {
    const std::vector<ChannelDescriptor> channels = {{.id = 1}};
    Received received;

    const auto unknown =
        MessageReceiver(channels, {}).receive(hex_bytes("071a05080210011a0107"), received);
    ASSERT_FALSE(unknown);
    const auto other = MessageReceiver(channels, {})
                           .receive(
                               hex_bytes("091a070802"
                                         "1001"
                                         "1a0107"),
                               received
                           );
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message(), HasSubstr("0x02"));
    const auto empty = MessageReceiver(channels, {}).receive(hex_bytes("061a0408011001"), received);
    ASSERT_FALSE(empty);
    EXPECT_THAT(empty.error().message(), HasSubstr("empty"));
}

TEST(MessageReceiver, reports_pings_and_pongs_once) {
    MessageReceiver receiver({}, {});
    Received received;

    ASSERT_TRUE(receiver.receive(hex_bytes("020a00020a00020a00"), received));
    EXPECT_TRUE(received.ping);
    EXPECT_FALSE(received.pong);
    ASSERT_TRUE(receiver.receive(hex_bytes("021200"), received));
    EXPECT_TRUE(received.pong);
}

}  // namespace
}  // namespace steelyard::p2p
