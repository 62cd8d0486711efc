#include "bin/steelyardd/home.h"
#include "bin/steelyardd/report.h"
#include "client/http_client.h"
#include "node/config/toml_text.h"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

namespace steelyard::daemon {

namespace {

namespace json = boost::json;

struct StatusOptions {
    std::string node;
    std::int64_t timeout_ms = 5'000;
    std::int64_t age_max = 60;  ///< seconds
};

/// The RPC of the node of this home, or the one that was named.
Result<Endpoint> find_server(const Context& context, const StatusOptions& options) {
    if (!options.node.empty()) {
        std::string_view text = options.node;
        if (text.starts_with("http://")) {
            text.remove_prefix(7);
        }
        return parse_endpoint(text);
    }
    TRY_ASSIGN(const auto loaded, load_home(context));
    const auto addresses = node::split_at_commas(loaded.config.rpc.laddr);
    const auto tcp = std::ranges::find_if(addresses, [](const std::string& address) {
        return address.starts_with("tcp://");
    });
    if (tcp == addresses.end()) {
        return invalid("rpc.laddr has no tcp:// address; name the RPC with --node");
    }
    TRY_ASSIGN(auto server, parse_endpoint(*tcp));
    if (server.host == "0.0.0.0" || server.host == "::") {
        server.host = server.host == "::" ? "::1" : "127.0.0.1";
    }
    return server;
}

/// Why the node does not answer, from a JSON-RPC error; empty if it is none.
std::string refusal_in(const json::value& answer) {
    constexpr std::size_t size_max = 500;
    json::error_code error;
    const auto* data = answer.find_pointer("/error/data", error);
    if (data == nullptr || !data->is_string()) {
        return {};
    }
    std::string text(std::string_view(data->get_string()).substr(0, size_max));
    std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

/// The "result" of a route. Errors: not_found where the node says why it has none.
Result<json::object> call(
    const Endpoint& server, std::string_view route, std::chrono::milliseconds timeout
) {
    TRY_ASSIGN(
        const client::HttpAnswer answer,
        client::http_get(server, fmt::format("/{}", route), timeout)
    );
    json::error_code error;
    json::value parsed = json::parse(answer.body, error);
    if (error || !parsed.is_object()) {
        return fail(ErrorCode::io, "{}/{} answered no JSON object", to_string(server), route);
    }
    if (const std::string refusal = refusal_in(parsed); !refusal.empty()) {
        return fail(ErrorCode::not_found, "{} answers: {}", to_string(server), refusal);
    }
    auto* result = parsed.as_object().if_contains("result");
    if (result == nullptr || !result->is_object()) {
        return fail(
            ErrorCode::io,
            "{}/{} answered HTTP {} and no result",
            to_string(server),
            route,
            answer.status
        );
    }
    return std::move(result->as_object());
}

/// The text at a path such as "sync_info/latest_block_height"; "?" if there is none.
std::string text_at(const json::object& object, std::string_view path) {
    const json::object* inner = &object;
    while (true) {
        const std::size_t slash = path.find('/');
        const json::value* value = inner->if_contains({path.data(), std::min(slash, path.size())});
        if (value == nullptr) {
            return "?";
        }
        if (slash == path.npos) {
            return value->is_string() ? std::string(value->as_string()) : json::serialize(*value);
        }
        if (!value->is_object()) {
            return "?";
        }
        inner = &value->as_object();
        path.remove_prefix(slash + 1);
    }
}

/// How long ago the last block was; nothing if the node says no time.
std::optional<std::chrono::seconds> age_of(const json::object& status) {
    const auto time = chain::Timestamp::parse(text_at(status, "sync_info/latest_block_time"));
    if (!time) {
        return std::nullopt;
    }
    const auto age = checked_sub(chain::Timestamp::from_wall(SystemClock().wall_now()), *time);
    return age ? std::optional(std::chrono::floor<std::chrono::seconds>(*age)) : std::nullopt;
}

Exit unreachable(const Error& error) {
    const bool answered = error.code() == ErrorCode::not_found;
    std::fprintf(
        stderr,
        "steelyardd: %s%s\n",
        error.message().c_str(),
        answered ? "" : "; is the node running, and is rpc.laddr this?"
    );
    return Exit::unreachable;
}

Result<Exit> status(const Context& context, const StatusOptions& options) {
    TRY_ASSIGN(const auto server, find_server(context, options));
    const std::chrono::milliseconds timeout(options.timeout_ms);
    const auto status = call(server, "status", timeout);
    if (!status) {
        return unreachable(status.error());
    }
    if (context.json()) {
        print(json::serialize(*status) + "\n");
        return Exit::ok;
    }
    const auto net = call(server, "net_info", timeout).value_or(json::object());
    const auto pool = call(server, "num_unconfirmed_txs", timeout).value_or(json::object());
    const auto age = age_of(*status);
    const bool behind = text_at(*status, "sync_info/catching_up") == "true";
    print(text_of({
        {"moniker", text_at(*status, "node_info/moniker")},
        {"node id", text_at(*status, "node_info/id")},
        {"chain", text_at(*status, "node_info/network")},
        {"height", text_at(*status, "sync_info/latest_block_height")},
        {"block time",
         text_at(*status, "sync_info/latest_block_time") +
             (age ? fmt::format(" ({} s ago)", age->count()) : "")},
        {"app hash", text_at(*status, "sync_info/latest_app_hash")},
        {"state", behind ? "catching up" : "up to date"},
        {"peers", text_at(net, "n_peers")},
        {"waiting transactions",
         fmt::format("{} ({} bytes)", text_at(pool, "total"), text_at(pool, "total_bytes"))},
        {"validator", text_at(*status, "validator_info/address")},
        {"voting power", text_at(*status, "validator_info/voting_power")},
    }));
    return Exit::ok;
}

/// Healthy: it answers, is not catching up, and its last block is not old.
Result<Exit> healthcheck(const Context& context, const StatusOptions& options) {
    TRY_ASSIGN(const auto server, find_server(context, options));
    const auto status = call(server, "status", std::chrono::milliseconds(options.timeout_ms));
    if (!status) {
        return unreachable(status.error());
    }
    const auto age = age_of(*status);
    if (text_at(*status, "sync_info/catching_up") != "false") {
        print("unhealthy: the node is catching up\n");
        return Exit::unreachable;
    }
    if (!age || age->count() > options.age_max) {
        print(fmt::format(
            "unhealthy: the last block is {} s old, over {} s\n",
            age ? age->count() : -1,
            options.age_max
        ));
        return Exit::unreachable;
    }
    print(fmt::format("healthy at height {}\n", text_at(*status, "sync_info/latest_block_height")));
    return Exit::ok;
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
    auto options = std::make_shared<StatusOptions>();
    const auto add = [&](const char* name, const char* help) {
        auto* command = app.add_subcommand(name, help);
        command->add_option("--node", options->node, "HOST:PORT of the RPC; else the home's own");
        command->add_option("--timeout", options->timeout_ms, "Milliseconds to wait for an answer")
            ->capture_default_str()
            ->check(CLI::Range(1, 600'000));
        return command;
    };
    add("status", "Show what a running node does")->callback([&context, options] {
        context.action = [&context, options] { return status(context, *options); };
    });
    auto* command = add("healthcheck", "End with 0 if the node is up to date, else with 5");
    command->add_option("--age-max", options->age_max, "Seconds since the last block")
        ->capture_default_str();
    command->callback([&context, options] {
        context.action = [&context, options] { return healthcheck(context, *options); };
    });
}

}  // namespace steelyard::daemon
