// Money and addresses as people write them.
#pragma once

#include "chain/coin.h"
#include "chain/dec.h"
#include "crypto/hash.h"

namespace steelyard::client {

/// What the chain counts in, and what people count in: 1 yard is 10^6 uyard.
inline constexpr std::string_view base_denom = "uyard";
inline constexpr std::string_view display_denom = "yard";
inline constexpr int display_places = 6;

/// Reads "10uyard", "2.5yard", or a whole number of another denomination. Errors: no number, an
/// exponent, no denomination, more than six places, a fraction of what has none.
Result<chain::Coin> parse_money(std::string_view text);

/// Reads "1yard,5uabc", in any order; none twice, zero amounts are dropped.
Result<chain::Coins> parse_moneys(std::string_view text);

/// "2.5 yard", "7 uabc".
std::string show(const chain::Coin& coin);

/// "2.5 yard, 7 uabc"; "nothing".
std::string show(const chain::Coins& coins);

/// A fraction of the base denomination, such as a reward: "0.0000123 yard", cut to 12 places.
std::string show_base(chain::Dec amount);

/// What one unit of gas costs.
struct GasPrice {
    chain::Dec amount{};
    chain::Denom denom{};
};

/// Reads "0.01uyard".
Result<GasPrice> parse_gas_price(std::string_view text);

/// The price of so much gas, rounded up.
Result<chain::Coin> fee_of(const GasPrice& price, std::uint64_t gas);

// The prefixes of addresses.
inline constexpr std::string_view account_prefix = "yard";
inline constexpr std::string_view operator_prefix = "yardvaloper";
inline constexpr std::string_view consensus_prefix = "yardvalcons";

std::string address_text(std::string_view prefix, const crypto::Address& address);

/// 20 bytes under that prefix. An error says what the text is if it has another of them.
Result<crypto::Address> parse_address(std::string_view prefix, std::string_view text);

}  // namespace steelyard::client
