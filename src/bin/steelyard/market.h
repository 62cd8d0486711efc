// What the commands of the market share: how its values are written and read, and its groups.
#pragma once

#include "bin/steelyard/query.h"
#include "bin/steelyard/tx.h"

namespace CLI {
class Option;
}

namespace steelyard::market::v1 {
class Attribute;
}

namespace steelyard::wallet {

/// A run: an order and the number of its task.
struct JobName {
    std::uint64_t order = 0;
    std::uint32_t task = 0;
};

/// Reads "42" or "42/3".
Outcome<JobName> parse_job(std::string_view text);

/// Reads "1000000" or "1,000,000".
Outcome<std::uint64_t> parse_count(
    std::string_view what, std::string_view text, std::uint64_t least, std::uint64_t most
);

/// A price for 10^6 work units, as 25, 25uyard or 0.000025yard; in uyard.
Outcome<std::uint64_t> parse_price(std::string_view what, std::string_view text);

/// Reads an amount that is at least `least`, such as 2.5yard or 10uyard; in uyard.
Outcome<chain::Coin> parse_stake(
    std::string_view what, std::string_view text, std::uint64_t least = 1
);

/// The 32 bytes of 64 hex digits.
Outcome<std::string> parse_id(std::string_view what, std::string_view text);

/// NAME=VALUE each, in the order in which they travel.
Outcome<std::vector<std::string>> sorted_attributes(std::vector<std::string> attributes);

/// "2.5 yard" of uyard.
std::string uyard_text(std::uint64_t amount);

/// "1,234 uyard": a price for 10^6 work units.
std::string price_text(std::uint64_t price);

/// "1,234", or "-" for 0.
std::string height_text(std::int64_t height);

std::string hex_text(std::string_view bytes);
std::string attribute_text(const market::v1::Attribute& attribute);

/// The number of a class: the text, or what the node says of a name. Without a node: a number.
Outcome<std::uint32_t> find_class(const client::NodeClient* node, std::string_view text);

/// The id of a program: 64 hex digits, or that of a file, 32 bytes.
Outcome<std::string> program_id_of(const std::string& text);

/// An option that may come again, with one value each time.
CLI::Option* add_repeated(
    CLI::App& command, const char* name, std::vector<std::string>& out, const char* help
);

/// A group of commands.
CLI::App* add_group(CLI::App& app, const char* name, const char* help);

constexpr const char* job_help = "ORDER, or ORDER/TASK of an array";
constexpr const char* class_help = "A class of workers: its name or number";
constexpr const char* price_help = "For 10^6 work units, such as 25uyard";

// Each adds its commands.
void add_provider_txs(CLI::App& provider, Context& context);
void add_provider_queries(CLI::App& provider, Context& context);
void add_order_txs(CLI::App& order, Context& context);
void add_order_queries(CLI::App& order, Context& context);
void add_program_commands(CLI::App& program, Context& context);
void add_class_txs(CLI::App& market, Context& context);
void add_market_queries(CLI::App& market, Context& context);
void add_receipts(CLI::App& receipt, Context& context);
void add_market_txs(CLI::App& tx, Context& context);  ///< what workers send

}  // namespace steelyard::wallet
