// The stores of the ledger's state. doc/spec/ledger.md has what is in them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace steelyard::ledger {

/// A store's number is its place in the StateTree.
enum class Store : std::uint8_t {
    auth,
    bank,
    beacon,
    book,
    distribution,
    job,
    market,
    mint,
    params,
    provider,
    slashing,
    staking,
};

/// By number, ascending; a state keeps to them for ever.
inline constexpr std::array<std::string_view, 12> store_names = {
    "auth",
    "bank",
    "beacon",
    "book",
    "distribution",
    "job",
    "market",
    "mint",
    "params",
    "provider",
    "slashing",
    "staking",
};

}  // namespace steelyard::ledger
