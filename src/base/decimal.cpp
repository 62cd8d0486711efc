#include "base/decimal.h"

#include <array>

namespace steelyard {

std::string to_decimal(Uint128 value) {
    constexpr std::size_t digits_max = 39;
    std::array<char, digits_max> digits;
    std::size_t first = digits.size();
    const auto put = [&](auto digit) { digits[--first] = static_cast<char>('0' + digit); };
    for (; value >> 64 != 0; value /= 10) {
        put(static_cast<int>(value % 10));
    }
    auto rest = static_cast<std::uint64_t>(value);  // several times as fast to divide
    do {
        put(static_cast<int>(rest % 10));
        rest /= 10;
    } while (rest != 0);
    return {digits.begin() + static_cast<std::ptrdiff_t>(first), digits.end()};
}

Result<Uint128> parse_decimal(std::string_view text) {
    constexpr std::size_t digits_max = 39;
    if (text.empty()) {
        return invalid("a number is missing");
    }
    if (text.size() > digits_max) {
        return fail(ErrorCode::too_large, "a number has {} digits", text.size());
    }
    if (text.size() > 1 && text[0] == '0') {
        return invalid("number '{}' has a leading zero", text);
    }
    Uint128 value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return invalid("'{}' is not a number", text);
        }
        const auto tens = checked_mul(value, 10);
        const auto next = tens ? checked_add(*tens, static_cast<unsigned>(c - '0')) : std::nullopt;
        if (!next) {
            return fail(ErrorCode::too_large, "number {} overflows 128 bits", text);
        }
        value = *next;
    }
    return value;
}

}  // namespace steelyard
