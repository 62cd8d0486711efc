// provider: what the chain knows of those who sell work.
#include "bin/steelyard/market.h"
#include "bin/steelyard/market_events.h"
#include "steelyard/market/v1/query.pb.h"

#include <CLI/CLI.hpp>

#include <set>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::size_t events_shown_max = 100;
constexpr std::uint64_t bps = 10'000;

std::string standing_of(const market::Provider& provider) {
    return provider.is_removed() ? "removed" : provider.is_jailed() ? "jailed" : "active";
}

std::string list_text(const auto& items, auto text_of) {
    std::string out;
    for (const auto& one : items) {
        out += (out.empty() ? "" : ", ") + text_of(one);
    }
    return out.empty() ? "-" : out;
}

Fields fields_of(const market::Provider& provider) {
    return {
        {"provider", provider.address()},
        {"moniker", provider.moniker()},
        {"standing", standing_of(provider)},
        {"region", provider.region().empty() ? "-" : provider.region()},
        {"contact", provider.contact().empty() ? "-" : provider.contact()},
        {"attributes", list_text(provider.attributes(), attribute_text)},
        {"bond", uyard_text(provider.bond())},
        {"reserved", uyard_text(provider.reserved())},
        {"withdrawing", uyard_text(provider.withdrawing())},
        {"free bond", uyard_text(provider.free_bond())},
        {"settled jobs", grouped(provider.settled())},
        {"slashes", grouped(provider.slashes())},
        {"registered in block", height_text(provider.registered_height())},
    };
}

Outcome<market::QueryWorkersResponse> workers_of(
    const client::NodeClient& node, const std::string& provider
) {
    market::QueryWorkersRequest request;
    request.set_provider(provider);
    return ask_all<market::QueryWorkersRequest, market::QueryWorkersResponse>(
        node, "/steelyard.market.v1.Query/Workers", request
    );
}

std::string workers_table(const market::QueryWorkersResponse& answer) {
    std::vector<std::vector<std::string>> rows;
    for (const market::Worker& worker : answer.workers()) {
        rows.push_back(
            {worker.address(),
             grouped(worker.class_id()),
             fmt::format("{} of {}", worker.busy(), worker.slots()),
             worker.is_retired() ? "leaves" : "works"}
        );
    }
    return table({{"WORKER"}, {"CLASS", Align::right}, {"BUSY", Align::right}, {"STATE"}}, rows);
}

/// A share of 10,000 as "50.25 %".
std::string score_text(std::uint32_t score) {
    return fmt::format("{}.{:02} %", score / 100, score % 100);
}

/// A provider with its workers, and its reputation in their classes.
Outcome<Exit> status(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    market::QueryProviderRequest request;
    TRY_ASSIGN(*request.mutable_provider(), account_text(context, name));
    market::QueryProviderResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Provider", request, answer));
    TRY_ASSIGN(const auto workers, workers_of(node, request.provider()));
    std::set<std::uint32_t> classes;
    for (const market::Worker& worker : workers.workers()) {
        classes.insert(worker.class_id());
    }
    std::vector<std::vector<std::string>> rows;
    std::string list;
    for (const std::uint32_t class_id : classes) {
        market::QueryReputationRequest question;
        question.set_provider(request.provider());
        question.set_class_id(class_id);
        market::QueryReputationResponse one;
        TRY(ask(node, "/steelyard.market.v1.Query/Reputation", question, one));
        rows.push_back({grouped(class_id), score_text(one.score()), grouped(one.payers())});
        JsonObject object;
        object.number("class_id", class_id);
        object.number("score", one.score());
        object.number("payers", one.payers());
        list += (list.empty() ? "" : ",") + object.value();
    }
    if (!context.json()) {
        print(
            fields_text(fields_of(answer.provider())) + "\n" + workers_table(workers) + "\n" +
            table(
                {{"CLASS", Align::right}, {"REPUTATION", Align::right}, {"PAYERS", Align::right}},
                rows
            )
        );
        return Exit::ok;
    }
    JsonObject out;
    out.raw("provider", json_of(answer.provider()));
    out.raw("workers", json_of(workers));
    out.raw("reputation", "[" + list + "]");
    std::string text = out.value();
    std::erase(text, '\n');
    print(text + "\n");
    return Exit::ok;
}

Outcome<Exit> list(const Context& context, const client::NodeClient& node) {
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryProvidersRequest, market::QueryProvidersResponse>(
            node, "/steelyard.market.v1.Query/Providers", {}
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const market::Provider& one : answer.providers()) {
        rows.push_back(
            {one.address(),
             one.moniker(),
             one.region().empty() ? "-" : one.region(),
             uyard_text(one.bond()),
             uyard_text(one.free_bond()),
             grouped(one.settled()),
             standing_of(one)}
        );
    }
    return answer_with(
        context,
        answer,
        table(
            {{"PROVIDER"},
             {"MONIKER"},
             {"REGION"},
             {"BOND", Align::right},
             {"FREE", Align::right},
             {"SETTLED", Align::right},
             {"STANDING"}},
            rows
        )
    );
}

Outcome<Exit> asks(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    market::QueryAsksRequest request;
    TRY_ASSIGN(*request.mutable_provider(), account_text(context, name));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryAsksRequest, market::QueryAsksResponse>(
            node, "/steelyard.market.v1.Query/Asks", request
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const market::Ask& one : answer.asks()) {
        rows.push_back(
            {std::to_string(one.ask_id()),
             grouped(one.class_id()),
             price_text(one.price()),
             grouped(one.work_units()),
             height_text(one.posted_height()),
             height_text(one.last_height()),
             one.is_void() ? "void" : "stands"}
        );
    }
    return answer_with(
        context,
        answer,
        table(
            {{"ASK", Align::right},
             {"CLASS", Align::right},
             {"PRICE OF 10^6", Align::right},
             {"WORK UNITS", Align::right},
             {"POSTED", Align::right},
             {"LAST BLOCK", Align::right},
             {"STATE"}},
            rows
        )
    );
}

Outcome<Exit> workers(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    TRY_ASSIGN(const auto provider, account_text(context, name));
    TRY_ASSIGN(const auto answer, workers_of(node, provider));
    return answer_with(context, answer, workers_table(answer));
}

/// The fee of a settled job (E4 of the specification).
std::uint64_t fee_of(const market::Job& job) {
    const Uint128 parts = Uint128{job.paid()} * job.assignment().terms().fee_bps();
    return static_cast<std::uint64_t>((parts + bps - 1) / bps);
}

/// Of settled jobs that the chain still keeps.
Outcome<Exit> earnings(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    market::QueryJobsRequest request;
    TRY_ASSIGN(*request.mutable_provider(), account_text(context, name));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryJobsRequest, market::QueryJobsResponse>(
            node, "/steelyard.market.v1.Query/Jobs", request
        ))
    );
    std::vector<std::vector<std::string>> rows;
    std::string list;
    std::uint64_t total = 0;
    for (const market::Job& job : answer.jobs()) {
        if (job.state() != "settled") {
            continue;
        }
        const std::uint64_t fee = fee_of(job);
        const std::string id = fmt::format("{}/{}", job.order_id(), job.task());
        total += job.paid() - fee;
        rows.push_back(
            {id,
             height_text(job.ended_height()),
             uyard_text(job.paid()),
             uyard_text(fee),
             uyard_text(job.paid() - fee)}
        );
        JsonObject one;
        one.text("job", id);
        one.text("height", std::to_string(job.ended_height()));
        one.text("paid", std::to_string(job.paid()));
        one.text("fee", std::to_string(fee));
        one.text("earned", std::to_string(job.paid() - fee));
        list += (list.empty() ? "" : ",") + one.value();
    }
    if (context.json()) {
        print("{\"jobs\":[" + list + "],\"earned\":\"" + std::to_string(total) + "\"}\n");
        return Exit::ok;
    }
    print(
        table(
            {{"JOB", Align::right},
             {"BLOCK", Align::right},
             {"PRICE", Align::right},
             {"FEE", Align::right},
             {"EARNED", Align::right}},
            rows
        ) +
        "\n" + fields_text({{"earned", uyard_text(total)}})
    );
    return Exit::ok;
}

Outcome<Exit> slashes(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    TRY_ASSIGN(const auto provider, account_text(context, name));
    std::vector<FoundEvent> events;
    for (const char* action : {"slashed", "removed"}) {
        TRY_ASSIGN(
            const auto found,
            find_events(
                node, "provider", {{"address", provider}, {"action", action}}, events_shown_max
            )
        );
        events.insert(events.begin(), found.begin(), found.end());
    }
    if (context.json()) {
        print(json_of(events));
        return Exit::ok;
    }
    const auto money = [](std::string_view text) { return money_text(text, client::base_denom); };
    std::vector<std::vector<std::string>> rows;
    for (const FoundEvent& event : events) {
        rows.push_back(
            {height_text(event.height),
             money(event.at("amount")),
             money(event.at("bond")),
             std::string(event.at("slashes")),
             std::string(event.at("action"))}
        );
    }
    print(table(
        {{"BLOCK", Align::right},
         {"AMOUNT", Align::right},
         {"BOND LEFT", Align::right},
         {"SLASHES", Align::right},
         {"WHAT"}},
        rows
    ));
    return Exit::ok;
}

}  // namespace

void add_provider_queries(CLI::App& provider, Context& context) {
    constexpr const char* who = "An address, or the name of a key; else the only key that there is";
    auto name = std::make_shared<std::string>();
    const auto add = [&](CLI::App& group, const char* command, const char* help, auto run) {
        add_question(
            group,
            context,
            command,
            help,
            [&context, name, run](const client::NodeClient& node) {
                return run(context, node, *name);
            }
        )->add_option("provider", *name, who);
    };
    add(provider, "status", "Bond, workers and reputation", &status);
    add(provider, "asks", "What it offers", &asks);
    add(provider,
        "earnings",
        "What its settled jobs earned, those that the chain still keeps",
        &earnings);
    add(provider, "slashes", "What of its bond was taken, and when", &slashes);
    add(*provider.get_subcommand("worker"), "list", "Its workers", &workers);
    add_question(
        provider,
        context,
        "list",
        "All providers",
        [&context](const client::NodeClient& node) { return list(context, node); }
    );
}

}  // namespace steelyard::wallet
