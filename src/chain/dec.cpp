#include "chain/dec.h"

#include "base/decimal.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

namespace steelyard::chain {
namespace {

/// Holds a product of two magnitudes, and a magnitude times 10^36 (127 + 120 bits).
using Wide = boost::multiprecision::uint256_t;

/// Holds a product of two magnitudes times 10^36 (254 + 120 bits).
using Wider = boost::multiprecision::uint512_t;

/// Digits of 2^127, and a sign.
constexpr std::size_t text_size_max = 40;

constexpr Int128 scaled_max = static_cast<Int128>(Amount::value_max);

Uint128 magnitude(Dec dec) {
    return static_cast<Uint128>(dec.is_negative() ? -dec.scaled() : dec.scaled());
}

std::optional<Dec> with_sign(const Wide& value, bool negative) {
    if (value > Wide(Amount::value_max)) {
        return std::nullopt;
    }
    const auto scaled = static_cast<Int128>(static_cast<Uint128>(value));
    return Dec::from_scaled(negative ? -scaled : scaled);
}

/// value / 10^18, where `negative` is the sign that the result will get.
Wide drop_places(const Wide& value, bool negative, Rounding rounding) {
    const Wide quotient = value / Dec::scale;
    const Wide rest = value % Dec::scale;
    bool away_from_zero = false;
    switch (rounding) {
        case Rounding::half_even: {
            constexpr std::int64_t half = Dec::scale / 2;
            away_from_zero = rest > half || (rest == half && quotient % 2 == 1);
            break;
        }
        case Rounding::truncate:
            break;
        case Rounding::up:
            away_from_zero = !negative && rest != 0;
            break;
    }
    return away_from_zero ? Wide(quotient + 1) : quotient;
}

/// A minus, if there is one, is taken off the text.
bool take_minus(std::string_view& text) {
    const bool negative = text.starts_with('-');
    text.remove_prefix(negative ? 1 : 0);
    return negative;
}

Result<Dec> from_magnitude(Uint128 value, bool negative) {
    if (negative && value == 0) {
        return invalid("zero has a minus");
    }
    if (const auto dec = with_sign(Wide(value), negative)) {
        return *dec;
    }
    return fail(ErrorCode::too_large, "decimal number is out of range");
}

}  // namespace

std::optional<Dec> Dec::from_scaled(Int128 scaled) {
    if (scaled < -scaled_max) {
        return std::nullopt;
    }
    Dec dec;
    dec.scaled_ = scaled;
    return dec;
}

std::optional<Dec> Dec::from_amount(Amount amount) {
    return with_sign(Wide(amount.value()) * scale, false);
}

Result<Dec> Dec::parse(std::string_view text) {
    if (text.size() > text_size_max + 1) {
        return fail(ErrorCode::too_large, "decimal number has {} characters", text.size());
    }
    const bool negative = take_minus(text);
    const std::size_t point = text.find('.');
    TRY_ASSIGN(const Uint128 integer, parse_decimal(text.substr(0, point)));

    Uint128 fraction = 0;
    if (point != text.npos) {
        std::string digits(text.substr(point + 1));
        if (digits.empty() || digits.size() > places) {
            return invalid("'{}' has {} decimal places, not 1 to {}", text, digits.size(), places);
        }
        digits.resize(places, '0');
        const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
        TRY_ASSIGN(fraction, parse_decimal(std::string_view(digits).substr(first)));
    }
    const auto scaled = steelyard::checked_mul(integer, static_cast<Uint128>(scale));
    const auto sum = scaled ? steelyard::checked_add(*scaled, fraction) : std::nullopt;
    if (!sum) {
        return fail(ErrorCode::too_large, "decimal number {} is out of range", text);
    }
    return from_magnitude(*sum, negative);
}

Result<Dec> Dec::parse_wire(std::string_view text) {
    const bool negative = take_minus(text);
    TRY_ASSIGN(const Uint128 value, parse_decimal(text));
    return from_magnitude(value, negative);
}

std::string to_string(Dec dec) {
    std::string digits = to_decimal(magnitude(dec));
    if (digits.size() <= Dec::places) {
        digits.insert(0, Dec::places + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - Dec::places, ".");
    return dec.is_negative() ? "-" + digits : digits;
}

std::string to_wire(Dec dec) {
    const std::string digits = to_decimal(magnitude(dec));
    return dec.is_negative() ? "-" + digits : digits;
}

std::optional<Dec> checked_add(Dec a, Dec b) {
    const auto sum = steelyard::checked_add(a.scaled(), b.scaled());
    return sum ? Dec::from_scaled(*sum) : std::nullopt;
}

std::optional<Dec> checked_sub(Dec a, Dec b) {
    const auto difference = steelyard::checked_sub(a.scaled(), b.scaled());
    return difference ? Dec::from_scaled(*difference) : std::nullopt;
}

std::optional<Dec> checked_mul(Dec dec, Amount amount) {
    return with_sign(Wide(magnitude(dec)) * amount.value(), dec.is_negative());
}

std::optional<Dec> multiply(Dec a, Dec b, Rounding rounding) {
    const bool negative = a.is_negative() != b.is_negative();
    const Wide product = Wide(magnitude(a)) * magnitude(b);
    return with_sign(drop_places(product, negative, rounding), negative);
}

std::optional<Dec> divide(Dec a, Dec b, Rounding rounding) {
    if (b.is_zero()) {
        return std::nullopt;
    }
    const bool negative = a.is_negative() != b.is_negative();
    const Wide quotient = Wide(magnitude(a)) * Dec::scale * Dec::scale / magnitude(b);
    return with_sign(drop_places(quotient, negative, rounding), negative);
}

std::optional<Dec> divide(Dec dec, Amount amount) {
    if (amount.is_zero()) {
        return std::nullopt;
    }
    return Dec::from_scaled(dec.scaled() / static_cast<Int128>(amount.value()));
}

std::optional<Dec> multiply_divide(Dec dec, Amount amount, Dec divisor, Rounding rounding) {
    if (divisor.is_zero()) {
        return std::nullopt;
    }
    const bool negative = dec.is_negative() != divisor.is_negative();
    const Wider product = Wider(magnitude(dec)) * amount.value();
    const Wider quotient = product * Dec::scale * Dec::scale / magnitude(divisor);
    if (quotient / Dec::scale > Wider(Amount::value_max)) {
        return std::nullopt;
    }
    return with_sign(drop_places(Wide(quotient), negative, rounding), negative);
}

std::optional<Dec> multiply_divide(Dec dec, Amount amount, Amount divisor) {
    if (divisor.is_zero()) {
        return std::nullopt;
    }
    const Wide product = Wide(magnitude(dec)) * amount.value();
    return with_sign(product / divisor.value(), dec.is_negative());
}

std::optional<Amount> to_amount(Dec dec, Rounding rounding) {
    const Wide whole = drop_places(Wide(magnitude(dec)), dec.is_negative(), rounding);
    if (dec.is_negative() && whole != 0) {
        return std::nullopt;
    }
    return Amount::from(static_cast<Uint128>(whole));
}

}  // namespace steelyard::chain
