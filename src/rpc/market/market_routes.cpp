#include "rpc/market/market_routes.h"

#include "base/check.h"
#include "proto/plain_json.h"
#include "rpc/dispatcher.h"
#include "rpc/json_writer.h"
#include "rpc/market/book_proof.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/receipt.pb.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <mutex>
#include <span>

namespace steelyard::rpc {
namespace {

using namespace ::steelyard::market::v1;
using google::protobuf::Message;

const ParamSpec class_id{"class_id", ParamType::integer, "of the class", true};
const ParamSpec order_id{"order_id", ParamType::integer, "of the order", true};
const ParamSpec task{"task", ParamType::integer, "of an array; absent: 0"};
const ParamSpec limit{"limit", ParamType::integer, "the most rows of a page, from 1 to 1000"};
const ParamSpec cursor{"cursor", ParamType::hex, "next_cursor of the page before"};
const ParamSpec provider{"provider", ParamType::string, "its address", true};

/// A method that is a query: its parameters are the request's fields.
struct QueryRow {
    std::string_view name;
    std::string_view query;
    std::string_view summary;
    std::vector<ParamSpec> params;
    const Message& request;   ///< empty ones, to make others of
    const Message& response;  ///< likewise
    bool is_newest_first = false;
};

template <typename Request, typename Response>
QueryRow row(
    std::string_view name,
    std::string_view query,
    std::string_view summary,
    std::vector<ParamSpec> params,
    bool is_newest_first = false
) {
    return {
        name,
        query,
        summary,
        std::move(params),
        Request::default_instance(),
        Response::default_instance(),
        is_newest_first
    };
}

// clang-format off: a table reads best with a row to each method.
std::vector<QueryRow> query_rows() {
    return {
        row<QueryClassesRequest, QueryClassesResponse>("market_listClasses", "Classes",
            "The classes of workers.", {limit, cursor}),
        row<QueryEstimateRequest, QueryEstimateResponse>("market_estimateOrder", "Estimate",
            "What an order would cost, and how long its jobs could take.",
            {class_id, {"program", ParamType::hex, "its id", true},
             {"limit_price", ParamType::integer, "for 10^6 work units; absent: the best ask's"},
             {"tasks", ParamType::integer, "absent: 1"}}),
        row<QueryOrderRequest, QueryOrderResponse>("market_getOrder", "Order",
            "An order.", {order_id}),
        row<QueryOrdersRequest, QueryOrdersResponse>("market_listOrders", "Orders",
            "Orders: a user's the newest first, or all by number.",
            {{"user", ParamType::string, "an address; absent: of all"},
             {"only_open", ParamType::boolean, "those that are not final"}, limit, cursor}, true),
        row<QueryJobRequest, QueryJobResponse>("market_getJob", "Job",
            "A job: one run of an order.", {order_id, task}),
        row<QueryJobsRequest, QueryJobsResponse>("market_listJobs", "Jobs",
            "Jobs of an order, a provider or a worker, of whom one is named.",
            {{"order_id", ParamType::integer, "of the order"},
             {"provider", ParamType::string, "its address"},
             {"worker", ParamType::string, "its address"},
             {"only_live", ParamType::boolean, "those that are not final"}, limit, cursor}, true),
        row<QueryProviderRequest, QueryProviderResponse>("market_getProvider", "Provider",
            "A provider with its bond. What it says of itself nobody has checked.", {provider}),
        row<QueryProvidersRequest, QueryProvidersResponse>("market_listProviders", "Providers",
            "The providers. What they say of themselves nobody has checked.", {limit, cursor}),
        row<QueryTradesRequest, QueryTradesResponse>("market_trades", "Trades",
            "The last trades of a book, the newest first.", {class_id, limit, cursor}),
        row<QueryPriceIndexRequest, QueryPriceIndexResponse>("market_priceIndex", "PriceIndex",
            "What a book's last trades were made at, weighted by work units.", {class_id}),
        row<QueryStatsRequest, QueryStatsResponse>("market_stats", "Stats",
            "What was counted of a class, or of all: no number of it is an estimate.",
            {{"class_id", ParamType::integer, "absent: all"}, limit, cursor}),
        row<QueryExplainRequest, QueryExplainResponse>("market_explainUnmatched", "Explain",
            "Why no ask serves an open job: how many break which rule first.", {order_id, task}),
    };
}
// clang-format on

constexpr std::string_view service = "/steelyard.market.v1.Query/";

/// Only listings in memory can be walked backwards: those of one owner.
bool goes_backwards(const QueryRow& row, const Params& params) {
    if (!row.is_newest_first) {
        return false;
    }
    for (const std::string_view owner : {"user", "provider", "worker"}) {
        const auto spec = std::ranges::find(row.params, owner, &ParamSpec::name);
        if (spec != row.params.end() && params.has(owner)) {
            return true;
        }
    }
    return false;
}

Called<std::string> call_query(AppView& app, const QueryRow& row, const Params& params) {
    const std::unique_ptr<Message> request(row.request.New());
    const std::unique_ptr<Message> response(row.response.New());
    TRY(fill_request(row.params, params, *request));
    if (goes_backwards(row, params)) {
        const auto& field = *request->GetDescriptor()->FindFieldByName("pagination");
        auto& page = *request->GetReflection()->MutableMessage(request.get(), &field);
        const auto& reverse = *page.GetDescriptor()->FindFieldByName("reverse");
        page.GetReflection()->SetBool(&page, &reverse, true);
    }
    chain::Height height;
    TRY(ask(app, std::string(service) + std::string(row.query), *request, *response, height));
    return write_result(height, *response);
}

Called<std::string> call_book(
    AppView& app, const std::vector<ParamSpec>& specs, const Params& params
) {
    QueryBookRequest request;
    const auto fields = std::span(specs).first(specs.size() - 1);  // without `prove`
    TRY(fill_request({fields.begin(), fields.end()}, params, request));
    const bool is_proven = params.boolean("prove");
    if (is_proven && request.depth() > proven_depth_max) {
        return std::unexpected(invalid_argument(fmt::format(
            "depth is {}, must be at most {} with prove", request.depth(), proven_depth_max
        )));
    }
    if (is_proven && request.depth() == 0) {
        request.set_depth(proven_depth_max);
    }
    QueryBookResponse response;
    chain::Height height;
    TRY(ask(app, std::string(service) + "Book", request, response, height));
    if (!is_proven) {
        return write_result(height, response, R"(,"proof":null)");
    }
    TRY_ASSIGN(
        const std::string proof, prove_book(app, request.class_id(), request.depth(), height)
    );
    return write_result(height, response, R"(,"proof":)" + proof);
}

Called<JobName> job_of(const Params& params) {
    const std::int64_t order = *params.integer("order_id");
    const std::int64_t of_order = params.integer("task").value_or(0);
    if (order < 0 || of_order < 0 || of_order > std::numeric_limits<std::uint32_t>::max()) {
        return std::unexpected(invalid_argument("order_id or task is out of range"));
    }
    return JobName{static_cast<std::uint64_t>(order), static_cast<std::uint32_t>(of_order)};
}

Called<std::string> call_receipt(const MarketPorts& ports, const Params& params) {
    TRY_ASSIGN(const JobName job, job_of(params));
    if (!ports.receipt) {
        return std::unexpected(refusal_of(fail(ErrorCode::unsupported, "no receipts here").error())
        );
    }
    auto document = ports.receipt(job);
    if (!document) {
        return std::unexpected(refusal_of(document.error()));
    }
    return *std::move(document);
}

Called<std::string> call_progress(const MarketPorts& ports, const Params& params) {
    TRY_ASSIGN(const JobName job, job_of(params));
    const auto progress = ports.progress ? ports.progress(job) : std::nullopt;
    if (!progress) {
        const Error error(
            ErrorCode::not_found,
            fmt::format("no worker of this node has told of job {}/{}", job.order_id, job.task)
        );
        return std::unexpected(refusal_of(error));
    }
    JsonWriter out;
    out.begin_object();
    out.key("order_id").quoted_unsigned(job.order_id);
    out.key("task").number(job.task);
    out.key("stage").string(progress->stage);
    out.key("done").quoted_unsigned(progress->done);
    out.key("of").quoted_unsigned(progress->of);
    out.key("line").string(progress->line);
    out.key("time").time(progress->time);
    out.end_object();
    return std::move(out).take();
}

template <typename Function>
std::function<void(Call, Responder)> handler(Function function) {
    return [function = std::move(function)](Call call, Responder responder) {
        auto called = function(call.params);
        if (called) {
            std::move(responder).ok(*std::move(called));
        } else {
            std::move(responder).fail(std::move(called).error());
        }
    };
}

/// Schemas are views: the texts live as long as the program.
std::string_view kept(std::string text) {
    static std::mutex mutex;
    static std::deque<std::string> texts;
    const std::lock_guard lock(mutex);
    const auto same = std::ranges::find(texts, text);
    return same != texts.end() ? *same : texts.emplace_back(std::move(text));
}

constexpr std::string_view progress_schema =
    R"({"type":"object","properties":{"order_id":{"type":"string"},"task":{"type":"integer"},)"
    R"("stage":{"type":"string"},"done":{"type":"string"},"of":{"type":"string"},)"
    R"("line":{"type":"string"},"time":{"type":"string"}}})";

constexpr std::string_view proof_schema = R"(,"proof":{"type":["object","null"]})";

std::string receipt_schema() {
    return fmt::format(
        R"({{"type":"object","properties":{{"format":{{"type":"string"}},)"
        R"("order_id":{{"type":"string"}},"task":{{"type":"integer"}},"receipt":{},)"
        R"("records":{{"type":"array","items":{{"type":"object"}}}},"header":{{"type":"object"}},)"
        R"("light_block":{{"type":"string","contentEncoding":"base64"}}}}}})",
        proto::plain_json_schema(*Receipt::descriptor())
    );
}

void add_query_routes(MethodTable& table, AppView& app) {
    for (const QueryRow& row : query_rows()) {
        table.add(
            {.name = row.name,
             .params = row.params,
             .handler = handler([&app, row](const Params& params) {
                 return call_query(app, row, params);
             }),
             .summary = row.summary,
             .result_schema = kept(result_schema(*row.response.GetDescriptor())),
             .is_strict = true}
        );
    }
}

}  // namespace

void add_market_routes(MethodTable& table, const MarketPorts& ports) {
    AppView& app = ports.app;
    add_query_routes(table, app);
    const std::vector<ParamSpec> book_params = {
        class_id,
        {"depth", ParamType::integer, "rows of a side; absent: 100, or 50 with prove"},
        {"prove", ParamType::boolean, "with proofs that these are the best rows"},
    };
    table.add(
        {.name = "market_orderBook",
         .params = book_params,
         .handler = handler([&app, book_params](const Params& params) {
             return call_book(app, book_params, params);
         }),
         .summary = "The best asks and bids of a book.",
         .result_schema = kept(result_schema(*QueryBookResponse::descriptor(), proof_schema)),
         .is_strict = true}
    );
    table.add(
        {.name = "market_getReceipt",
         .params = {order_id, task},
         .handler = handler([ports](const Params& params) { return call_receipt(ports, params); }),
         .summary = "What became of a job, with the records of the state that prove it.",
         .result_schema = kept(receipt_schema()),
         .is_strict = true}
    );
    table.add(
        {.name = "market_jobProgress",
         .params = {order_id, task},
         .handler = handler([ports](const Params& params) { return call_progress(ports, params); }),
         .summary = "How far a job has come, as its worker last told this node. Nobody has checked "
                    "it, and other nodes do not know it.",
         .result_schema = progress_schema,
         .is_strict = true}
    );
}

}  // namespace steelyard::rpc
