// Floats as 64-bit fixed point, exactly: what makes a sum free of its order.
#pragma once

#include "vm/ops/rule.h"

#include <limits>

namespace steelyard::vm {

/// x * 2^fraction to the nearest integer, ties to even, held within i64; a NaN gives 0. fraction is
/// 1 to 60.
VM_RULE std::int64_t to_fixed_point(float x, int fraction) {
    const std::uint32_t bits = bits_of(x);
    const int biased = static_cast<int>(bits >> 23 & 0xff);
    const bool negative = bits >> 31 != 0;
    if (x != x) {
        return 0;
    }
    const std::uint64_t whole = (bits & 0x7fffff) | (biased == 0 ? 0U : 0x800000U);
    const int shift = (biased == 0 ? 1 : biased) - 150 + fraction;
    std::uint64_t magnitude = 0;
    if (shift >= 0) {
        const int room = whole == 0 ? 64 : __builtin_clzll(whole) - 1;  // below 2^63
        if (shift > room && whole != 0) {
            return negative ? std::numeric_limits<std::int64_t>::min()
                            : std::numeric_limits<std::int64_t>::max();
        }
        magnitude = whole == 0 ? 0 : whole << shift;
    } else if (shift > -26) {
        const std::uint64_t half = std::uint64_t{1} << (-shift - 1);
        const std::uint64_t rest = whole & (2 * half - 1);
        magnitude = whole >> -shift;
        magnitude += rest > half || (rest == half && (magnitude & 1) != 0) ? 1 : 0;
    }
    const auto value = static_cast<std::int64_t>(magnitude);
    return negative ? -value : value;
}

/// sum * 2^-fraction, rounded once.
VM_RULE float from_fixed_point(std::int64_t sum, int fraction) {
    return static_cast<float>(sum) * f32_of(static_cast<std::uint32_t>(127 - fraction) << 23);
}

}  // namespace steelyard::vm
