#include "base/decimal.h"

#include <algorithm>

namespace steelyard {

std::string to_decimal(Uint128 value) {
    std::string text;
    do {
        text.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    } while (value != 0);
    std::reverse(text.begin(), text.end());
    return text;
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
