// Money: amounts, denominations, coins, and sets of coins.
#pragma once

#include "base/bytes.h"
#include "base/checked.h"
#include "base/result.h"

#include <compare>
#include <optional>
#include <vector>

namespace steelyard::chain {

/// A number of smallest units. It is never negative and, unlike the Cosmos SDK's Int of 256 bits,
/// at most 2^127 - 1, so that a difference of two amounts fits Int128.
class Amount {
public:
    static constexpr Uint128 value_max = (Uint128{1} << 127) - 1;

    constexpr Amount() = default;
    constexpr explicit Amount(std::uint64_t value) : value_(value) {}

    /// Nothing above value_max.
    static constexpr std::optional<Amount> from(Uint128 value) {
        return value <= value_max ? std::optional(Amount(value, 0)) : std::nullopt;
    }

    /// Reads digits without a sign or leading zeros.
    static Result<Amount> parse(std::string_view text);

    constexpr Uint128 value() const { return value_; }
    constexpr bool is_zero() const { return value_ == 0; }

    constexpr auto operator<=>(const Amount&) const = default;

private:
    constexpr Amount(Uint128 value, int) : value_(value) {}

    Uint128 value_ = 0;
};

std::string to_string(Amount amount);

/// a + b, or nothing above Amount::value_max.
std::optional<Amount> checked_add(Amount a, Amount b);

/// a - b, or nothing where b is larger.
std::optional<Amount> checked_sub(Amount a, Amount b);

/// amount * factor, or nothing above Amount::value_max.
std::optional<Amount> checked_mul(Amount amount, std::uint64_t factor);

/// The name of a kind of coin: a letter, then 2 to 127 letters, digits and "/:._-".
class Denom {
public:
    static constexpr std::size_t size_max = 128;

    /// No denomination. `parse` never returns it.
    Denom() = default;

    static Result<Denom> parse(std::string_view text);

    const std::string& text() const { return text_; }

    auto operator<=>(const Denom&) const = default;

private:
    explicit Denom(std::string_view text) : text_(text) {}

    std::string text_;
};

struct Coin {
    Denom denom;
    Amount amount;

    auto operator<=>(const Coin&) const = default;

    /// Reads "10uyard".
    static Result<Coin> parse(std::string_view text);
};

std::string to_string(const Coin& coin);

/// cosmos.base.v1beta1.Coin. A zero amount is written "0".
Bytes encode_coin(const Coin& coin);
Result<Coin> decode_coin(ByteView bytes);

/// Positive amounts of different denominations, in the byte order of these.
class Coins {
public:
    static constexpr std::size_t size_max = 64;

    /// None.
    Coins() = default;

    /// Takes coins that already stand as above; for what comes from outside.
    static Result<Coins> make(std::vector<Coin> coins);

    /// Reads "10uyard,5uabc", in any order; empty text is no coins, and zero amounts are dropped. A
    /// denomination must not come twice.
    static Result<Coins> parse(std::string_view text);

    const std::vector<Coin>& all() const { return coins_; }
    bool empty() const { return coins_.empty(); }
    Amount amount_of(const Denom& denom) const;

    auto operator<=>(const Coins&) const = default;

private:
    friend std::optional<Coins> checked_add(const Coins& a, const Coins& b);
    friend std::optional<Coins> checked_sub(const Coins& a, const Coins& b);

    explicit Coins(std::vector<Coin> coins) : coins_(std::move(coins)) {}

    std::vector<Coin> coins_;
};

/// "5uabc,10uyard".
std::string to_string(const Coins& coins);

/// a + b by denomination, or nothing where an amount or the number of denominations is too large.
std::optional<Coins> checked_add(const Coins& a, const Coins& b);

/// a - b by denomination, or nothing where b has more of any.
std::optional<Coins> checked_sub(const Coins& a, const Coins& b);

}  // namespace steelyard::chain
