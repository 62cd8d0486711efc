#include "rpc/market/market_routes.h"

#include "base/hex.h"
#include "client/receipt.h"
#include "tests/unit/rpc/market/market_node.h"

namespace steelyard::rpc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(MarketMethods, list_classes_and_providers_by_pages) {
    bench.matched();
    const auto classes = call("market_listClasses");
    EXPECT_EQ(classes.at("height").as_int64(), 6);
    ASSERT_EQ(classes.at("classes").as_array().size(), 1U);
    EXPECT_EQ(text(classes.at("classes").at(0).at("name")), "cpu.small");
    EXPECT_EQ(classes.at("classes").at(0).at("id").as_int64(), 1);
    EXPECT_EQ(text(classes.at("classes").at(0).at("wu_per_second_floor")), "10") << "as a text";
    EXPECT_TRUE(classes.at("next_cursor").is_null());
    EXPECT_FALSE(classes.contains("pagination"));

    auto page = call("market_listProviders", R"({"limit":1})");
    ASSERT_EQ(page.at("providers").as_array().size(), 1U);
    const std::string first = text(page.at("providers").at(0).at("address"));
    const std::string cursor = text(page.at("next_cursor"));
    page = call("market_listProviders", R"({"limit":1,"cursor":")" + cursor + "\"}");
    ASSERT_EQ(page.at("providers").as_array().size(), 1U);
    EXPECT_NE(text(page.at("providers").at(0).at("address")), first);
    EXPECT_TRUE(page.at("next_cursor").is_null());

    const auto provider = call("market_getProvider", R"({"provider":")" + address(1) + "\"}");
    EXPECT_EQ(text(provider.at("provider").at("bond")), "1000000000");
    EXPECT_EQ(provider.at("provider").at("is_jailed").as_bool(), false);
}

TEST_F(MarketMethods, tell_of_orders_and_jobs) {
    const auto id = bench.matched();
    const std::string order = to_string(id.order);
    const auto found = call("market_getOrder", R"({"order_id":)" + order + "}");
    EXPECT_EQ(text(found.at("order").at("order_id")), order);
    EXPECT_EQ(text(found.at("order").at("program")), to_hex(bench.market.program));
    EXPECT_TRUE(found.at("order").at("posted_height").is_int64());
    EXPECT_FALSE(found.contains("next_cursor")) << "it is no page";
    EXPECT_EQ(call("market_getOrder", R"({"order_id":")" + order + "\"}"), found)
        << "as a text too";

    const auto job = call("market_getJob", R"({"order_id":)" + order + R"(,"task":0})");
    EXPECT_EQ(text(job.at("job").at("state")), "matched");
    EXPECT_TRUE(job.at("job").at("commitment").is_null());
    EXPECT_EQ(text(job.at("job").at("wait").at("kind")), "start");
    EXPECT_THAT(text(job.at("job").at("wait").at("time")), StartsWith("2023-11-1"));
    EXPECT_EQ(text(job.at("job").at("assignment").at("price")), "50000");
    const auto explained = call("market_explainUnmatched", R"({"order_id":)" + order + "}");
    EXPECT_EQ(text(explained.at("state")), "matched");
}

TEST_F(MarketMethods, list_what_accounts_have_the_newest_first) {
    const auto first = bench.matched();
    const auto second = bench.market.order(bench.market.person(10), bench.market.terms(1));
    bench.market.end_block();
    const auto orders = call("market_listOrders", R"({"user":")" + address(10) + "\"}");
    ASSERT_EQ(orders.at("orders").as_array().size(), 2U);
    EXPECT_EQ(text(orders.at("orders").at(0).at("order_id")), to_string(second.order));
    auto page = call("market_listOrders", R"({"limit":1,"user":")" + address(10) + "\"}");
    page = call(
        "market_listOrders",
        R"({"limit":1,"user":")" + address(10) + R"(","cursor":")" + text(page.at("next_cursor")) +
            "\"}"
    );
    EXPECT_EQ(text(page.at("orders").at(0).at("order_id")), to_string(first.order));
    EXPECT_TRUE(page.at("next_cursor").is_null());
    const auto all = call("market_listOrders");
    EXPECT_EQ(text(all.at("orders").at(0).at("order_id")), to_string(first.order));
    const auto jobs =
        call("market_listJobs", R"({"only_live":true,"provider":")" + address(1) + "\"}");
    ASSERT_EQ(jobs.at("jobs").as_array().size(), 1U);
    EXPECT_THAT(
        refusal("market_listJobs"),
        StartsWith("-32602 invalid_params: 0 of order_id, provider and worker")
    );
}

TEST_F(MarketMethods, tell_of_books_trades_and_prices) {
    bench.matched();
    const auto book = call("market_orderBook", R"({"class_id":1,"depth":1})");
    ASSERT_EQ(book.at("asks").as_array().size(), 1U);
    EXPECT_EQ(text(book.at("asks").at(0).at("price")), "50000000");
    EXPECT_EQ(book.at("has_more_asks").as_bool(), true);
    EXPECT_TRUE(book.at("proof").is_null());
    const auto trades = call("market_trades", R"({"class_id":1})");
    ASSERT_EQ(trades.at("trades").as_array().size(), 1U);
    EXPECT_EQ(text(trades.at("trades").at(0).at("user")), address(10));
    EXPECT_EQ(text(call("market_priceIndex", R"({"class_id":1})").at("price")), "50000000");
    const auto stats = call("market_stats");
    EXPECT_EQ(text(stats.at("classes").at(0).at("counters").at("matches")), "1");
    const auto estimate = call(
        "market_estimateOrder",
        R"({"class_id":1,"limit_price":"1000000000","program":")" + to_hex(bench.market.program) +
            "\"}"
    );
    EXPECT_EQ(text(estimate.at("job_escrow")), "1000000");
}

TEST_F(MarketMethods, give_receipts) {
    const auto id = bench.matched();
    bench.commit();
    const auto result = call("market_getReceipt", R"({"order_id":)" + to_string(id.order) + "}");
    EXPECT_EQ(text(result.at("receipt").at("state")), "matched");
    const auto receipt = client::parse_receipt(boost::json::serialize(result));
    EXPECT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(
        refusal("market_getReceipt", R"({"order_id":99})"), "-32001 not_found: job 99/0 not found"
    );
    EXPECT_THAT(
        refusal("market_getReceipt", R"({"order_id":-1})"), StartsWith("-32602 invalid_params: ")
    );
}

TEST_F(MarketMethods, tell_what_a_worker_told) {
    const auto told = call("market_jobProgress", R"({"order_id":7,"task":2})");
    EXPECT_EQ(text(told.at("order_id")), "7");
    EXPECT_EQ(told.at("task").as_int64(), 2);
    EXPECT_EQ(text(told.at("stage")), "running");
    EXPECT_EQ(text(told.at("done")), "18446744073709551615");
    EXPECT_EQ(text(told.at("time")), "2023-11-14T22:13:20Z");
    EXPECT_EQ(
        refusal("market_jobProgress", R"({"order_id":8})"),
        "-32001 not_found: no worker of this node has told of job 8/0"
    );
}

TEST_F(MarketMethods, refuse_strictly) {
    bench.market.person(10);
    EXPECT_EQ(
        refusal("market_getOrder"),
        "-32602 invalid_params: error converting json params to arguments: missing required "
        "parameter order_id"
    );
    EXPECT_EQ(
        refusal("market_getOrder", R"({"order_id":1,"orderId":2})"),
        "-32602 invalid_params: there is no parameter orderId"
    );
    EXPECT_EQ(
        refusal("market_getOrder", R"({"order_id":7})"), "-32001 not_found: order 7 not found"
    );
    EXPECT_EQ(
        refusal("market_getOrder", R"({"order_id":-7})"),
        "-32602 invalid_params: order_id: -7 is out of range"
    );
    EXPECT_EQ(
        refusal("market_orderBook", R"({"class_id":4294967296})"),
        "-32602 invalid_params: class_id: 4294967296 is out of range"
    );
    for (const std::string_view limit : {"0", "-1", "1001"}) {
        EXPECT_THAT(
            refusal("market_listClasses", fmt::format(R"({{"limit":{}}})", limit)),
            HasSubstr("must be from 1 to 1000")
        );
    }
    EXPECT_THAT(
        refusal("market_listOrders", R"({"cursor":"00","user":")" + address(10) + "\"}"),
        HasSubstr("page key has 1 bytes, not 12")
    );
    EXPECT_THAT(
        refusal("market_listClasses", R"({"cursor":"xyz"})"), StartsWith("-32602 invalid_params: ")
    );
    EXPECT_THAT(
        refusal("market_getProvider", R"({"provider":"nobody"})"),
        StartsWith("-32602 invalid_params: ")
    );
    EXPECT_EQ(
        refusal("market_orderBook", R"({"class_id":1,"depth":51,"prove":true})"),
        "-32602 invalid_params: depth is 51, must be at most 50 with prove"
    );
    app.is_down = true;
    EXPECT_EQ(
        refusal("market_stats"), "-32002 unavailable: a block was executed and is not committed"
    );
}

/// What an answer is, the document says.
TEST_F(MarketMethods, describe_their_answers) {
    bench.matched();
    const auto document = call("rpc.discover");
    std::size_t methods = 0;
    for (const auto& method : document.at("methods").as_array()) {
        const std::string name = text(method.at("name"));
        ASSERT_THAT(name, StartsWith("market_"));
        ++methods;
        const auto& schema = method.at("result").at("schema").as_object();
        if (name != "market_listClasses" && name != "market_stats") {
            continue;
        }
        const auto answer = call(name);
        std::set<std::string> described;
        for (const auto& part : schema.at("allOf").as_array()) {
            for (const auto& member : part.at("properties").as_object()) {
                described.insert(std::string(std::string_view(member.key())));
            }
        }
        std::set<std::string> given;
        for (const auto& member : answer) {
            given.insert(std::string(std::string_view(member.key())));
        }
        EXPECT_EQ(described, given) << name;
    }
    EXPECT_EQ(methods, 15U);
}

}  // namespace
}  // namespace steelyard::rpc
