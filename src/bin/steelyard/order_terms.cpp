#include "bin/steelyard/order_terms.h"

#include "bin/steelyard/market.h"
#include "steelyard/market/v1/tx.pb.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::uint32_t work = 1;  ///< the product
constexpr std::uint64_t parallel_max = 256;
constexpr std::uint64_t reputation_scale = 10'000;

/// 0.55 as 5,500.
Outcome<std::uint32_t> reputation_of(const std::string& text) {
    const auto share = chain::Dec::parse(text);
    const auto scaled = share ? checked_mul(*share, chain::Amount(reputation_scale)) : std::nullopt;
    const auto whole = scaled ? to_amount(*scaled, chain::Rounding::up) : std::nullopt;
    if (!whole || *whole > chain::Amount(reputation_scale)) {
        return usage("--reputation-min \"{}\" is no number from 0 to 1, such as 0.5", text);
    }
    return static_cast<std::uint32_t>(whole->value());
}

template <typename Message>
Outcome<void> set_all(const Making& making, const OrderTerms& terms, Message& out) {
    TRY_ASSIGN(const auto limit, parse_price("--limit-price", terms.limit));
    TRY_ASSIGN(const auto class_id, find_class(making.node, terms.class_name));
    out.set_user(making.actor.account());
    out.set_class_id(class_id);
    out.set_product(work);
    out.set_limit_price(limit);
    out.set_lifetime(terms.lifetime);
    out.set_deadline(terms.deadline);
    out.set_retries(terms.retries);
    if (!terms.reputation.empty()) {
        TRY_ASSIGN(const auto least, reputation_of(terms.reputation));
        out.set_reputation_min(least);
    }
    std::vector<std::string> regions = terms.regions;
    std::ranges::sort(regions);
    for (const std::string& region : regions) {
        out.add_regions(region);
    }
    TRY_ASSIGN(const auto attributes, sorted_attributes(terms.attributes));
    for (const std::string& attribute : attributes) {
        out.add_attributes(attribute);
    }
    for (const std::string& name : terms.excluded) {
        TRY_ASSIGN(const auto address, making.keys.account(name));
        out.add_excluded(client::address_text(client::account_prefix, address));
    }
    return {};
}

}  // namespace

void add_terms(CLI::App& command, OrderTerms& terms, const char* limit_name) {
    command.add_option("--class", terms.class_name, class_help);
    command.add_option(limit_name, terms.limit, price_help);
    command.add_option("--lifetime", terms.lifetime, "Blocks in which it can be matched")
        ->capture_default_str();
    command.add_option("--deadline", terms.deadline, "The block by which a run must be committed")
        ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
    command.add_option("--retries", terms.retries, "Providers after the first that fails")
        ->capture_default_str();
    command.add_option("--reputation-min", terms.reputation, "Least reputation, 0 to 1");
    add_repeated(command, "--region", terms.regions, "Where the provider may be; else anywhere");
    add_repeated(
        command, "--attribute", terms.attributes, "NAME=VALUE that the provider must have"
    );
    add_repeated(command, "--exclude", terms.excluded, "A provider that shall not have it");
    command.add_option("--max-parallel", terms.max_parallel, "Of an array: runs at a time")
        ->check(CLI::Range(std::uint64_t{1}, parallel_max))
        ->capture_default_str();
}

Outcome<void> set_terms(const Making& making, const OrderTerms& terms, market::MsgPostOrder& out) {
    return set_all(making, terms, out);
}

Outcome<void> set_terms(const Making& making, const OrderTerms& terms, market::MsgPostArray& out) {
    return set_all(making, terms, out);
}

}  // namespace steelyard::wallet
