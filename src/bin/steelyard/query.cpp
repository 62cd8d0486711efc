#include "bin/steelyard/query.h"

#include "bin/steelyard/tx.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {

Outcome<void> ask(
    const client::NodeClient& node,
    std::string_view method,
    const google::protobuf::Message& request,
    google::protobuf::Message& answer
) {
    const auto asked = node.query(method, request, answer);
    if (!asked) {
        return std::unexpected(of_node(asked.error()));
    }
    return {};
}

Outcome<std::string> account_text(const Context& context, const std::string& name) {
    TRY_ASSIGN(const Keys keys, Keys::open(context));
    if (name.empty()) {
        TRY_ASSIGN(const Actor actor, find_actor(keys, {}));
        return actor.account();
    }
    TRY_ASSIGN(const auto address, keys.account(name));
    return client::address_text(client::account_prefix, address);
}

Outcome<std::string> operator_text(const Context& context, const std::string& name) {
    TRY_ASSIGN(const Keys keys, Keys::open(context));
    TRY_ASSIGN(const auto address, keys.validator(name));
    return client::address_text(client::operator_prefix, address);
}

std::string money_text(std::string_view amount, std::string_view denom) {
    const auto coin = client::parse_money(std::string(amount) + std::string(denom));
    return coin ? client::show(*coin) : std::string(amount) + " " + std::string(denom);
}

std::string dec_money_text(std::string_view wire, std::string_view denom) {
    const auto dec = chain::Dec::parse_wire(wire);
    if (dec && denom == client::base_denom) {
        return client::show_base(*dec);
    }
    return (dec ? to_string(*dec) : std::string(wire)) + " " + std::string(denom);
}

std::string percent_text(std::string_view wire) {
    const auto dec = chain::Dec::parse_wire(wire);
    const auto percent = dec ? checked_mul(*dec, chain::Amount(100)) : std::nullopt;
    if (!percent) {
        return std::string(wire);
    }
    std::string text = to_string(*percent);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) {
        text.pop_back();
    }
    return text + " %";
}

CLI::App* add_question(
    CLI::App& query, Context& context, const char* name, const char* help, RunQuery run
) {
    auto* command = query.add_subcommand(name, help);
    command->callback([&context, run = std::move(run)] {
        context.action = [&context, run]() -> Outcome<Exit> {
            TRY_ASSIGN(const auto node, find_node(context));
            return run(node);
        };
    });
    return command;
}

Outcome<Exit> answer_with(
    const Context& context, const google::protobuf::Message& answer, const std::string& text
) {
    print(context.json() ? json_of(answer) : text);
    return Exit::ok;
}

void add_query(CLI::App& app, Context& context) {
    auto* query = app.add_subcommand("query", "Ask a node");
    query->alias("q");
    query->require_subcommand(1);
    add_account_queries(*query, context);
    add_staking_queries(*query, context);
    add_reward_queries(*query, context);
    add_chain_queries(*query, context);
    add_governing_queries(*query, context);
}

}  // namespace steelyard::wallet
