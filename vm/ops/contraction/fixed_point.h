// Rows of f32 as integers with one exponent (doc/spec/vm-operators.md, K5).
#pragma once

#include "vm/ops/fma.h"

#include <cstddef>
#include <cstdint>

namespace steelyard::vm {

/// What is known of a row before its elements become integers.
struct RowScale {
    bool finite = true;  ///< no infinity, no NaN
    int exponent = 0;    ///< the least e with |x| < 2^e for all x; 0 where all are zeros
    bool zero = true;    ///< all are zeros
};

/// The bits of the greatest magnitude so far, with one element more.
VM_RULE std::uint32_t greater_magnitude(std::uint32_t most, float x) {
    const std::uint32_t magnitude = bits_of(x) & 0x7fffffff;
    return magnitude > most ? magnitude : most;
}

/// The scale of a row whose greatest magnitude has these bits.
VM_RULE RowScale scale_of(std::uint32_t most) {
    if (most == 0) {
        return {};
    }
    if (most >= 0x7f800000) {
        return {.finite = false, .exponent = 0, .zero = false};
    }
    const int biased = static_cast<int>(most >> 23);
    const int exponent =
        biased != 0 ? biased - 126 : 32 - __builtin_clz(most) - 149;  // a subnormal is n * 2^-149
    return {.finite = true, .exponent = exponent, .zero = false};
}

/// 2^exponent, for exponents of normal numbers.
VM_RULE double f64_power_of_two(int exponent) {
    return f64_of(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

/// x * 2^(bits - exponent) to the nearest integer, ties to even, held within 2^bits - 1. The
/// product is exact in f64; adding 1.5 * 2^52 rounds it to an integer.
VM_RULE double digit_of(float x, double scale, double most) {
    constexpr double to_integer = 0x1.8p52;
    const double whole = (static_cast<double>(x) * scale + to_integer) - to_integer;
    return whole > most ? most : whole < -most ? -most : whole;
}

/// sum * 2^exponent, rounded once to f32: nearest even, subnormals honoured, overflow to infinity.
VM_RULE float round_to_f32(std::int64_t sum, int exponent) {
    if (sum == 0) {
        return 0.0F;
    }
    const std::uint32_t sign = sum < 0 ? 0x80000000 : 0;
    const std::uint64_t magnitude =
        sum < 0 ? ~static_cast<std::uint64_t>(sum) + 1 : static_cast<std::uint64_t>(sum);
    const int top = exponent + 63 - __builtin_clzll(magnitude);  // 2^top <= value < 2^(top + 1)
    const int last = top - 23 < -149 ? -149 : top - 23;          // the result's last place
    const int drop = last - exponent;
    if (last > 104) {
        return f32_of(sign | 0x7f800000);
    }
    std::uint64_t whole = 0;
    if (drop <= 0) {
        whole = magnitude << -drop;
    } else if (drop <= 64) {
        const std::uint64_t kept = drop == 64 ? 0 : magnitude >> drop;
        const std::uint64_t half = std::uint64_t{1} << (drop - 1);
        const std::uint64_t rest = drop == 64 ? magnitude : magnitude & (half * 2 - 1);
        whole = kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0);
    }
    return f32_of(
        sign | ((static_cast<std::uint32_t>(last + 149) << 23) + static_cast<std::uint32_t>(whole))
    );
}

}  // namespace steelyard::vm
