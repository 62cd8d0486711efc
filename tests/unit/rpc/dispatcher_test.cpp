#include "rpc/dispatcher.h"

#include "test_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <deque>

namespace steelyard::rpc {
namespace {

using testing::HasSubstr;

/// Calls that wait for an answer, and the tools to give it.
class Slow {
public:
    Method method() {
        return {
            .name = "slow",
            .handler =
                [this](Call, Responder responder) { waiting_.push_back(std::move(responder)); },
            .run_on = RunOn::io_thread,
        };
    }

    std::size_t waiting() const { return waiting_.size(); }

    void answer_last(std::string result) {
        Responder responder = std::move(waiting_.back());
        waiting_.pop_back();
        std::move(responder).ok(std::move(result));
    }

private:
    std::deque<Responder> waiting_{};
};

class DispatcherTest : public testing::Test {
protected:
    HttpReply post(std::string_view body) {
        std::optional<HttpReply> out;
        dispatcher_.post(body, client_, [&](HttpReply reply) { out = std::move(reply); });
        EXPECT_TRUE(out) << body;
        return out.value_or(HttpReply{});
    }

    HttpReply get(std::string_view name, std::string_view query) {
        std::optional<HttpReply> out;
        dispatcher_.get(name, query, client_, [&](HttpReply reply) { out = std::move(reply); });
        EXPECT_TRUE(out);
        return out.value_or(HttpReply{});
    }

    std::string websocket(std::string_view message) {
        std::optional<std::string> out;
        dispatcher_.websocket(message, client_, [&](std::string reply) { out = std::move(reply); });
        EXPECT_TRUE(out);
        return out.value_or("");
    }

    std::shared_ptr<Client> client_ = std::make_shared<TestClient>();
    Dispatcher dispatcher_{test_table(), {.batch_size_max = 5}};
};

TEST_F(DispatcherTest, answers_a_request) {
    const HttpReply reply =
        post(R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{"height":"3"}})");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "application/json");
    EXPECT_EQ(reply.body, R"({"jsonrpc":"2.0","id":1,"result":{"height":3}})");
}

TEST_F(DispatcherTest, sends_an_id_back_as_it_came) {
    for (const std::string id :
         {"1",
          "-1",
          "0",
          "1.50",
          "123456789012345678901234567890",
          "\"abc\"",
          R"("\u0061<")",
          "\"\"",
          "null"}) {
        EXPECT_EQ(
            post(R"({"id":)" + id + R"(,"method":"genesis"})").body,
            R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{}})"
        );
    }
}

TEST_F(DispatcherTest, gives_no_reply_to_a_notification) {
    for (const std::string_view body :
         {R"({"jsonrpc":"2.0"})",
          R"({"jsonrpc":"2.0","method":"genesis"})",
          R"([{"method":"genesis"},{"method":"nothing"}])"}) {
        const HttpReply reply = post(body);
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, "");
    }
    EXPECT_EQ(websocket(R"({"method":"genesis"})"), "");
}

TEST_F(DispatcherTest, answers_a_batch_in_its_order) {
    const HttpReply reply = post(
        R"([{"id":1,"method":"genesis"},{"method":"genesis"},{"id":"b","method":"x"},{"id":3,"method":"c"}])"
    );

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(
        reply.body,
        R"([{"jsonrpc":"2.0","id":1,"result":{}},)"
        R"({"jsonrpc":"2.0","id":"b","error":{"code":-32601,"message":"Method not found"}},)"
        R"({"jsonrpc":"2.0","id":3,"result":"foo"}])"
    );
}

TEST_F(DispatcherTest, answers_a_batch_of_one_with_an_object) {
    EXPECT_EQ(
        post(R"([{"method":"c"},{"id":1,"method":"genesis"}])").body,
        R"({"jsonrpc":"2.0","id":1,"result":{}})"
    );
}

TEST_F(DispatcherTest, refuses_a_batch_over_the_limit) {
    std::string batch = "[1,2,3,4,5";

    const HttpReply reply = post(batch + ",6]");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(
        reply.body,
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request","data":"batch request exceeds maximum (5) allowed number of requests"}})"
    );
    EXPECT_EQ(post(batch + "]").status, 500);
    EXPECT_THAT(post("[]").body, HasSubstr("-32600"));
}

TEST_F(DispatcherTest, reports_what_it_cannot_read) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"{", "unexpected end of JSON input"},
        {R"({"method": "c", "id": "0", "params": a})",
         "invalid character 'a' looking for beginning of value"},
        {"5", "json: cannot unmarshal number into Go value of type types.RPCRequest"},
        {"[5]", "json: cannot unmarshal number into Go value of type types.RPCRequest"},
        {R"({"id":{},"method":"c"})",
         "json-rpc ID ({}) is of unknown type (map[string]interface {})"},
        {R"([{"id":1,"method":"c"},{"id":[],"method":"c"}])",
         "json-rpc ID ([]) is of unknown type ([]interface {})"},
        {R"({"id":true})", "json-rpc ID (true) is of unknown type (bool)"},
        {R"({"id":1,"method":5})",
         "json: cannot unmarshal number into Go struct field .method of type string"},
        {R"({"id":1,"jsonrpc":2})",
         "json: cannot unmarshal number into Go struct field .jsonrpc of type string"},
    };
    for (const auto& [body, error] : cases) {
        const HttpReply reply = post(body);
        EXPECT_EQ(reply.status, 500) << body;
        EXPECT_FALSE(reply.cacheable);
        EXPECT_EQ(
            reply.body,
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error. Invalid JSON","data":"error unmarshaling request: )" +
                error + "\"}}"
        );
    }
}

TEST_F(DispatcherTest, names_the_error_with_its_code) {
    const auto error = [this](std::string_view rest) {
        const HttpReply reply = post(fmt::format(R"({{"id":9,{}}})", rest));
        EXPECT_EQ(reply.status, 200) << rest;
        constexpr std::string_view head = R"({"jsonrpc":"2.0","id":9,"error":)";
        EXPECT_TRUE(reply.body.starts_with(head)) << reply.body;
        return reply.body.substr(head.size(), reply.body.size() - head.size() - 1);
    };

    EXPECT_EQ(error(R"("method":"y")"), R"({"code":-32601,"message":"Method not found"})");
    EXPECT_EQ(error(R"("params":[])"), R"({"code":-32601,"message":"Method not found"})");
    EXPECT_EQ(
        error(R"("method":"subscribe","params":{"query":"a"})"),
        R"({"code":-32601,"message":"Method not found"})"
    );
    EXPECT_EQ(
        error(R"("method":"c","params":["a"])"),
        R"x({"code":-32602,"message":"Invalid params","data":"error converting json params to arguments: expected 2 parameters ([s i]), got 1 ([[34 97 34]])"})x"
    );
    EXPECT_EQ(
        error(R"("method":"block","params":{"height":"-1"})"),
        R"({"code":-32603,"message":"Internal error","data":"height must be greater than 0, but got -1"})"
    );
    EXPECT_EQ(
        error(R"("method":"forgetful")"),
        R"({"code":-32603,"message":"Internal error","data":"the request was dropped without an answer"})"
    );
    EXPECT_THAT(error(R"("method":"needy")"), HasSubstr("missing required parameter what"));
}

TEST_F(DispatcherTest, says_what_may_be_cached) {
    EXPECT_TRUE(post(R"({"id":1,"method":"block","params":["1"]})").cacheable);
    EXPECT_FALSE(post(R"({"id":1,"method":"block","params":["0"]})").cacheable);
    EXPECT_FALSE(post(R"({"id":1,"method":"block"})").cacheable);
    EXPECT_FALSE(post(R"({"id":1,"method":"block","params":["-1"]})").cacheable);
    EXPECT_FALSE(post(R"({"id":1,"method":"c"})").cacheable);
    EXPECT_TRUE(get("genesis", "").cacheable);
    EXPECT_TRUE(
        post(R"([{"id":1,"method":"genesis"},{"id":2,"method":"block","params":["1"]}])").cacheable
    );
    EXPECT_FALSE(post(R"([{"id":1,"method":"genesis"},{"id":2,"method":"c"}])").cacheable);
}

TEST_F(DispatcherTest, serves_get) {
    const HttpReply reply = get("echo", "height=5&query=%22x%22");

    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, R"({"jsonrpc":"2.0","id":-1,"result":{"height":5,"query":"x"}})");
}

TEST_F(DispatcherTest, refuses_get_as_cometbft_does) {
    EXPECT_EQ(get("nothing", "").status, 404);
    EXPECT_EQ(get("nothing", "").body, "404 page not found\n");
    EXPECT_EQ(get("subscribe", "query=%22a%22").status, 404);
    EXPECT_THAT(get("subscribe", "").body, HasSubstr("-32601"));
    EXPECT_EQ(get("echo", "height=a").status, 500);
    EXPECT_EQ(
        get("echo", "height=a").body,
        R"({"jsonrpc":"2.0","id":-1,"error":{"code":-32602,"message":"Invalid params","data":"error converting http params to arguments: invalid character 'a' looking for beginning of value"}})"
    );
    EXPECT_EQ(get("block", "height=-1").status, 500);
    EXPECT_FALSE(get("block", "height=-1").cacheable);
}

TEST_F(DispatcherTest, serves_websocket_messages) {
    EXPECT_EQ(
        websocket(R"({"id":"x","method":"subscribe","params":{"query":"a"}})"),
        R"({"jsonrpc":"2.0","id":"x","result":{}})"
    );
    EXPECT_THAT(websocket("{"), HasSubstr("-32700"));
    EXPECT_THAT(websocket("[]"), HasSubstr("-32700"));
    EXPECT_THAT(websocket(R"({"id":1,"method":"x"})"), HasSubstr("-32601"));
    EXPECT_EQ(
        websocket(R"({"id":1,"method":"c","params":5})"),
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error","data":"error converting json params to arguments: unknown type for JSON params: json: cannot unmarshal number into Go value of type []json.RawMessage. Expected map or array"}})"
    );
}

TEST_F(DispatcherTest, tells_of_itself) {
    const auto reply = boost::json::parse(post(R"({"id":1,"method":"rpc.discover"})").body);

    EXPECT_EQ(reply.at("result").at("openrpc").as_string(), "1.2.6");
    EXPECT_THAT(dispatcher_.endpoint_list("h"), HasSubstr("genesis"));
}

TEST(Dispatcher, runs_a_batch_a_few_calls_at_a_time) {
    Slow slow;
    MethodTable table;
    table.add(slow.method());
    const Dispatcher dispatcher(std::move(table), {.batch_in_flight_max = 2});
    std::optional<HttpReply> out;
    std::string body =
        R"([{"id":0,"method":"slow"},{"id":1,"method":"slow"},{"id":2,"method":"slow"}])";

    dispatcher.post(body, std::make_shared<TestClient>(), [&](HttpReply r) { out = std::move(r); });
    body.assign(body.size(), 'x');

    EXPECT_EQ(slow.waiting(), 2U);
    slow.answer_last("1");
    EXPECT_EQ(slow.waiting(), 2U);
    slow.answer_last("2");
    EXPECT_FALSE(out);
    slow.answer_last("0");
    ASSERT_TRUE(out);
    EXPECT_EQ(
        out->body,
        R"([{"jsonrpc":"2.0","id":0,"result":0},{"jsonrpc":"2.0","id":1,"result":1},{"jsonrpc":"2.0","id":2,"result":2}])"
    );
}

TEST(Dispatcher, bounds_what_a_batch_answers) {
    const Dispatcher dispatcher(test_table(), {.batch_response_size_max = 10});
    std::optional<HttpReply> out;

    dispatcher.post(
        R"([{"id":1,"method":"genesis"},{"id":2,"method":"genesis"}])",
        std::make_shared<TestClient>(),
        [&](HttpReply r) { out = std::move(r); }
    );

    ASSERT_TRUE(out);
    EXPECT_THAT(out->body, HasSubstr(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    EXPECT_THAT(out->body, HasSubstr("batch response is over 10 bytes"));
}

TEST(Dispatcher, hands_slow_methods_to_the_executor) {
    std::vector<std::move_only_function<void()>> tasks;
    const Dispatcher dispatcher(test_table(), {}, [&](std::move_only_function<void()> task) {
        tasks.push_back(std::move(task));
    });
    std::vector<std::string> replies;
    const auto post = [&](std::string_view body) {
        dispatcher.post(body, std::make_shared<TestClient>(), [&](HttpReply reply) {
            replies.push_back(std::move(reply.body));
        });
    };

    post(R"({"id":1,"method":"c"})");
    post(R"({"id":2,"method":"genesis"})");

    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(replies.size(), 1U);
    tasks[0]();
    EXPECT_EQ(replies.size(), 2U);
}

}  // namespace
}  // namespace steelyard::rpc
