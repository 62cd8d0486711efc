// A market behind the methods market_*, without a node.
#pragma once

#include "base/check.h"
#include "ledger/app/store_query.h"
#include "ledger/queries/query_table.h"
#include "ledger/state/values.h"
#include "rpc/dispatcher.h"
#include "rpc/market/market_routes.h"
#include "tests/support/market/receipt_bench.h"
#include "tests/unit/rpc/test_methods.h"

#include <gmock/gmock.h>
#include <boost/json.hpp>

namespace steelyard::rpc {

/// Answers queries of the market that stands, and of the stores that were committed.
class MarketApp final : public AppView {
public:
    explicit MarketApp(test::ReceiptBench& bench) : bench_(bench) {}

    Result<abci::ApplicationInfo> info() override { return abci::ApplicationInfo{}; }
    Result<abci::CheckTxResult> check_tx(ByteView) override { return abci::CheckTxResult{}; }

    Result<abci::QueryResult> query(const abci::QueryRequest& request) override {
        if (is_down) {
            return fail(ErrorCode::io, "a block was executed and is not committed");
        }
        if (ledger::is_store_path(request.path)) {
            return ledger::query_store(bench_.tree(), request, test::ReceiptBench::state_height);
        }
        test::MarketBench& market = bench_.market;
        const queries::QueryMethod* const method = queries::find_query_method(request.path);
        CHECK(method != nullptr);
        auto value = queries::ask(
            *method, {market.state(), market.block, market.params, &market.listings()}, request.data
        );
        const chain::Height height = test::ReceiptBench::state_height;
        if (!value) {
            const ledger::Failure failure = queries::abci_failure(value.error());
            return abci::QueryResult{
                .code = failure.kind.code,
                .log = failure.log,
                .height = height,
                .codespace = std::string(failure.kind.codespace),
            };
        }
        return abci::QueryResult{.value = *std::move(value), .height = height};
    }

    bool is_down = false;

private:
    test::ReceiptBench& bench_;
};

class MarketMethods : public testing::Test {
protected:
    MarketMethods() {
        MethodTable table("1.0.0");
        add_market_routes(
            table,
            {.app = app,
             .progress = [](const JobName& name) { return progress_of(name); },
             .receipt = [this](const JobName& name
                        ) { return bench.document({market::OrderId{name.order_id}, name.task}); }}
        );
        dispatcher = std::make_unique<Dispatcher>(std::move(table), DispatchLimits());
    }

    /// Of job 7/2 alone.
    static std::optional<JobProgress> progress_of(const JobName& name) {
        if (name.order_id != 7 || name.task != 2) {
            return std::nullopt;
        }
        return JobProgress{
            .stage = "running",
            .done = std::numeric_limits<std::uint64_t>::max(),
            .of = 1,
            .line = "steps 1 1",
            .time = *chain::Timestamp::from_unix(1'700'000'000),
        };
    }

    /// The response to a call by POST.
    boost::json::object respond(std::string_view method, std::string_view params = "{}") {
        const std::string body =
            fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, params);
        std::string reply;
        dispatcher->post(body, std::make_shared<TestClient>(), [&](HttpReply got) {
            reply = std::move(got.body);
        });
        return boost::json::parse(reply).as_object();
    }

    boost::json::object call(std::string_view method, std::string_view params = "{}") {
        boost::json::object response = respond(method, params);
        const auto* const result = response.if_contains("result");
        EXPECT_NE(result, nullptr) << boost::json::serialize(response);
        return result == nullptr ? boost::json::object() : result->as_object();
    }

    /// "-32602 invalid_params: detail".
    std::string refusal(std::string_view method, std::string_view params = "{}") {
        const boost::json::object response = respond(method, params);
        const auto* const error = response.if_contains("error");
        if (error == nullptr) {
            return "no error";
        }
        return fmt::format(
            "{} {}: {}",
            error->at("code").as_int64(),
            std::string_view(error->at("data").at("code").as_string()),
            std::string_view(error->at("data").at("detail").as_string())
        );
    }

    std::string address(int number) const {
        return ledger::account_text(bench.market.address(number));
    }

    test::ReceiptBench bench;
    MarketApp app{bench};
    std::unique_ptr<Dispatcher> dispatcher;
};

inline std::string text(const boost::json::value& value) {
    return std::string(std::string_view(value.as_string()));
}

}  // namespace steelyard::rpc
