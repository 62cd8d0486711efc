// exp, exp2, tanh, sigmoid, silu in f32.
#pragma once

#include "vm/ops/elementwise/float_rules.h"

namespace steelyard::vm {

/// Adding it to |x| < 2^22 rounds to the nearest integer, which then is the difference of the bits.
constexpr float f32_rounder = 0x1.8p23F;

/// A positive value as fraction * 2^k.
struct ScaledF32 {
    float fraction = 0.0F;
    std::int32_t k = 0;  ///< -252 to 254
};

/// 2^k for k from -126 to 127.
VM_RULE float power_of_two(std::int32_t k) {
    return f32_of(static_cast<std::uint32_t>(k + 127) << 23);
}

/// x * 2^k; only the last product rounds, and that only among the subnormals.
VM_RULE float scaled(float x, std::int32_t k) {
    const std::int32_t half = k >> 1;
    return x * power_of_two(half) * power_of_two(k - half);
}

/// e^(x + low) for |x| <= 126; `low` is at most a few last places of x.
template <typename P>
VM_RULE ScaledF32 exp_parts(float x, float low) {
    const float rounded = P::fma(x, f32_of(0x3fb8aa3b), f32_rounder);  // log2 e
    const float k = rounded - f32_rounder;
    const float r0 = P::fma(k, -f32_of(0x3f317218), x);  // ln 2
    const float r = P::fma(k, -f32_of(0xb102e308), r0) + low;
    float q = f32_of(0x3ab53562);
    q = P::fma(q, r, f32_of(0x3c091fbe));
    q = P::fma(q, r, f32_of(0x3d2aac4f));
    q = P::fma(q, r, f32_of(0x3e2aaa45));
    q = P::fma(q, r, f32_of(0x3efffffe));
    const float sum = P::fma(r * r, q, r);
    return {
        .fraction = 1.0F + sum,
        .k = static_cast<std::int32_t>(bits_of(rounded) - bits_of(f32_rounder)),
    };
}

/// x within [low, high]; a NaN stays one.
VM_RULE float within(float x, float low, float high) {
    const float above = x < low ? low : x;
    return above > high ? high : above;
}

/// Not cleaned of NaNs.
template <typename P>
VM_RULE float exp_of(float x) {
    const ScaledF32 parts = exp_parts<P>(within(x, -104.0F, 89.0F), 0.0F);
    return scaled(parts.fraction, parts.k);
}

template <typename P>
struct Exp {
    VM_RULE static float of(float x) { return clean(exp_of<P>(x)); }
};

template <typename P>
struct Exp2 {
    VM_RULE static float of(float x) {
        const float inside = within(x, -151.0F, 129.0F);
        const float rounded = inside + f32_rounder;
        const float r = inside - (rounded - f32_rounder);
        float q = f32_of(0x391f5a66);
        q = P::fma(q, r, f32_of(0x3aaf85c3));
        q = P::fma(q, r, f32_of(0x3c1d9904));
        q = P::fma(q, r, f32_of(0x3d6357bb));
        q = P::fma(q, r, f32_of(0x3e75fdeb));
        q = P::fma(q, r, f32_of(0x3f317218));
        const auto k = static_cast<std::int32_t>(bits_of(rounded) - bits_of(f32_rounder));
        return clean(scaled(P::fma(q, r, 1.0F), k));
    }
};

/// A polynomial below 0.625, else 1 - 2 / (e^(2 |x|) + 1).
template <typename P>
struct Tanh {
    VM_RULE static float of(float x) {
        const float size = magnitude(x);
        const float z = x * x;
        float q = f32_of(0x3b0d5cbf);
        q = P::fma(q, z, f32_of(0xbc06425d));
        q = P::fma(q, z, f32_of(0x3cb1d636));
        q = P::fma(q, z, f32_of(0xbd5cf90c));
        q = P::fma(q, z, f32_of(0x3e08883e));
        q = P::fma(q, z, f32_of(0xbeaaaaaa));
        const float small = P::fma(x * z, q, x);
        const float large = 1.0F - 2.0F / (exp_of<P>(size + size) + 1.0F);
        return clean(with_sign(size < 0.625F ? magnitude(small) : large, x));
    }
};

/// 1 / (1 + e^-x), without the overflow: of a negative x e^x / (1 + e^x).
template <typename P>
VM_RULE float sigmoid_of(float x) {
    const float power = exp_of<P>(-magnitude(x));
    return (x < 0.0F ? power : 1.0F) / (1.0F + power);
}

template <typename P>
struct Sigmoid {
    VM_RULE static float of(float x) { return clean(sigmoid_of<P>(x)); }
};

/// x / (1 + e^-x); of a negative x x e^x / (1 + e^x), scaled last; -0 for -infinity.
template <typename P>
struct Silu {
    VM_RULE static float of(float x) {
        const float size = magnitude(x) < 126.0F ? magnitude(x) : 126.0F;
        const ScaledF32 parts = exp_parts<P>(-size, 0.0F);
        const float sum = 1.0F + scaled(parts.fraction, parts.k);
        const float negative = scaled(-size * parts.fraction / sum, parts.k);
        return clean(x < 0.0F ? negative : x / sum);
    }
};

}  // namespace steelyard::vm
