#include "rpc/listen_address.h"
#include "server_fixture.h"

#include <unistd.h>

#include <set>

namespace steelyard::rpc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing_support::ask;
using testing_support::get_request;
using testing_support::HttpResponse;
using testing_support::post_request;
using testing_support::read_response;
using testing_support::TcpClient;
using testing_support::WebSocketClient;

TEST_F(ServerTest, answers_many_requests_on_one_connection) {
    start();
    TcpClient client(port_);

    for (int i = 0; i < 100; ++i) {
        client.send(post_request(i % 2 == 0 ? genesis_call : R"({"id":2,"method":"c"})"));
        const HttpResponse response = read_response(client);
        EXPECT_EQ(response.status, 200);
        EXPECT_THAT(response.head, HasSubstr("Content-Type: application/json\r\n"));
        EXPECT_THAT(response.head, HasSubstr("X-Server-Time: "));
        EXPECT_EQ(
            response.body, i % 2 == 0 ? genesis_reply : R"({"jsonrpc":"2.0","id":2,"result":"foo"})"
        );
    }
    EXPECT_EQ(server_->stats().connections, 1U);
    EXPECT_EQ(server_->stats().http_requests, 100U);
}

TEST_F(ServerTest, answers_requests_that_were_sent_ahead_in_order) {
    start();
    TcpClient client(port_);
    std::string requests;
    for (int i = 0; i < 500; ++i) {
        const std::string_view method = i % 3 == 0 ? "c" : "genesis";
        requests += post_request(fmt::format(R"({{"id":{},"method":"{}"}})", i, method));
    }

    std::thread sender([&] { client.send(requests); });

    for (int i = 0; i < 500; ++i) {
        const HttpResponse response = read_response(client);
        ASSERT_THAT(response.body, HasSubstr(fmt::format("\"id\":{},", i)));
    }
    sender.join();
}

TEST_F(ServerTest, reads_a_request_byte_by_byte_and_in_chunks) {
    start();
    TcpClient client(port_);

    for (const char c : post_request(genesis_call)) {
        client.send({&c, 1});
    }
    EXPECT_EQ(read_response(client).body, genesis_reply);

    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "b\r\n{\"id\":1,\"me\r\n10\r\nthod\":\"genesis\"}\r\n0\r\n\r\n"
    );
    EXPECT_EQ(read_response(client).body, genesis_reply);
}

TEST_F(ServerTest, takes_the_body_when_asked_whether_it_may_come) {
    start();
    TcpClient client(port_);
    const std::string request = post_request(genesis_call, "Expect: 100-continue\r\n");
    const std::size_t head = request.size() - genesis_call.size();

    client.send(std::string_view(request).substr(0, head));
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(genesis_call);

    EXPECT_EQ(read_response(client).body, genesis_reply);
}

TEST_F(ServerTest, refuses_a_body_over_the_limit_by_its_length) {
    start({.max_body_bytes = 1000});
    TcpClient client(port_);

    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
    const HttpResponse response = read_response(client);

    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(
        response.body,
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request","data":"error reading request body: http: request body too large"}})"
    );
    EXPECT_THAT(response.head, HasSubstr("Connection: close"));
    EXPECT_TRUE(client.closed_by_peer());
    EXPECT_EQ(ask(port_, post_request(std::string(1000, ' '))).status, 500);
    EXPECT_EQ(ask(port_, post_request(std::string(1001, ' '))).status, 400);
    EXPECT_EQ(server_->stats().refused_bodies, 2U);
}

TEST_F(ServerTest, lets_a_client_read_why_its_large_body_was_refused) {
    start({.max_body_bytes = 1000});
    const std::string body(10'000'000, 'x');

    EXPECT_EQ(ask(port_, post_request(body)).status, 400);

    TcpClient client(port_);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("989680\r\n" + body);
    EXPECT_EQ(read_response(client).status, 400);
}

TEST_F(ServerTest, refuses_headers_over_the_limit_and_what_is_no_http) {
    start({.max_header_bytes = 2000});

    EXPECT_EQ(ask(port_, get_request("/", "A: " + std::string(3000, 'a') + "\r\n")).status, 431);
    EXPECT_EQ(ask(port_, "no http at all\r\n\r\n").status, 400);
    EXPECT_EQ(
        ask(port_, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)).status,
        400
    );
    EXPECT_EQ(server_->stats().refused_headers, 1U);
    EXPECT_EQ(server_->stats().refused_malformed, 2U);
}

TEST_F(ServerTest, closes_slow_and_idle_connections) {
    start({.read_timeout = 100ms, .idle_timeout = 100ms});
    TcpClient silent(port_);
    TcpClient slow(port_);
    TcpClient idle(port_);

    slow.send("POST / HTTP/1.1\r\nHost: a\r\n");
    idle.send(post_request(genesis_call));

    EXPECT_EQ(read_response(idle).status, 200);
    EXPECT_EQ(read_response(slow).status, 408);
    EXPECT_TRUE(silent.closed_by_peer());
    EXPECT_TRUE(idle.closed_by_peer());
    EXPECT_TRUE(comes_true([&] { return server_->stats().timeouts >= 1; }));
}

TEST_F(ServerTest, answers_for_a_handler_that_takes_too_long) {
    start({.request_timeout = 100ms});
    TcpClient client(port_);

    client.send(post_request(R"({"id":1,"method":"hang"})"));
    EXPECT_THAT(read_response(client).body, HasSubstr("the request was not answered in time"));

    client.send(post_request(genesis_call));
    EXPECT_EQ(read_response(client).body, genesis_reply);
    // The late answer goes nowhere.
    std::move(*hanging_.at(0)).ok("1");
    client.send(post_request(genesis_call));
    EXPECT_EQ(read_response(client).body, genesis_reply);
}

TEST_F(ServerTest, answers_a_client_that_has_finished_sending) {
    start();
    TcpClient client(port_);

    client.send(post_request(R"({"id":1,"method":"hang"})"));
    client.finish_sending();
    ASSERT_TRUE(comes_true([&] { return hanging() == 1; }));
    std::move(*hanging_.at(0)).ok("7");

    EXPECT_EQ(read_response(client).body, R"({"jsonrpc":"2.0","id":1,"result":7})");
    EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(ServerTest, drops_a_client_that_does_not_read) {
    start({.write_timeout = 200ms});
    TcpClient client(port_);
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        requests += post_request(R"({"id":1,"method":"large"})");
    }

    client.send(requests);

    EXPECT_TRUE(comes_true([&] { return server_->stats().timeouts == 1; }));
    EXPECT_TRUE(comes_true([&] { return server_->stats().open_connections == 0; }));
}

TEST_F(ServerTest, sends_large_answers_whole) {
    start();

    const HttpResponse response = ask(port_, post_request(R"({"id":1,"method":"large"})"));

    EXPECT_EQ(response.body.size(), 3'000'002 + 34U);
}

TEST_F(ServerTest, serves_paths) {
    start();

    EXPECT_EQ(ask(port_, get_request("/genesis")).body, R"({"jsonrpc":"2.0","id":-1,"result":{}})");
    EXPECT_THAT(
        ask(port_, get_request("/genesis")).head, HasSubstr("Cache-Control: public, max-age=86400")
    );
    EXPECT_EQ(
        ask(port_, get_request("/echo?height=5&tx=0x01")).body,
        R"({"jsonrpc":"2.0","id":-1,"result":{"height":5,"tx":"01"}})"
    );
    EXPECT_EQ(ask(port_, get_request("/echo?height=x")).status, 500);
    EXPECT_EQ(ask(port_, get_request("/nothing")).status, 404);
    EXPECT_EQ(ask(port_, get_request("/metrics")).status, 404);
    EXPECT_EQ(ask(port_, get_request("/websocket")).status, 400);
    EXPECT_THAT(ask(port_, get_request("/")).head, HasSubstr("Content-Type: text/html"));
    EXPECT_THAT(ask(port_, get_request("/")).body, HasSubstr("//a/genesis"));
    EXPECT_THAT(ask(port_, post_request("")).body, HasSubstr("//a/genesis"));
    EXPECT_EQ(ask(metrics_port_, get_request("/metrics")).body, "a_metric 1\n");
    EXPECT_EQ(ask(metrics_port_, get_request("/genesis")).status, 404);
    EXPECT_EQ(
        ask(port_,
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 8\r\n\r\nheight=7")
            .body,
        R"({"jsonrpc":"2.0","id":-1,"result":{"height":7}})"
    );
}

TEST_F(ServerTest, sends_no_body_to_head) {
    start();
    TcpClient client(port_);

    client.send("HEAD /genesis HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Content-Length: 37"));
    client.send(post_request(genesis_call));
    EXPECT_EQ(read_response(client).body, genesis_reply);
}

TEST_F(ServerTest, closes_when_the_client_wants_it) {
    start();
    TcpClient old(port_);
    TcpClient modern(port_);

    old.send("GET /genesis HTTP/1.0\r\n\r\n");
    modern.send(post_request(genesis_call, "Connection: close\r\n"));
    EXPECT_THAT(
        ask(port_, "GET /genesis HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head,
        HasSubstr("Connection: keep-alive\r\n")
    );

    EXPECT_EQ(read_response(old).status, 200);
    EXPECT_TRUE(old.closed_by_peer());
    EXPECT_EQ(read_response(modern).status, 200);
    EXPECT_TRUE(modern.closed_by_peer());
}

TEST_F(ServerTest, tells_whether_it_is_ready) {
    start();

    EXPECT_EQ(ask(port_, get_request("/livez")).status, 200);
    EXPECT_EQ(ask(port_, get_request("/readyz")).status, 200);
    health_ = {.state = Health::State::catching_up, .reasons = {"height 5 of 9"}};
    EXPECT_EQ(ask(port_, get_request("/readyz")).status, 206);
    health_ = {.state = Health::State::halted, .reasons = {"no space"}};
    const HttpResponse halted = ask(port_, get_request("/readyz"));
    EXPECT_EQ(halted.status, 503);
    EXPECT_EQ(halted.body, R"({"status":"halted","reasons":["no space"]})");
}

TEST_F(ServerTest, names_the_thread_that_is_stuck) {
    start();
    EXPECT_EQ(ask(port_, get_request("/livez")).body, R"({"status":"alive","reasons":[]})");
    stuck_ = "consensus";

    const HttpResponse answer = ask(port_, get_request("/livez"));

    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(
        answer.body, R"({"status":"stuck","reasons":["the thread of consensus does not answer"]})"
    );
}

TEST_F(ServerTest, lets_no_web_page_read_unless_it_is_told_to) {
    start();
    const std::string origin = "Origin: http://b.example\r\n";

    EXPECT_THAT(
        ask(port_, get_request("/genesis", origin)).head, testing::Not(HasSubstr("Access-Control"))
    );
}

TEST_F(ServerTest, lets_web_pages_of_some_origins_read) {
    start({.cors_allowed_origins = {"http://b.example"}});
    const std::string origin = "Origin: http://b.example\r\n";

    EXPECT_THAT(
        ask(port_, get_request("/genesis", origin)).head,
        HasSubstr("Access-Control-Allow-Origin: http://b.example\r\nVary: Origin\r\n")
    );
    EXPECT_THAT(
        ask(port_, get_request("/genesis", "Origin: http://c.example\r\n")).head,
        testing::Not(HasSubstr("Access-Control"))
    );
    const HttpResponse preflight =
        ask(port_, "OPTIONS / HTTP/1.1\r\nHost: a\r\n" + origin + "\r\n");
    EXPECT_EQ(preflight.status, 204);
    EXPECT_THAT(preflight.head, HasSubstr("Access-Control-Allow-Methods: HEAD, GET, POST\r\n"));
}

TEST_F(ServerTest, accepts_no_more_connections_than_allowed) {
    start({.max_open_connections = 2});
    std::optional<TcpClient> first(port_);
    TcpClient second(port_);
    first->send(post_request(genesis_call));
    second.send(post_request(genesis_call));
    EXPECT_EQ(read_response(*first).status, 200);
    EXPECT_EQ(read_response(second).status, 200);

    TcpClient third(port_);
    third.send(post_request(genesis_call));
    EXPECT_EQ(ask(metrics_port_, get_request("/metrics")).status, 200);
    EXPECT_EQ(server_->stats().http_requests, 3U);

    first.reset();
    EXPECT_EQ(read_response(third).status, 200);
}

TEST_F(ServerTest, serves_a_unix_socket) {
    const std::string path = testing::TempDir() + fmt::format("rpc_{}.sock", ::getpid());
    MethodTable table;
    auto server = Server::start({.listen_addresses = {"unix://" + path}}, table, {});
    ASSERT_TRUE(server) << server.error().message();

    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
    EXPECT_EQ((*server)->ports(), std::vector<std::uint16_t>{0});
    server->reset();
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(ServerTest, says_why_it_cannot_listen) {
    start();
    const auto taken = Server::start(
        {.listen_addresses = {fmt::format("127.0.0.1:{}", port_)}}, MethodTable(), {}
    );

    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message(), HasSubstr("Address already in use"));
    EXPECT_FALSE(Server::start({.listen_addresses = {"nowhere"}}, MethodTable(), {}));
    EXPECT_FALSE(Server::start({.listen_addresses = {"tcp://a.example:1"}}, MethodTable(), {}));
}

TEST_F(ServerTest, answers_what_was_asked_before_it_stops) {
    start();
    TcpClient client(port_);
    WebSocketClient websocket(port_);
    client.send(post_request(R"({"id":1,"method":"hang"})"));
    ASSERT_TRUE(comes_true([&] { return hanging() == 1; }));

    std::thread stopper([this] { server_->stop(5s); });
    EXPECT_EQ(websocket.read_frame()->opcode, 8);
    websocket.send_frame(8, "");
    EXPECT_TRUE(websocket.closed_by_peer());
    std::move(*hanging_.at(0)).ok("7");

    EXPECT_EQ(read_response(client).body, R"({"jsonrpc":"2.0","id":1,"result":7})");
    stopper.join();
    EXPECT_EQ(server_->stats().open_connections, 0U);
}

TEST_F(ServerTest, can_be_destroyed_under_clients_and_calls) {
    start();
    TcpClient client(port_);
    WebSocketClient websocket(port_);
    websocket.send(R"({"id":1,"method":"hang"})");
    client.send(post_request(R"({"id":1,"method":"hang"})"));
    ASSERT_TRUE(comes_true([&] { return hanging() == 2; }));

    server_->stop(10ms);
    server_.reset();

    std::move(*hanging_.at(0)).ok("7");
    hanging_.clear();
    EXPECT_TRUE(client.closed_by_peer());
}

TEST(ListenAddress, is_read_from_its_text) {
    EXPECT_EQ(parse_listen_address("tcp://127.0.0.1:26657")->port, 26657);
    EXPECT_EQ(parse_listen_address("tcp://localhost:1")->host, "127.0.0.1");
    EXPECT_EQ(parse_listen_address(":26660")->host, "");
    EXPECT_EQ(parse_listen_address("tcp://[::1]:0")->host, "::1");
    EXPECT_EQ(parse_listen_address("unix:///a/b")->unix_path, "/a/b");
    for (const char* bad : {"", "tcp://", "a", "a:", "a:65536", "a:-1", "http://a:1", "unix://"}) {
        EXPECT_FALSE(parse_listen_address(bad)) << bad;
    }
}

}  // namespace
}  // namespace steelyard::rpc
