// fma(a, b, c) = a * b + c with one rounding (doc/spec/vm.md, A1): by the processor, or without it.
#pragma once

#include "base/checked.h"
#include "vm/ops/rule.h"

namespace steelyard::vm {

/// Any NaN is a NaN of any bits. The product of two f32 is exact in f64; the sum is rounded to odd
/// there (Boldo, Melquiond: "Emulation of a FMA and correctly rounded sums", 2008), which leaves
/// the one rounding to f32 right, results among the subnormals and overflow included.
VM_RULE float software_fma(float a, float b, float c) {
    const double product = static_cast<double>(a) * static_cast<double>(b);
    const double addend = static_cast<double>(c);
    const double sum = product + addend;
    const double part = sum - product;
    const double error = (product - (sum - part)) + (addend - part);
    std::uint64_t bits = bits_of(sum);
    if ((error > 0.0 || error < 0.0) && (bits & 1) == 0) {
        bits += (error > 0.0) == (sum > 0.0) ? 1 : ~std::uint64_t{0};
    }
    return static_cast<float>(f64_of(bits));
}

/// A finite f64 as magnitude * 2^exponent.
struct UnpackedF64 {
    std::uint64_t magnitude = 0;  ///< below 2^53
    int exponent = 0;
    bool negative = false;
};

VM_RULE UnpackedF64 unpack(double x) {
    const std::uint64_t bits = bits_of(x);
    const int biased = static_cast<int>(bits >> 52 & 0x7ff);
    const std::uint64_t fraction = bits & 0xfffffffffffff;
    return {
        .magnitude = biased == 0 ? fraction : fraction | std::uint64_t{1} << 52,
        .exponent = (biased == 0 ? 1 : biased) - 1075,
        .negative = bits >> 63 != 0,
    };
}

VM_RULE int leading_zeros(Uint128 x) {
    const auto high = static_cast<std::uint64_t>(x >> 64);
    const auto low = static_cast<std::uint64_t>(x);
    return high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll(low);
}

/// x >> count; the last bit is also set if a bit that was set fell off.
VM_RULE Uint128 shift_right_jammed(Uint128 x, int count) {
    if (count >= 127) {
        return x != 0 ? 1 : 0;
    }
    const Uint128 lost = x & ((Uint128{1} << count) - 1);
    return x >> count | (lost != 0 ? 1 : 0);
}

/// magnitude * 2^exponent, rounded once to nearest even; magnitude is not 0.
VM_RULE double round_to_f64(Uint128 magnitude, int exponent, bool negative) {
    const int top = exponent + 127 - leading_zeros(magnitude);  // 2^top <= value < 2^(top + 1)
    const int last = top - 52 < -1074 ? -1074 : top - 52;       // the result's last place
    const int drop = last - exponent;
    std::uint64_t whole = 0;
    if (drop <= 0) {
        whole = static_cast<std::uint64_t>(magnitude << -drop);
    } else {
        const Uint128 jammed = drop > 2 ? shift_right_jammed(magnitude, drop - 2)
                                        : magnitude << (2 - drop);  // in quarters of the last place
        whole = static_cast<std::uint64_t>(jammed >> 2);
        const auto quarters = static_cast<std::uint64_t>(jammed) & 3;
        whole += quarters == 3 || (quarters == 2 && (whole & 1) != 0) ? 1 : 0;
    }
    constexpr std::uint64_t infinity = 0x7ff0000000000000;
    const std::uint64_t sign = negative ? std::uint64_t{1} << 63 : 0;
    if (last > 971) {
        return f64_of(sign | infinity);
    }
    return f64_of(sign | ((static_cast<std::uint64_t>(last + 1074) << 52) + whole));
}

/// By integers of 128 bits.
VM_RULE double software_fma(double a, double b, double c) {
    constexpr std::uint64_t exponent_mask = 0x7ff0000000000000;
    const bool plain_factors = (bits_of(a) & exponent_mask) != exponent_mask &&
                               (bits_of(b) & exponent_mask) != exponent_mask;
    if (!plain_factors) {
        return a * b + c;  // an infinity or a NaN
    }
    if ((bits_of(c) & exponent_mask) == exponent_mask) {
        return c;
    }
    const UnpackedF64 x = unpack(a);
    const UnpackedF64 y = unpack(b);
    const UnpackedF64 z = unpack(c);
    const bool negative = x.negative != y.negative;
    Uint128 product = Uint128{x.magnitude} * y.magnitude;
    Uint128 addend = z.magnitude;
    if (product == 0) {
        return addend != 0 ? c : f64_of(std::uint64_t{negative && z.negative} << 63);
    }
    // Both with their first bit at 2^124: room for a sum, and for all the bits that a difference
    // of neighbours can cancel.
    const int up = leading_zeros(product) - 3;
    product <<= up;
    int exponent = x.exponent + y.exponent - up;
    if (addend == 0) {
        return round_to_f64(product, exponent, negative);
    }
    const int addend_up = leading_zeros(addend) - 3;
    addend <<= addend_up;
    const int addend_exponent = z.exponent - addend_up;
    if (exponent >= addend_exponent) {
        addend = shift_right_jammed(addend, exponent - addend_exponent);
    } else {
        product = shift_right_jammed(product, addend_exponent - exponent);
        exponent = addend_exponent;
    }
    if (negative == z.negative) {
        return round_to_f64(product + addend, exponent, negative);
    }
    if (product == addend) {
        return 0.0;
    }
    return product > addend ? round_to_f64(product - addend, exponent, negative)
                            : round_to_f64(addend - product, exponent, z.negative);
}

/// By the processor's instruction where there is one (asked for once), else by software.
float processor_fma(float a, float b, float c);
double processor_fma(double a, double b, double c);

// Policies: rules that have an fma in them are templates over one of these. Kernel files that are
// compiled for processors with an fma bring their own, around the compiler's builtin.

struct ProcessorFma {
    static float fma(float a, float b, float c) { return processor_fma(a, b, c); }
    static double fma(double a, double b, double c) { return processor_fma(a, b, c); }
};

struct SoftwareFma {
    static constexpr float fma(float a, float b, float c) { return software_fma(a, b, c); }
    static constexpr double fma(double a, double b, double c) { return software_fma(a, b, c); }
};

}  // namespace steelyard::vm
