// log and log2 in f32.
#pragma once

#include "vm/ops/elementwise/float_rules.h"

namespace steelyard::vm {

/// A positive x = 2^k * (1 + f), f from sqrt(1/2) - 1 to sqrt(2) - 1.
struct LogParts {
    float k = 0.0F;
    float f = 0.0F;
};

VM_RULE LogParts log_parts(float x) {
    constexpr std::uint32_t root_of_half = 0x3f3504f3;
    const bool tiny = x < 0x1p-126F;
    const std::uint32_t bits = bits_of(tiny ? x * 0x1p23F : x) - root_of_half;
    const auto k = static_cast<std::int32_t>(bits) >> 23;
    return {
        .k = static_cast<float>(k) - (tiny ? 23.0F : 0.0F),
        .f = f32_of((bits & 0x7fffff) + root_of_half) - 1.0F,
    };
}

/// What the logarithm of x is where `value` is not it.
VM_RULE float log_or_special(float x, float value) {
    const float finite = x == 0.0F ? -f32_of(0x7f800000) : value;
    const float positive = x < 0.0F ? f32_of(0x7fc00000) : finite;
    return x == f32_of(0x7f800000) ? x : clean(x != x ? x : positive);
}

template <typename P>
struct Log {
    VM_RULE static float of(float x) {
        const auto [k, f] = log_parts(x);
        float q = f32_of(0xbd9c659f);
        q = P::fma(q, f, f32_of(0x3e02b2a7));
        q = P::fma(q, f, f32_of(0xbe06c2a3));
        q = P::fma(q, f, f32_of(0x3e116c2f));
        q = P::fma(q, f, f32_of(0xbe2a390c));
        q = P::fma(q, f, f32_of(0x3e4cd011));
        q = P::fma(q, f, f32_of(0xbe800114));
        q = P::fma(q, f, f32_of(0x3eaaaaaa));
        const float bend = f * f * P::fma(q, f, -0.5F);
        const float ln2 = f32_of(0x3f317218);
        const float high = P::fma(k, ln2, f);
        const float lost = P::fma(k, ln2, -high) + f;
        const float low = P::fma(k, f32_of(0xb102e308), bend) + lost;
        return log_or_special(x, high + low);
    }
};

template <typename P>
struct Log2 {
    VM_RULE static float of(float x) {
        const auto [k, f] = log_parts(x);
        float q = f32_of(0xbde19001);
        q = P::fma(q, f, f32_of(0x3e3efdc0));
        q = P::fma(q, f, f32_of(0xbe43bf81));
        q = P::fma(q, f, f32_of(0x3e517499));
        q = P::fma(q, f, f32_of(0xbe7558b4));
        q = P::fma(q, f, f32_of(0x3e93bf74));
        q = P::fma(q, f, f32_of(0xbeb8ad64));
        q = P::fma(q, f, f32_of(0x3ef6384a));
        q = P::fma(q, f, f32_of(0xbf38aa38));
        const float log2_e = f32_of(0x3fb8aa3b);
        const float line = f * log2_e;
        const float line_low = P::fma(f, log2_e, -line) + P::fma(f, f32_of(0x32a57060), f * f * q);
        const float high = k + line;
        const float low = ((k - high) + line) + line_low;
        return log_or_special(x, high + low);
    }
};

}  // namespace steelyard::vm
