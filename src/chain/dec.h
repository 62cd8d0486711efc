// Dec: decimal fractions with 18 places, which compute and travel as the Cosmos SDK's LegacyDec.
#pragma once

#include "base/checked.h"
#include "base/result.h"
#include "chain/coin.h"

#include <compare>
#include <optional>

namespace steelyard::chain {

/// What becomes of the digits that do not fit.
enum class Rounding : std::uint8_t {
    half_even,  ///< to the nearest, from the middle to the even neighbour (Go: Mul, Quo, RoundInt)
    truncate,   ///< toward zero (MulTruncate, QuoTruncate, TruncateInt)
    up,         ///< toward positive infinity (MulRoundUp, QuoRoundUp, Ceil)
};

/// A multiple of 10^-18 whose 10^18-fold is at most 2^127 - 1 either way: up to about 1.7 * 10^20.
/// The SDK's bound is 2^315; an operation that needs more room than ours gives nothing here.
class Dec {
public:
    static constexpr int places = 18;
    static constexpr std::int64_t scale = 1'000'000'000'000'000'000;  ///< 10^places

    /// Zero.
    constexpr Dec() = default;

    constexpr explicit Dec(std::int64_t integer) : scaled_(Int128{integer} * scale) {}

    /// The value times 10^18, or nothing for the one Int128 that has no negative.
    static std::optional<Dec> from_scaled(Int128 scaled);

    /// Nothing above 2^127 / 10^18.
    static std::optional<Dec> from_amount(Amount amount);

    /// Reads "-1", "0.05": an optional minus, digits without leading zeros, and at most 18 places.
    static Result<Dec> parse(std::string_view text);

    /// Reads the text that protobuf messages and signatures hold: the value times 10^18 in digits,
    /// without a point.
    static Result<Dec> parse_wire(std::string_view text);

    constexpr Int128 scaled() const { return scaled_; }
    constexpr bool is_zero() const { return scaled_ == 0; }
    constexpr bool is_negative() const { return scaled_ < 0; }

    constexpr auto operator<=>(const Dec&) const = default;

private:
    Int128 scaled_ = 0;
};

/// As JSON has it, always with 18 places: "0.050000000000000000".
std::string to_string(Dec dec);

/// As protobuf messages have it: "50000000000000000".
std::string to_wire(Dec dec);

// The exact result, or nothing where it is out of range.
std::optional<Dec> checked_add(Dec a, Dec b);
std::optional<Dec> checked_sub(Dec a, Dec b);
std::optional<Dec> checked_mul(Dec dec, Amount amount);

/// a * b, rounded to 18 places; nothing where it is out of range.
std::optional<Dec> multiply(Dec a, Dec b, Rounding rounding = Rounding::half_even);

/// a / b, cut to 36 places as the SDK does and then rounded to 18; nothing where it is out of range
/// or b is zero.
std::optional<Dec> divide(Dec a, Dec b, Rounding rounding = Rounding::half_even);

/// dec / amount, cut to 18 places (QuoInt); nothing where the amount is zero.
std::optional<Dec> divide(Dec dec, Amount amount);

// dec * amount / divisor, where the product may be out of range as long as the result is not.
// Nothing where the divisor is zero.

/// As `divide` (Go: MulInt and then Quo or QuoTruncate).
std::optional<Dec> multiply_divide(
    Dec dec, Amount amount, Dec divisor, Rounding rounding = Rounding::half_even
);

/// Cut to 18 places (MulInt and then QuoInt).
std::optional<Dec> multiply_divide(Dec dec, Amount amount, Amount divisor);

/// The whole number, or nothing where it is negative.
std::optional<Amount> to_amount(Dec dec, Rounding rounding);

}  // namespace steelyard::chain
