// f16 and bf16: storage types, widened exactly and rounded once (doc/spec/vm.md, A3 and A5).
#pragma once

#include <bit>
#include <cstdint>

namespace steelyard::vm {

/// The canonical NaNs (A2).
constexpr std::uint32_t f32_nan_bits = 0x7fc00000;
constexpr std::uint64_t f64_nan_bits = 0x7ff8000000000000;
constexpr std::uint16_t f16_nan_bits = 0x7e00;
constexpr std::uint16_t bf16_nan_bits = 0x7fc0;

constexpr float canonical(float x) {
    return x != x ? std::bit_cast<float>(f32_nan_bits) : x;
}

constexpr double canonical(double x) {
    return x != x ? std::bit_cast<double>(f64_nan_bits) : x;
}

/// Exact.
constexpr float f32_from_bf16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// Nearest even; a NaN gives the canonical one.
constexpr std::uint16_t bf16_from_f32(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    if (x != x) {
        return bf16_nan_bits;
    }
    return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Exact.
constexpr float f32_from_f16(std::uint16_t bits) {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
    const std::uint32_t exponent = (bits >> 10) & 0x1f;
    std::uint32_t fraction = bits & 0x3ff;
    if (exponent == 0x1f) {
        return std::bit_cast<float>(sign | 0x7f800000 | (fraction << 13));
    }
    if (exponent != 0) {
        return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
    }
    if (fraction == 0) {
        return std::bit_cast<float>(sign);
    }
    const auto shift = static_cast<std::uint32_t>(std::countl_zero(fraction)) - 21;
    fraction = (fraction << shift) & 0x3ff;
    return std::bit_cast<float>(sign | ((113 - shift) << 23) | (fraction << 13));
}

/// Nearest even; overflow gives an infinity, a NaN the canonical one.
constexpr std::uint16_t f16_from_f32(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
    const std::uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
        return f16_nan_bits;
    }
    if (magnitude >= 0x477ff000) {  // 65,520 and more
        return static_cast<std::uint16_t>(sign | 0x7c00);
    }
    if (magnitude >= 0x38800000) {  // normal: 2^-14 and more
        const std::uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
        return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000) >> 13));
    }
    if (magnitude < 0x33000000) {  // below 2^-25: nearer to 0 than to the least subnormal
        return sign;
    }
    const std::uint32_t shift = 126 - (magnitude >> 23);  // of the significand, to units of 2^-24
    const std::uint32_t significand = (magnitude & 0x7fffff) | 0x800000;
    const std::uint32_t whole = significand >> shift;
    const std::uint32_t rest = significand & ((1U << shift) - 1);
    const std::uint32_t half = 1U << (shift - 1);
    const bool up = rest > half || (rest == half && (whole & 1) != 0);
    return static_cast<std::uint16_t>(sign | (whole + (up ? 1 : 0)));
}

}  // namespace steelyard::vm
