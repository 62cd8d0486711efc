#include "p2p/transport.h"

#include "loopback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A socket without a protocol.
class RawSocket {
public:
    explicit RawSocket(const Endpoint& to) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(to.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK(
            ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
        );
    }
    RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    RawSocket& operator=(RawSocket&&) = delete;
    ~RawSocket() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    void write(ByteView bytes) const {
        CHECK(
            ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size())
        );
    }

    /// Reads to the end.
    std::size_t read_all() const {
        std::size_t size = 0;
        ByteArray<4096> buffer;
        while (true) {
            const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                return size;
            }
            size += static_cast<std::size_t>(got);
        }
    }

private:
    int descriptor_;
};

Bytes text(std::string_view value) {
    return to_bytes(as_bytes(value));
}

TEST(Transport, connects_two_nodes_that_know_each_other_afterwards) {
    LoopbackNode a(1);
    LoopbackNode b(2);

    const auto outbound = a.dial(b);
    const auto inbound = b.inbound_connection();

    EXPECT_EQ(outbound->node_info().id, b.id());
    EXPECT_EQ(inbound->node_info().id, a.id());
    EXPECT_EQ(inbound->node_info().moniker, "node");
    EXPECT_TRUE(outbound->outbound());
    EXPECT_FALSE(inbound->outbound());
    EXPECT_EQ(outbound->remote(), b.address);
    EXPECT_EQ(inbound->remote().host, "127.0.0.1");
}

TEST(Transport, listens_at_an_address_that_a_name_has) {
    IoThread thread;
    SeededRandom random(1);
    Transport transport(thread, {}, NodeKey::generate(random), {}, random);

    const auto at = transport.listen({.host = "localhost", .port = 0});

    ASSERT_TRUE(at) << at.error().message();
    EXPECT_EQ(at->host, "localhost");
    EXPECT_NE(at->port, 0);
    const auto nowhere = transport.listen({.host = "no-such-host.invalid", .port = 0});
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().message().find("no-such-host.invalid"), std::string::npos);
}

TEST(Transport, carries_messages_both_ways) {
    LoopbackNode a(1);
    LoopbackNode b(2);
    const auto connection = a.dial(b);
    Bytes large(1'000'000);
    SeededRandom(1).fill(large);

    EXPECT_TRUE(connection->send(1, text("hello")));
    EXPECT_TRUE(b.inbound_connection()->send(2, large));

    ASSERT_TRUE(b.inbound->wait([&] { return !b.inbound->messages.empty(); }));
    EXPECT_EQ(b.inbound->messages[0], std::make_pair(ChannelId{1}, text("hello")));
    ASSERT_TRUE(a.outbound->wait([&] { return !a.outbound->messages.empty(); }));
    EXPECT_EQ(a.outbound->messages[0].second, large);
}

TEST(Transport, refuses_another_node_than_the_one_dialled) {
    LoopbackNode a(1);
    LoopbackNode b(2);
    LoopbackNode c(3);

    const auto dialled = a.dial(b.address, c.id());

    ASSERT_FALSE(dialled);
    EXPECT_EQ(dialled.error().step, HandshakeStep::wrong_id);
    EXPECT_THAT(dialled.error().error.message(), HasSubstr(b.id().text()));
    EXPECT_TRUE(b.events.wait([&] { return b.failed[HandshakeStep::socket] == 1; }));
}

TEST(Transport, refuses_itself) {
    LoopbackNode a(1);

    const auto dialled = a.dial(a.address, a.id());

    ASSERT_FALSE(dialled);
    EXPECT_EQ(dialled.error().step, HandshakeStep::ourselves);
}

TEST(Transport, refuses_nodes_of_another_network) {
    LoopbackNode a(1);
    LoopbackNode b(2, {}, {{.id = 1}}, "another");

    const auto dialled = a.dial(b.address, b.id());

    ASSERT_FALSE(dialled);
    EXPECT_EQ(dialled.error().step, HandshakeStep::incompatible);
    EXPECT_THAT(dialled.error().error.message(), HasSubstr("another"));
}

TEST(Transport, reports_a_port_that_nobody_listens_at) {
    LoopbackNode a(1);
    Endpoint nobody;
    {
        const LoopbackNode b(2);
        nobody = b.address;
    }

    const auto dialled = a.dial(nobody, LoopbackNode(3).id());

    ASSERT_FALSE(dialled);
    EXPECT_EQ(dialled.error().step, HandshakeStep::socket);
}

TEST(Transport, dials_names) {
    LoopbackNode a(1);
    LoopbackNode b(2);

    EXPECT_TRUE(a.dial({.host = "localhost", .port = b.address.port}, b.id()));
}

TEST(Transport, closes_what_is_not_admitted) {
    LoopbackNode a(1);
    LoopbackNode b(2);
    b.admits = false;

    const auto dialled = a.dial(b.address, b.id());

    ASSERT_FALSE(dialled);
    EXPECT_EQ(dialled.error().step, HandshakeStep::socket);
}

TEST(Transport, ends_a_handshake_that_takes_too_long) {
    LoopbackNode node(1, {.handshake_timeout = 50ms});
    const RawSocket idle(node.address);
    const RawSocket slow(node.address);
    slow.write(Bytes{34, 0x0a});

    EXPECT_EQ(idle.read_all(), 35U) << "its key, and then the end";
    EXPECT_EQ(slow.read_all(), 35U);

    EXPECT_TRUE(node.events.wait([&] { return node.failed[HandshakeStep::timeout] == 2; }));
}

TEST(Transport, ends_a_handshake_at_the_first_wrong_byte) {
    LoopbackNode node(1);
    const RawSocket browser(node.address);
    browser.write(as_bytes("GET / HTTP/1.1\r\n\r\n"));

    browser.read_all();

    EXPECT_TRUE(node.events.wait([&] { return node.failed[HandshakeStep::authentication] == 1; }));
}

TEST(Transport, lets_peers_in_past_two_hundred_half_open_handshakes) {
    LoopbackNode node(1, {.half_open_max = 16, .half_open_per_host_max = 8});
    std::vector<RawSocket> idle;
    for (int i = 0; i < 200; ++i) {
        idle.emplace_back(node.address);
    }
    LoopbackNode peer(2);

    const auto connection = peer.dial(node);

    EXPECT_TRUE(connection->send(1, text("hello")));
    EXPECT_TRUE(node.inbound->wait([&] { return !node.inbound->messages.empty(); }));
    const TransportStats stats = node.stats();
    EXPECT_EQ(stats.accepted, 201U);
    EXPECT_LE(stats.half_open, 8U);
    EXPECT_GE(stats.pushed_out, 192U);
}

TEST(Connection, refuses_channels_that_the_peer_does_not_have) {
    LoopbackNode a(1);
    LoopbackNode b(2, {}, {{.id = 1}, {.id = 7}});
    const auto connection = a.dial(b);

    EXPECT_TRUE(connection->send(1, text("both")));
    EXPECT_FALSE(connection->send(2, text("ours")));
    EXPECT_FALSE(connection->send(7, text("theirs")));
}

TEST(Connection, ends_on_a_message_over_the_limit) {
    LoopbackNode a(1);
    LoopbackNode b(2, {}, {{.id = 1, .receive_size_max = 5000}});
    const auto connection = a.dial(b);

    connection->send(1, Bytes(5000));
    connection->send(1, Bytes(5001));

    ASSERT_TRUE(b.inbound->wait_closed());
    EXPECT_EQ(b.inbound->messages.size(), 1U);
    EXPECT_EQ(b.inbound->closed[0].first, CloseReason::protocol);
    EXPECT_THAT(b.inbound->closed[0].second.message(), HasSubstr("0x01"));
    ASSERT_TRUE(a.outbound->wait_closed());
    EXPECT_EQ(a.outbound->closed[0].first, CloseReason::remote);
    EXPECT_FALSE(connection->send(1, Bytes(1)));
}

TEST(Connection, tells_a_close_once_and_hands_nothing_on_afterwards) {
    LoopbackNode a(1);
    LoopbackNode b(2);
    const auto connection = a.dial(b);

    connection->close(Error(ErrorCode::invalid, "first"));
    connection->close(Error(ErrorCode::invalid, "second"));

    ASSERT_TRUE(a.outbound->wait_closed());
    EXPECT_EQ(a.outbound->closed[0].first, CloseReason::ours);
    EXPECT_EQ(a.outbound->closed[0].second.message(), "first");
    ASSERT_TRUE(b.inbound->wait_closed());
    EXPECT_EQ(b.inbound->closed[0].first, CloseReason::remote);
    EXPECT_EQ(a.outbound->closed.size(), 1U);
}

TEST(Connection, closes_with_data_queued) {
    TransportOptions slow;
    slow.connection.send_rate = 1000;
    LoopbackNode a(1, slow);
    LoopbackNode b(2);
    const auto connection = a.dial(b);
    for (int i = 0; i < 50; ++i) {
        connection->send(1, Bytes(100'000));
    }

    connection->close(Error(ErrorCode::invalid, "enough"));

    EXPECT_TRUE(a.outbound->wait_closed());
    EXPECT_TRUE(b.inbound->wait_closed());
    EXPECT_EQ(connection->stats().channels[0].send_queue_bytes, 0U);
}

TEST(Connection, closes_when_it_is_given_up) {
    LoopbackNode a(1);
    LoopbackNode b(2);

    a.dial(b).reset();

    EXPECT_TRUE(a.outbound->wait_closed());
    EXPECT_TRUE(b.inbound->wait_closed());
}

TEST(Connection, finishes_after_it_has_sent_what_is_queued) {
    LoopbackNode a(1);
    LoopbackNode b(2);
    const auto connection = a.dial(b);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(connection->send(1, Bytes(100'000)));
    }

    connection->finish(Error(ErrorCode::invalid, "done"));

    EXPECT_FALSE(connection->send(1, Bytes(1)));
    ASSERT_TRUE(b.inbound->wait_closed());
    EXPECT_EQ(b.inbound->bytes, 2'000'000U);
    EXPECT_EQ(b.inbound->closed[0].first, CloseReason::remote);
    ASSERT_TRUE(a.outbound->wait_closed());
    EXPECT_EQ(a.outbound->closed[0].first, CloseReason::ours);
}

TEST(Connection, finishes_in_time_if_the_peer_does_not_read) {
    TransportOptions options;
    options.connection.finish_timeout = 50ms;
    TransportOptions closed_window;
    closed_window.connection.receive_window = 1;
    LoopbackNode a(1, options);
    LoopbackNode b(2, closed_window);
    b.inbound->keep_credits = true;
    const auto connection = a.dial(b);
    for (int i = 0; i < 80; ++i) {
        connection->send(1, Bytes(1'000'000));
    }

    connection->finish(Error(ErrorCode::invalid, "done"));

    EXPECT_TRUE(a.outbound->wait_closed());
}

TEST(Connection, stops_reading_a_peer_over_its_window_and_no_other) {
    TransportOptions options;
    options.connection.receive_window = 300'000;
    options.connection.receive_rate = 0;
    TransportOptions fast;
    fast.connection.send_rate = 0;
    LoopbackNode node(1, options);
    LoopbackNode hasty(2, fast);
    LoopbackNode calm(3, fast);
    node.inbound->keep_credits = true;
    const auto first = hasty.dial(node);
    const auto stalled = node.inbound_connection(0);
    const auto second = calm.dial(node);

    int sent = 0;
    while (sent < 2000 && first->send(1, Bytes(10'000))) {
        ++sent;
    }
    ASSERT_TRUE(node.inbound->wait([&] { return node.inbound->bytes >= 300'000; }));
    EXPECT_TRUE(second->send(2, text("hello")));
    ASSERT_TRUE(node.inbound->wait([&] {
        return std::ranges::any_of(node.inbound->messages, [](const auto& message) {
            return message.first == 2;
        });
    }));
    EXPECT_LT(node.inbound->bytes, 300'000U + 2 * 66'816U + 5U);
    EXPECT_GE(stalled->stats().receive_unhandled, 300'000U);

    node.inbound->change([&] {
        node.inbound->keep_credits = false;
        node.inbound->credits.clear();
    });

    const std::size_t all = static_cast<std::size_t>(sent) * 10'000 + 5;
    EXPECT_TRUE(node.inbound->wait([&] { return node.inbound->bytes == all; }));
}

TEST(Connection, tells_when_a_full_queue_has_room_again) {
    LoopbackNode a(1, {}, {{.id = 1, .send_queue_capacity = 4}});
    LoopbackNode b(2, {}, {{.id = 1}});
    const auto connection = a.dial(b);

    int sent = 0;
    while (connection->send(1, Bytes(10'000))) {
        ++sent;
    }

    EXPECT_GE(sent, 4);
    ASSERT_TRUE(a.outbound->wait([&] { return !a.outbound->drained.empty(); }));
    EXPECT_THAT(a.outbound->drained, Contains(1));
    EXPECT_TRUE(connection->send(1, Bytes(1)));
}

TEST(Connection, pings_and_notices_a_silent_peer) {
    TransportOptions options;
    options.connection.ping_interval = 40ms;
    options.connection.pong_timeout = 30ms;
    LoopbackNode a(1, options);
    LoopbackNode answering(2);
    LoopbackNode silent(3);

    const auto good = a.dial(answering);
    const auto bad = a.dial(silent);
    silent.thread.stop();

    ASSERT_TRUE(a.outbound->wait_closed());
    EXPECT_EQ(a.outbound->closed[0].first, CloseReason::timeout);
    EXPECT_FALSE(bad->send(1, Bytes(1)));
    EXPECT_TRUE(good->send(1, Bytes(1)));
    EXPECT_GT(good->stats().ping_time, 0ns);
}

TEST(Connection, sends_no_faster_than_its_rate) {
    TransportOptions options;
    options.connection.send_rate = 2'000'000;
    LoopbackNode a(1, options);
    LoopbackNode b(2);
    const auto connection = a.dial(b);
    const auto begin = IoThread::now();

    ASSERT_TRUE(connection->send(1, Bytes(600'000)));
    ASSERT_TRUE(b.inbound->wait([&] { return b.inbound->bytes == 600'000; }));

    EXPECT_GT(IoThread::now() - begin, 150ms);
}

TEST(Connection, receives_no_faster_than_its_rate) {
    TransportOptions options;
    options.connection.receive_rate = 2'000'000;
    TransportOptions fast;
    fast.connection.send_rate = 0;
    LoopbackNode a(1, fast);
    LoopbackNode b(2, options);
    const auto connection = a.dial(b);
    const auto begin = IoThread::now();

    ASSERT_TRUE(connection->send(1, Bytes(600'000)));
    ASSERT_TRUE(b.inbound->wait([&] { return b.inbound->bytes == 600'000; }));

    EXPECT_GT(IoThread::now() - begin, 150ms);
}

TEST(Connection, counts_its_traffic) {
    LoopbackNode a(1);
    LoopbackNode b(2);
    const auto connection = a.dial(b);
    connection->send(2, Bytes(3000));
    ASSERT_TRUE(b.inbound->wait([&] { return b.inbound->bytes == 3000; }));

    const ConnectionStats sent = connection->stats();
    const ConnectionStats received = b.inbound_connection()->stats();

    EXPECT_EQ(sent.channels[1].id, 2);
    EXPECT_EQ(sent.channels[1].priority, 5);
    EXPECT_EQ(sent.channels[1].messages_sent, 1U);
    EXPECT_EQ(sent.channels[1].bytes_sent, 3000U);
    EXPECT_EQ(received.channels[1].messages_received, 1U);
    EXPECT_EQ(received.channels[1].bytes_received, 3000U);
    EXPECT_EQ(received.socket_bytes_received, 3 * sealed_frame_size);
    EXPECT_GT(received.age, 0ns);
}

TEST(Connection, takes_messages_from_many_threads) {
    LoopbackNode a(1);
    LoopbackNode b(2);
    const auto connection = a.dial(b);
    constexpr int thread_count = 4;
    constexpr int message_count = 500;

    std::vector<std::thread> threads;
    for (int i = 0; i < thread_count; ++i) {
        threads.emplace_back([&] {
            for (int sent = 0; sent < message_count;) {
                sent += connection->send(1, Bytes(20)) ? 1 : 0;
                connection->stats();
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }

    EXPECT_TRUE(b.inbound->wait([&] {
        return b.inbound->messages.size() == thread_count * message_count;
    }));
}

}  // namespace
}  // namespace steelyard::p2p
