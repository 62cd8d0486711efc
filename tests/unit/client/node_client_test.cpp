#include "client/node_client.h"

#include "client/account.h"
#include "cosmos/bank/v1beta1/query.pb.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <thread>

namespace steelyard::client {
namespace {

/// A server on loopback that gives one answer, and keeps the request.
class OneAnswer {
public:
    explicit OneAnswer(std::string body) : body_(std::move(body)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const raw = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_, raw, size), 0);
        EXPECT_EQ(::getsockname(listener_, raw, &size), 0);
        EXPECT_EQ(::listen(listener_, 1), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;
    ~OneAnswer() { finish(); }

    NodeClient client() const {
        return NodeClient(
            {.endpoint = {.host = "127.0.0.1", .port = port_},
             .timeout = std::chrono::milliseconds(5'000)}
        );
    }

    /// The request's body, once it was answered.
    std::string request() {
        finish();
        return request_.substr(std::min(request_.find("\r\n\r\n"), request_.size()));
    }

private:
    void serve() {
        const int peer = ::accept(listener_, nullptr, nullptr);
        char buffer[4096];
        while (request_.find("\r\n\r\n") == std::string::npos || !request_.ends_with('}')) {
            const ssize_t got = ::read(peer, buffer, sizeof(buffer));
            if (got <= 0) {
                break;
            }
            request_.append(buffer, static_cast<std::size_t>(got));
        }
        const std::string answer =
            "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n" +
            body_;
        EXPECT_EQ(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL), std::ssize(answer));
        ::close(peer);
    }

    void finish() {
        if (thread_.joinable()) {
            ::shutdown(listener_, SHUT_RDWR);
            thread_.join();
            ::close(listener_);
        }
    }

    std::string body_;
    std::string request_{};
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_{};
};

std::string result(std::string_view value) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":1,"result":{}}})", value);
}

TEST(NodeClient, reads_the_status) {
    OneAnswer node(result(R"({"node_info":{"network":"yard-1"},)"
                          R"("sync_info":{"latest_block_height":"7","catching_up":false}})"));

    const auto status = node.client().status();

    ASSERT_TRUE(status) << status.error().message();
    EXPECT_EQ(status->chain_id.text(), "yard-1");
    EXPECT_EQ(status->height.value(), 7);
    EXPECT_NE(node.request().find(R"("method":"status","params":{})"), std::string::npos);
}

TEST(NodeClient, asks_the_application_in_protobuf) {
    OneAnswer node(result(R"({"response":{"code":0,"value":"CgsKBXV5YXJkEgI0Mg==","log":""}})"));
    cosmos::bank::v1beta1::QueryBalanceRequest request;
    request.set_address("a");
    cosmos::bank::v1beta1::QueryBalanceResponse answer;

    const auto asked = node.client().query("/cosmos.bank.v1beta1.Query/Balance", request, answer);

    ASSERT_TRUE(asked) << asked.error().message();
    EXPECT_EQ(answer.balance().amount(), "42");
    EXPECT_NE(
        node.request().find(R"("path":"/cosmos.bank.v1beta1.Query/Balance","data":"0a0161")"),
        std::string::npos
    );
}

TEST(NodeClient, tells_what_is_missing_from_what_is_refused) {
    OneAnswer missing(result(
        R"({"response":{"code":22,"codespace":"sdk","log":"rpc error: code = NotFound desc = x"}})"
    ));
    EXPECT_EQ(find_account(missing.client(), "yard1x").error().code(), ErrorCode::not_found);

    OneAnswer refused(result(R"({"response":{"code":18,"codespace":"sdk","log":"no\nsuch"}})"));
    const auto error = find_account(refused.client(), "yard1x").error();
    EXPECT_EQ(error.code(), ErrorCode::invalid);
    EXPECT_EQ(error.message(), "no such");

    OneAnswer no_tx(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error",)"
                    R"("data":"tx (AB) not found"}})");
    EXPECT_EQ(no_tx.client().tx({}).error(), Error(ErrorCode::not_found, "tx (AB) not found"));
}

TEST(NodeClient, reads_a_committed_transaction) {
    const std::string hash(64, 'A');
    OneAnswer node(result(fmt::format(
        R"({{"hash":"{}","height":"5","index":2,"tx":"AQI=","tx_result":{{"code":5,"data":null,)"
        R"("log":"no money","info":"","gas_wanted":"9","gas_used":"8","codespace":"sdk",)"
        R"("events":[{{"type":"tx","attributes":[{{"key":"fee","value":"1uyard","index":true}}]}}]}}}})",
        hash
    )));

    const auto found = node.client().tx({});

    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->height.value(), 5);
    EXPECT_EQ(found->result.code, 5U);
    EXPECT_EQ(found->result.events.at(0).attributes.at(0).value, "1uyard");
    EXPECT_EQ(found->tx, (Bytes{1, 2}));
}

TEST(NodeClient, refuses_answers_of_another_form) {
    for (const std::string& body : {
             std::string("not json"),
             std::string("[]"),
             std::string("{}"),
             result("7"),
             result(R"({"node_info":{"network":7},"sync_info":{}})"),
             result(R"({"node_info":{"network":"yard-1"},)"
                    R"("sync_info":{"latest_block_height":"-7","catching_up":false}})"),
             result(std::string(100, '[') + std::string(100, ']')),
         }) {
        OneAnswer node(body);
        EXPECT_EQ(node.client().status().error().code(), ErrorCode::corrupt) << body;
    }
}

TEST(NodeClient, tells_where_nobody_listens) {
    const NodeClient node({.endpoint = {.host = "127.0.0.1", .port = 1}});

    const auto error = node.status().error();

    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_NE(error.message().find("127.0.0.1:1"), std::string::npos);
}

TEST(NodeAddress, is_read_as_people_write_it) {
    for (const std::string_view text :
         {"tcp://127.0.0.1:26657", "http://127.0.0.1:26657/", "127.0.0.1:26657"}) {
        EXPECT_EQ(parse_node(text).value(), (Endpoint{"127.0.0.1", 26657})) << text;
    }
    EXPECT_EQ(parse_node("https://a:1").error().code(), ErrorCode::unsupported);
    EXPECT_FALSE(parse_node("tcp://127.0.0.1"));
}

}  // namespace
}  // namespace steelyard::client
