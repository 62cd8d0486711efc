#include "server_fixture.h"

#include <sys/resource.h>

namespace steelyard::rpc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing_support::ask;
using testing_support::get_request;
using testing_support::post_request;
using testing_support::TcpClient;
using testing_support::WebSocketClient;

TEST_F(ServerTest, counts_a_websocket_message_over_the_limit) {
    start({.max_body_bytes = 1000});
    {
        WebSocketClient client(port_);
        client.send(std::string(1001, ' '));
        const auto frame = client.read_frame();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->opcode, 8);
    }
    EXPECT_TRUE(comes_true([&] { return server_->stats().refused_bodies == 1; }));
    EXPECT_EQ(server_->stats().slow_clients, 0U);
}

TEST_F(ServerTest, counts_a_subscriber_who_takes_nothing_at_all_as_slow) {
    start({.write_timeout = 100ms});
    WebSocketClient slow(port_);
    slow.send(R"({"id":9,"method":"subscribe","params":{"query":"q"}})");
    slow.read();
    slow.read();

    // More than the system's buffers take, and less than may wait.
    for (int i = 0; i < 12; ++i) {
        bus_.publish('"' + std::string(1'000'000, 'x') + '"');
    }

    EXPECT_TRUE(comes_true([&] { return server_->stats().slow_clients == 1; }));
    EXPECT_EQ(server_->stats().timeouts, 0U);
    EXPECT_TRUE(comes_true([&] { return bus_.size() == 0; }));
}

TEST_F(ServerTest, serves_websockets) {
    start();
    WebSocketClient client(port_);

    client.send(genesis_call);
    EXPECT_EQ(client.read(), genesis_reply);
    client.send(R"({"id":"a","method":"c"})");
    EXPECT_EQ(client.read(), R"({"jsonrpc":"2.0","id":"a","result":"foo"})");
    client.send("{");
    EXPECT_THAT(*client.read(), HasSubstr("-32700"));
    client.send(R"({"method":"c"})");
    client.send_frame(9, "hello");
    EXPECT_EQ(client.read_frame()->payload, "hello");
    EXPECT_EQ(server_->stats().open_websockets, 1U);
    client.send_frame(8, "");
    EXPECT_EQ(client.read_frame()->opcode, 8);
    EXPECT_TRUE(comes_true([&] { return server_->stats().open_websockets == 0; }));
    EXPECT_TRUE(client.closed_by_peer());
    EXPECT_TRUE(comes_true([&] { return bus_.gone() == 1; }));
}

TEST_F(ServerTest, serves_a_websocket_to_a_browser_with_many_cookies) {
    start();
    const std::string upgrade =
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: ";
    TcpClient client(port_);

    client.send(get_request("/websocket", upgrade + std::string(5000, 'c') + "\r\n"));

    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("101 Switching Protocols"));
}

TEST_F(ServerTest, says_why_a_websocket_is_refused) {
    start();
    const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n";

    const auto status = [&](const std::string& headers, const std::string& after = "") {
        return ask(port_, get_request("/websocket", upgrade + headers) + after).status;
    };
    EXPECT_EQ(status(key), 400);
    EXPECT_EQ(status(version), 400);
    EXPECT_EQ(status(version + "Sec-WebSocket-Key: " + std::string(2000, 'k') + "\r\n"), 431);
    EXPECT_EQ(status(version + key, "sent too early"), 400);
}

TEST_F(ServerTest, refuses_a_websocket_message_over_the_limit) {
    start({.max_body_bytes = 1000});
    WebSocketClient client(port_);

    client.send(std::string(1001, ' '));

    EXPECT_EQ(client.read(), std::nullopt);
}

TEST_F(ServerTest, sends_events_after_the_answer_to_the_subscription) {
    start();
    WebSocketClient client(port_);

    client.send(R"({"id":"s","method":"subscribe","params":{"query":"q"}})");
    EXPECT_EQ(client.read(), R"({"jsonrpc":"2.0","id":"s","result":{}})");
    EXPECT_EQ(client.read(), R"({"jsonrpc":"2.0","id":"s","result":"early"})");
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(bus_.publish(fmt::format(R"({{"n":{}}})", i)), 1U);
    }
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(
            client.read(), fmt::format(R"({{"jsonrpc":"2.0","id":"s","result":{{"n":{}}}}})", i)
        );
    }
    client.send(R"({"id":"s","method":"unsubscribe","params":{"query":"q"}})");
    EXPECT_EQ(client.read(), R"({"jsonrpc":"2.0","id":"s","result":{}})");
    client.send(R"({"id":4,"method":"unsubscribe_all"})");
    EXPECT_THAT(*client.read(), HasSubstr("subscription not found"));
    client.send(R"({"id":5,"method":"subscribe","params":{"query":"bad"}})");
    EXPECT_THAT(*client.read(), HasSubstr("failed to parse query"));
    EXPECT_EQ(bus_.publish("1"), 0U);
}

TEST_F(ServerTest, tells_a_slow_subscriber_why_it_is_closed) {
    start({.websocket_queue_messages = 20});
    WebSocketClient slow(port_);
    WebSocketClient fast(port_);
    for (WebSocketClient* client : {&slow, &fast}) {
        client->send(R"({"id":9,"method":"subscribe","params":{"query":"q"}})");
        client->read();
        client->read();
    }

    // Neither may read, then only one does: the system's buffers fill up first.
    std::size_t published = 0;
    std::size_t received = 0;
    while (server_->stats().slow_clients == 0 && published < 10'000) {
        bus_.publish('"' + std::string(100'000, 'x') + '"');
        ++published;
        ASSERT_TRUE(fast.read());
        ++received;
    }

    EXPECT_EQ(server_->stats().slow_clients, 1U);
    EXPECT_EQ(received, published);
    std::string last;
    while (const auto text = slow.read()) {
        last = *text;
    }
    EXPECT_EQ(
        last,
        R"x({"jsonrpc":"2.0","id":9,"error":{"code":-32000,"message":"Server error","data":"subscription was canceled (reason: client is not pulling messages fast enough)"}})x"
    );
    slow.send_frame(8, "");
    EXPECT_TRUE(slow.closed_by_peer());
    EXPECT_TRUE(comes_true([&] { return bus_.size() == 1; }));
}

TEST_F(ServerTest, closes_a_websocket_that_answers_no_ping) {
    start({.ping_interval = 50ms, .websocket_read_wait = 400ms});
    WebSocketClient silent(port_);
    WebSocketClient lively(port_);
    const auto end = std::chrono::steady_clock::now() + 1s;

    while (std::chrono::steady_clock::now() < end) {
        const auto frame = lively.read_frame();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->opcode, 9);
        lively.send_frame(10, frame->payload);
    }

    EXPECT_EQ(server_->stats().open_websockets, 1U);
    EXPECT_TRUE(silent.closed_by_peer());
}

TEST_F(ServerTest, bounds_the_calls_of_one_websocket) {
    start({.websocket_calls_max = 3});
    WebSocketClient client(port_);

    for (int i = 0; i < 10; ++i) {
        client.send(fmt::format(R"({{"id":{},"method":"hang"}})", i));
    }
    ASSERT_TRUE(comes_true([&] { return hanging() == 3; }));
    EXPECT_EQ(server_->stats().websocket_messages, 3U);

    for (std::size_t i = 0; i < 10; ++i) {
        ASSERT_TRUE(comes_true([&] { return hanging() > i; }));
        std::shared_ptr<Responder> responder;
        {
            const std::lock_guard lock(mutex_);
            responder = hanging_.at(i);
        }
        std::move(*responder).ok("1");
        EXPECT_TRUE(client.read());
    }
}

TEST_F(ServerTest, answers_a_websocket_for_a_handler_that_takes_too_long) {
    start({.request_timeout = 100ms, .websocket_calls_max = 1});
    WebSocketClient client(port_);

    client.send(R"({"id":"x","method":"hang"})");
    client.send(genesis_call);

    EXPECT_EQ(
        client.read(),
        R"({"jsonrpc":"2.0","id":"x","error":{"code":-32000,"message":"Server error","data":"the request was not answered in time"}})"
    );
    EXPECT_EQ(client.read(), genesis_reply);
    std::move(*hanging_.at(0)).ok("1");
    client.send(genesis_call);
    EXPECT_EQ(client.read(), genesis_reply);
}

TEST_F(ServerTest, keeps_a_thousand_idle_websockets) {
    constexpr std::size_t count = 1000;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 2 * count + 100) {
        GTEST_SKIP() << "only " << limit.rlim_cur << " descriptors";
    }
    start();

    std::vector<WebSocketClient> clients;
    for (std::size_t i = 0; i < count; ++i) {
        clients.emplace_back(port_);
    }

    EXPECT_TRUE(comes_true([&] { return server_->stats().open_websockets == count; }));
    EXPECT_EQ(ask(port_, post_request(genesis_call)).body, genesis_reply);
    clients.front().send(genesis_call);
    EXPECT_EQ(clients.front().read(), genesis_reply);
    clients.clear();
    EXPECT_TRUE(comes_true([&] { return server_->stats().open_connections == 0; }));
    EXPECT_EQ(bus_.gone(), count);
}

}  // namespace
}  // namespace steelyard::rpc
