// What things of the market are called (doc/spec/market.md, "Things").
#pragma once

#include "crypto/hash.h"
#include "ledger/state/key.h"
#include "ledger/state/state_view.h"

#include <compare>

namespace steelyard::market {

using chain::Height;
using chain::Timestamp;
using crypto::Hash256;
using ledger::AccountNumber;
using ledger::Outcome;
using ledger::StateView;

/// Of `uyard`. All money there is fits (bank::base_supply_max), and so does every sum of it.
using Money = std::uint64_t;

inline constexpr Money money_max = 1'000'000'000'000'000'000;

/// Work units, 10^9 gas each; `uyard` for 10^6 of them.
using WorkUnits = std::uint64_t;
using Price = std::uint64_t;

inline constexpr Price price_max = 1'000'000'000'000'000;
inline constexpr WorkUnits ask_work_units_max = 1'000'000'000'000'000;

enum class ClassId : std::uint32_t {};

enum class Product : std::uint8_t {
    work = 1,
};

/// Orders and asks count together, from 1.
enum class OrderId : std::uint64_t {};

/// One run: task 0 of a single order.
struct JobId {
    OrderId order{};
    std::uint32_t task = 0;

    auto operator<=>(const JobId&) const = default;
};

/// "42" and "42/0", as events and clients have them.
std::string to_string(OrderId id);
std::string to_string(JobId id);

struct BookId {
    ClassId class_id{};
    Product product = Product::work;

    auto operator<=>(const BookId&) const = default;
};

}  // namespace steelyard::market
