// market: classes, figures, trades.
#include "bin/steelyard/market.h"
#include "steelyard/market/v1/query.pb.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::size_t trades_default = 20;
constexpr std::size_t trades_max = 1'000;

Outcome<Exit> classes(const Context& context, const client::NodeClient& node) {
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryClassesRequest, market::QueryClassesResponse>(
            node, "/steelyard.market.v1.Query/Classes", {}
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const market::Class& one : answer.classes()) {
        rows.push_back(
            {grouped(one.id()),
             one.name(),
             one.kind(),
             grouped(one.wu_per_second_floor()),
             one.vram_floor_bytes() == 0 ? "-" : grouped(one.vram_floor_bytes()),
             one.region().empty() ? "-" : one.region(),
             grouped(one.trust())}
        );
    }
    return answer_with(
        context,
        answer,
        table(
            {{"CLASS", Align::right},
             {"NAME"},
             {"KIND"},
             {"WORK UNITS/S", Align::right},
             {"VRAM BYTES", Align::right},
             {"REGION"},
             {"TRUST", Align::right}},
            rows
        )
    );
}

/// "2.5" of what happened so often, over so many.
std::string mean_text(std::uint64_t sum, std::uint64_t count) {
    return count == 0 ? "-" : fmt::format("{}.{}", grouped(sum / count), sum % count * 10 / count);
}

Fields fields_of(const market::ClassStats& stats) {
    const market::ClassCounters& all = stats.counters();
    return {
        {"class", fmt::format("{} {}", stats.class_id(), stats.name())},
        {"providers", grouped(all.providers())},
        {"workers", grouped(all.workers())},
        {"slots busy", fmt::format("{} of {}", grouped(all.busy()), grouped(all.slots()))},
        {"asks", grouped(all.asks())},
        {"orders", grouped(all.orders())},
        {"jobs", grouped(all.jobs())},
        {"matches", grouped(all.matches())},
        {"commits", grouped(all.commits())},
        {"of these faults", grouped(all.faults())},
        {"challenged", grouped(all.challenged())},
        {"proved", grouped(all.proved())},
        {"malformed proofs", grouped(all.malformed())},
        {"work units settled", grouped(all.work_units_settled())},
        {"paid", uyard_text(all.paid())},
        {"fees", uyard_text(all.fees())},
        {"burned", uyard_text(all.burned())},
        {"slashed", uyard_text(all.slashed())},
        {"damages", uyard_text(all.damages())},
        {"blocks to a match", mean_text(all.blocks_to_match(), all.matches())},
        {"blocks to the start", mean_text(all.blocks_to_start(), all.starts())},
        {"blocks to the commit", mean_text(all.blocks_to_commit(), all.commits())},
        {"last price of 10^6", all.last_trade() == 0 ? "-" : price_text(all.last_price())},
        {"last trade in block", height_text(all.last_trade())},
    };
}

Outcome<Exit> stats(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    market::QueryStatsRequest request;
    if (!name.empty()) {
        TRY_ASSIGN(const auto class_id, find_class(&node, name));
        request.set_class_id(class_id);
    }
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryStatsRequest, market::QueryStatsResponse>(
            node, "/steelyard.market.v1.Query/Stats", request
        ))
    );
    std::string text;
    for (const market::ClassStats& one : answer.classes()) {
        text += fields_text(fields_of(one)) + "\n";
    }
    text += fields_text({{"verification pool", uyard_text(answer.verification_pool())}});
    return answer_with(context, answer, text);
}

struct TradeArguments {
    std::string class_name{};
    std::size_t count = trades_default;
};

/// The class that is named, or all.
Outcome<std::vector<std::uint32_t>> classes_of(
    const client::NodeClient& node, const std::string& name
) {
    if (!name.empty()) {
        TRY_ASSIGN(const auto class_id, find_class(&node, name));
        return std::vector{class_id};
    }
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryClassesRequest, market::QueryClassesResponse>(
            node, "/steelyard.market.v1.Query/Classes", {}
        ))
    );
    std::vector<std::uint32_t> ids;
    for (const market::Class& one : answer.classes()) {
        ids.push_back(one.id());
    }
    return ids;
}

/// The last ones of each class, the newest first.
Outcome<market::QueryTradesResponse> last_trades(
    const client::NodeClient& node, const TradeArguments& arguments
) {
    TRY_ASSIGN(const auto ids, classes_of(node, arguments.class_name));
    market::QueryTradesResponse all;
    for (const std::uint32_t id : ids) {
        market::QueryTradesRequest request;
        request.set_class_id(id);
        request.mutable_pagination()->set_limit(arguments.count);
        market::QueryTradesResponse answer;
        TRY(ask(node, "/steelyard.market.v1.Query/Trades", request, answer));
        all.mutable_trades()->MergeFrom(answer.trades());
        all.set_trades_ever(all.trades_ever() + answer.trades_ever());
    }
    std::ranges::stable_sort(*all.mutable_trades(), std::ranges::greater(), &market::Trade::height);
    while (std::cmp_greater(all.trades_size(), arguments.count)) {
        all.mutable_trades()->RemoveLast();
    }
    return all;
}

Outcome<Exit> trades(
    const Context& context, const client::NodeClient& node, const TradeArguments& arguments
) {
    TRY_ASSIGN(const auto answer, last_trades(node, arguments));
    std::vector<std::vector<std::string>> rows;
    for (const market::Trade& one : answer.trades()) {
        rows.push_back(
            {height_text(one.height()),
             grouped(one.class_id()),
             fmt::format("{}/{}", one.order_id(), one.task()),
             price_text(one.price()),
             grouped(one.work_units()),
             uyard_text(one.amount()),
             one.provider()}
        );
    }
    return answer_with(
        context,
        answer,
        table(
            {{"BLOCK", Align::right},
             {"CLASS", Align::right},
             {"JOB", Align::right},
             {"PRICE OF 10^6", Align::right},
             {"WORK UNITS", Align::right},
             {"AMOUNT", Align::right},
             {"PROVIDER"}},
            rows
        )
    );
}

}  // namespace

void add_market_queries(CLI::App& app, Context& context) {
    add_question(
        app,
        context,
        "classes",
        "Classes of workers",
        [&context](const client::NodeClient& node) { return classes(context, node); }
    );
    auto name = std::make_shared<std::string>();
    add_question(
        app,
        context,
        "stats",
        "What was traded, settled, slashed",
        [&context, name](const client::NodeClient& node) { return stats(context, node, *name); }
    )->add_option("class", *name, "Else all");
    auto arguments = std::make_shared<TradeArguments>();
    auto* command = add_question(
        app,
        context,
        "trades",
        "The last trades, newest first",
        [&context, arguments](const client::NodeClient& node) {
            return trades(context, node, *arguments);
        }
    );
    command->add_option("class", arguments->class_name, "Else all");
    command->add_option("--limit", arguments->count, "How many")
        ->check(CLI::Range(std::size_t{1}, trades_max))
        ->capture_default_str();
}

}  // namespace steelyard::wallet
