// query: transactions, blocks, the node.
#include "base/hex.h"
#include "bin/steelyard/query.h"
#include "bin/steelyard/tx.h"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace json = boost::json;

struct SearchOptions {
    std::string query;
    std::uint32_t limit = 20;
    std::uint32_t page = 1;
};

/// The result of a method, as JSON.
Outcome<json::value> call(
    const client::NodeClient& node, std::string_view method, const std::string& params
) {
    const auto text = node.call(method, params);
    if (!text) {
        return std::unexpected(of_node(text.error()));
    }
    json::error_code error;
    return json::parse(*text, error);
}

/// The text at a path such as "sync_info/latest_block_height"; "?" if there is none.
std::string text_at(const json::value& value, std::string_view path) {
    json::error_code error;
    const auto* const found = value.find_pointer({path.data(), path.size()}, error);
    if (found == nullptr) {
        return "?";
    }
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

Outcome<Exit> find_tx(
    const Context& context, const client::NodeClient& node, const std::string& text
) {
    chain::Hash256 hash{};
    if (!from_hex(text, hash)) {
        return usage("\"{}\" is not the 64 hex digits of a transaction's hash", text);
    }
    const auto found = node.tx(hash);
    if (!found && found.error().code() == ErrorCode::not_found) {
        return std::unexpected(Complaint(
            Exit::not_found,
            "tx_not_found",
            fmt::format("no block has the transaction {}", to_hex_upper(hash)),
            "if it was just sent it may still wait to be committed"
        ));
    }
    if (!found) {
        return std::unexpected(of_node(found.error()));
    }
    print(report_of(context, *found));
    return Exit::ok;
}

/// A query as it is, or those of an account.
Outcome<std::string> search_text(const Context& context, const std::string& text) {
    // No address and no name of a key has any of these.
    if (text.find_first_of("=<> '") != std::string::npos) {
        return text;
    }
    TRY_ASSIGN(const std::string account, account_text(context, text));
    return fmt::format("message.sender='{}'", account);
}

Outcome<Exit> find_txs(
    const Context& context, const client::NodeClient& node, const SearchOptions& options
) {
    TRY_ASSIGN(const std::string query, search_text(context, options.query));
    const auto found = node.search(query, options.page, options.limit);
    if (!found) {
        return std::unexpected(of_node(found.error()));
    }
    if (context.json()) {
        std::string out = "[";
        for (const auto& one : *found) {
            std::string text = report_of(context, one);
            text.pop_back();
            out += (out.size() == 1 ? "" : ",") + text;
        }
        print(out + "]\n");
        return Exit::ok;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : *found) {
        std::string what = "?";
        if (const auto decoded = tx::decode_tx(one.tx); decoded && !decoded->messages.empty()) {
            const std::string& url = decoded->messages[0].type_url;
            what = url.substr(url.rfind('.') + 1);
            what += decoded->messages.size() > 1
                        ? fmt::format(" and {} more", decoded->messages.size() - 1)
                        : "";
        }
        rows.push_back(
            {std::to_string(one.height.value()),
             one.result.code == 0 ? "ok" : "failed",
             what,
             to_hex_upper(one.hash)}
        );
    }
    print(table({{"BLOCK", Align::right}, {"RESULT"}, {"MESSAGES"}, {"HASH"}}, rows));
    return Exit::ok;
}

Outcome<Exit> show_block(
    const Context& context, const client::NodeClient& node, std::int64_t height
) {
    TRY_ASSIGN(
        const json::value block,
        call(node, "block", height == 0 ? "{}" : fmt::format(R"({{"height":"{}"}})", height))
    );
    if (context.json()) {
        print(json::serialize(block) + "\n");
        return Exit::ok;
    }
    json::error_code error;
    const auto* const txs = block.find_pointer("/block/data/txs", error);
    print(fields_text({
        {"block", text_at(block, "/block/header/height")},
        {"time", text_at(block, "/block/header/time")},
        {"hash", text_at(block, "/block_id/hash")},
        {"app hash", text_at(block, "/block/header/app_hash")},
        {"proposer", text_at(block, "/block/header/proposer_address")},
        {"transactions",
         txs != nullptr && txs->is_array() ? std::to_string(txs->get_array().size()) : "0"},
    }));
    return Exit::ok;
}

Outcome<Exit> show_status(const Context& context, const client::NodeClient& node) {
    TRY_ASSIGN(const json::value status, call(node, "status", "{}"));
    if (context.json()) {
        print(json::serialize(status) + "\n");
        return Exit::ok;
    }
    const bool behind = text_at(status, "/sync_info/catching_up") == "true";
    print(fields_text({
        {"chain", text_at(status, "/node_info/network")},
        {"node", text_at(status, "/node_info/moniker")},
        {"block", text_at(status, "/sync_info/latest_block_height")},
        {"block time", text_at(status, "/sync_info/latest_block_time")},
        {"state", behind ? "catching up" : "up to date"},
    }));
    return Exit::ok;
}

}  // namespace

void add_chain_queries(CLI::App& query, Context& context) {
    auto hash = std::make_shared<std::string>();
    add_question(
        query,
        context,
        "tx",
        "A committed transaction",
        [&context, hash](const client::NodeClient& node) { return find_tx(context, node, *hash); }
    )
        ->add_option("hash", *hash, "64 hex digits")
        ->required();

    auto search = std::make_shared<SearchOptions>();
    auto* txs = add_question(
        query,
        context,
        "txs",
        "Transactions that an account has sent, or of a query, newest first",
        [&context, search](const client::NodeClient& node) {
            return find_txs(context, node, *search);
        }
    );
    txs->add_option(
        "query", search->query, "An address, a key, or such as \"tx.height=5\"; else the only key"
    );
    txs->add_option("--limit", search->limit, "How many")
        ->check(CLI::Range(std::uint32_t{1}, client::search_page_max))
        ->capture_default_str();
    txs->add_option("--page", search->page, "From 1")
        ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{1'000'000}))
        ->capture_default_str();

    auto height = std::make_shared<std::int64_t>(0);
    add_question(
        query,
        context,
        "block",
        "A block",
        [&context, height](const client::NodeClient& node) {
            return show_block(context, node, *height);
        }
    )
        ->add_option("height", *height, "Else the last one")
        ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
    add_question(
        query,
        context,
        "status",
        "The chain and the node",
        [&context](const client::NodeClient& node) { return show_status(context, node); }
    );
}

}  // namespace steelyard::wallet
