// sin and cos in f32, and the exact reduction of large arguments.
#pragma once

#include "vm/ops/elementwise/float_rules.h"

namespace steelyard::vm {

/// Up to here three f32 of pi / 2 reduce an argument; beyond, integers do.
constexpr float trig_small_max = 3000.0F;

/// x = (quadrant + a multiple of 4) * pi / 2 + high + low.
struct ReducedF32 {
    std::uint32_t quadrant = 0;
    float high = 0.0F;
    float low = 0.0F;
};

/// |x| <= trig_small_max.
template <typename P>
VM_RULE ReducedF32 reduce_small(float x) {
    constexpr float rounder = 0x1.8p23F;
    const float rounded = P::fma(x, f32_of(0x3f22f983), rounder);  // 2 / pi
    const float k = rounded - rounder;
    const float r1 = P::fma(k, -f32_of(0x3fc90fdb), x);  // exact
    const float r2 = P::fma(k, -f32_of(0xb33bbd2e), r1);
    const float lost = P::fma(k, -f32_of(0xb33bbd2e), r1 - r2);
    const float rest = P::fma(k, -f32_of(0xa6f72ced), lost);
    const float high = r2 + rest;
    return {.quadrant = bits_of(rounded), .high = high, .low = (r2 - high) + rest};
}

/// A large |x| = (quadrant + a multiple of 4) * pi / 2 + rest.
struct ReducedF64 {
    std::uint32_t quadrant = 0;
    double rest = 0.0;
};

/// 2 / pi after a word of zeros.
constexpr std::uint32_t two_over_pi[8] = {
    0,
    0xa2f9836e,
    0x4e441529,
    0xfc2757d1,
    0xf534ddc0,
    0xdb629599,
    0x3c439041,
    0xfe5163ab,
};

/// 32 of these bits from bit `offset` on.
VM_RULE std::uint32_t two_over_pi_at(std::uint32_t offset) {
    const std::uint32_t word = offset / 32;
    const std::uint64_t two = std::uint64_t{two_over_pi[word]} << 32 | two_over_pi[word + 1];
    return static_cast<std::uint32_t>(two >> (32 - offset % 32));
}

/// Of the magnitude of a finite x of at least 2^11. x * 2 / pi modulo 4 by 96 bits of 2 / pi, those
/// that neither give a multiple of 4 nor come after the 96th.
VM_RULE ReducedF64 reduce_large(float x) {
    const std::uint32_t bits = bits_of(x) & 0x7fffffff;
    const std::uint64_t significand = (bits & 0x7fffff) | 0x800000;
    const std::uint32_t offset = (bits >> 23) - 150 + 30;  // x = significand * 2^(biased - 150)
    const std::uint64_t low = significand * two_over_pi_at(offset + 64);
    const std::uint64_t middle = significand * two_over_pi_at(offset + 32) + (low >> 32);
    const std::uint64_t high = significand * two_over_pi_at(offset) + (middle >> 32);
    // In units of 2^-62 quadrants, modulo 4 quadrants.
    const std::uint64_t turns = high << 32 | (middle & 0xffffffff);
    const std::uint64_t quadrant = (turns + (std::uint64_t{1} << 61)) >> 62;
    const auto rest = static_cast<std::int64_t>(turns - (quadrant << 62));
    return {
        .quadrant = static_cast<std::uint32_t>(quadrant),
        .rest = static_cast<double>(rest) * f64_of(0x3c1921fb54442d18),  // pi / 2 * 2^-62
    };
}

/// sin(quadrant * pi / 2 + high + low); cos is the sine of the next quadrant.
template <typename P>
VM_RULE float sine_of(const ReducedF32& x) {
    const float r = x.high;
    const float z = r * r;
    float s = f32_of(0xb94ca96d);
    s = P::fma(s, z, f32_of(0x3c0883bb));
    s = P::fma(s, z, f32_of(0xbe2aaaa3));
    const float sine = r + P::fma(r * z, s, x.low);
    float c = f32_of(0x37ccf40c);
    c = P::fma(c, z, f32_of(0xbab60614));
    c = P::fma(c, z, f32_of(0x3d2aaaa5));
    const float high = P::fma(z, -0.5F, 1.0F);
    const float lost = P::fma(z, -0.5F, 1.0F - high);
    const float cosine = high + P::fma(z * z, c, P::fma(-r, x.low, lost));
    const float value = (x.quadrant & 1) != 0 ? cosine : sine;
    return f32_of(bits_of(value) ^ (x.quadrant & 2) << 30);
}

/// |x| <= trig_small_max: what kernels do for whole rows.
template <typename P>
struct SmallSin {
    VM_RULE static float of(float x) {
        const float sine = sine_of<P>(reduce_small<P>(x));
        return x == 0.0F ? x : sine;
    }
};

template <typename P>
struct SmallCos {
    VM_RULE static float of(float x) {
        ReducedF32 reduced = reduce_small<P>(x);
        reduced.quadrant += 1;
        return sine_of<P>(reduced);
    }
};

/// The sine of |x| and more quadrants, for what is not small; a NaN for an infinity or a NaN.
template <typename P>
VM_RULE float large_sine(float x, std::uint32_t quadrants) {
    if ((bits_of(x) & 0x7f800000) == 0x7f800000) {
        return f32_of(0x7fc00000);
    }
    const ReducedF64 reduced = reduce_large(x);
    const auto high = static_cast<float>(reduced.rest);
    const auto low = static_cast<float>(reduced.rest - static_cast<double>(high));
    return sine_of<P>({.quadrant = reduced.quadrant + quadrants, .high = high, .low = low});
}

template <typename P>
struct LargeSin {
    VM_RULE static float of(float x) {
        const float sine = large_sine<P>(x, 0);
        return clean(x < 0.0F ? -sine : sine);
    }
};

template <typename P>
struct LargeCos {
    VM_RULE static float of(float x) { return large_sine<P>(x, 1); }
};

}  // namespace steelyard::vm
