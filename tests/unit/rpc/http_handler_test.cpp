// A server whose requests a handler of its own answers.
#include "rpc/server.h"
#include "server_fixture.h"

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

/// Says what it was asked.
class Echo final : public HttpHandler {
public:
    void handle(HttpRequest request, Dispatcher::HttpDone done) override {
        if (request.path == "/hang") {
            const std::lock_guard lock(mutex_);
            hanging_.push_back(std::move(done));
            return;
        }
        done({
            .status = 501,
            .body = fmt::format(
                "{} {} {} {} {}",
                request.method,
                request.path,
                request.query,
                request.body,
                request.header("X-Cosmos-Block-Height")
            ),
            .headers = "X-Of-The-Reply: 1\r\n",
        });
    }
    HttpReply refusal(int status, std::string_view why) const override {
        return {.status = status, .body = fmt::format("refused: {}", why)};
    }

private:
    std::mutex mutex_;
    std::vector<Dispatcher::HttpDone> hanging_;
};

class HttpHandlerTest : public testing::Test {
protected:
    std::uint16_t start(ServerConfig config = {}) {
        config.listen_addresses = {"tcp://127.0.0.1:0"};
        auto server = Server::start(std::move(config), echo_);
        EXPECT_TRUE(server);
        server_ = *std::move(server);
        return server_->ports().at(0);
    }

    Echo echo_;
    std::unique_ptr<Server> server_;
};

TEST_F(HttpHandlerTest, gets_every_request_as_it_was_sent) {
    const std::uint16_t port = start();

    const HttpResponse got =
        ask(port, get_request("/livez%2F?a=1", "x-cosmos-block-height: 5\r\n"));
    EXPECT_EQ(got.status, 501);
    EXPECT_THAT(got.head, HasSubstr("501 Not Implemented\r\n"));
    EXPECT_THAT(got.head, HasSubstr("X-Of-The-Reply: 1\r\n"));
    EXPECT_EQ(got.body, "GET /livez%2F a=1  5");

    EXPECT_EQ(ask(port, post_request("body")).body, "POST /  body ");
}

TEST_F(HttpHandlerTest, answers_many_requests_on_one_connection_in_order) {
    TcpClient client(start());
    for (int i = 0; i < 50; ++i) {
        client.send(get_request(fmt::format("/{}", i)));
    }
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(read_response(client).body, fmt::format("GET /{}   ", i));
    }
}

TEST_F(HttpHandlerTest, words_the_refusals_of_the_server) {
    ServerConfig config;
    config.max_body_bytes = 10;
    config.request_timeout = 50ms;
    const std::uint16_t port = start(config);

    const HttpResponse large = ask(port, post_request("more than ten"));
    EXPECT_EQ(large.status, 413);
    EXPECT_EQ(large.body, "refused: the body is over 10 bytes");

    const HttpResponse late = ask(port, get_request("/hang"));
    EXPECT_EQ(late.status, 504);
    EXPECT_EQ(late.body, "refused: the request was not answered in time");
}

TEST_F(HttpHandlerTest, opens_no_websocket) {
    const HttpResponse response =
        ask(start(),
            get_request(
                "/websocket",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            ));

    EXPECT_EQ(response.status, 501);
}

TEST_F(HttpHandlerTest, lets_only_allowed_pages_read) {
    ServerConfig config;
    config.cors_allowed_origins = {"https://a.example"};
    const std::uint16_t port = start(config);

    EXPECT_THAT(
        ask(port, get_request("/", "Origin: https://a.example\r\n")).head,
        HasSubstr("Access-Control-Allow-Origin: https://a.example\r\n")
    );
    EXPECT_THAT(
        ask(port, get_request("/", "Origin: https://b.example\r\n")).head,
        testing::Not(HasSubstr("Access-Control"))
    );
}

}  // namespace
}  // namespace steelyard::rpc
