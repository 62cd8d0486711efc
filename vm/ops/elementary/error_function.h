// erf and gelu in f32.
#pragma once

#include "vm/ops/elementary/exponential.h"

namespace steelyard::vm {

/// A polynomial below 0.921875, else 1 - e^(-t - t h(t)) of t = |x|, at most 4.
template <typename P>
struct Erf {
    VM_RULE static float of(float x) {
        const float size = magnitude(x);
        const float z = x * x;
        float q = f32_of(0x38ae7e11);
        q = P::fma(q, z, f32_of(0xba551935));
        q = P::fma(q, z, f32_of(0x3baa615a));
        q = P::fma(q, z, f32_of(0xbcdc06b8));
        q = P::fma(q, z, f32_of(0x3de716f8));
        q = P::fma(q, z, f32_of(0xbec093a1));
        q = P::fma(q, z, f32_of(0x3e0375d4));
        const float small = P::fma(x, q, x);
        const float t = size > 4.0F ? 4.0F : size;
        float h = f32_of(0x36a49812);
        h = P::fma(h, t, f32_of(0xb83d7cf3));
        h = P::fma(h, t, f32_of(0xb858a94a));
        h = P::fma(h, t, f32_of(0x3b40685b));
        h = P::fma(h, t, f32_of(0xbcb9d2bd));
        h = P::fma(h, t, f32_of(0x3dd798a6));
        h = P::fma(h, t, f32_of(0x3f22b809));
        h = P::fma(h, t, f32_of(0x3e03a355));
        const float large = 1.0F - exp_of<P>(-P::fma(h, t, t));
        return clean(size < 0.921875F ? small : with_sign(large, x));
    }
};

/// x Phi(x), Phi the normal distribution's. With y = |x|, at most 15, Phi(-y) is e^(-y^2 / 2) times
/// a polynomial in (y - 4) / (y + 4) over y + 1.625; for x > 0 x Phi(x) = x - x Phi(-x).
template <typename P>
struct Gelu {
    VM_RULE static float of(float x) {
        const float size = magnitude(x);
        const float y = size < 15.0F ? size : 15.0F;
        const float square = y * y;
        const float lost = P::fma(y, y, -square);
        const ScaledF32 power = exp_parts<P>(-0.5F * square, -0.5F * lost);
        const float u = (y - 4.0F) / (y + 4.0F);
        float q = f32_of(0xb887fab7);
        q = P::fma(q, u, f32_of(0xb8bb7e7c));
        q = P::fma(q, u, f32_of(0x3a1a0e6e));
        q = P::fma(q, u, f32_of(0x38cda300));
        q = P::fma(q, u, f32_of(0xbb99c4c8));
        q = P::fma(q, u, f32_of(0x3c4ef3bb));
        q = P::fma(q, u, f32_of(0xbc5371c2));
        q = P::fma(q, u, f32_of(0xbc84d95c));
        q = P::fma(q, u, f32_of(0x3dbbe05a));
        q = P::fma(q, u, f32_of(0xbe501433));
        q = P::fma(q, u, f32_of(0x3f07f38a));
        const float tail = scaled(y * (power.fraction * (q / (y + 1.625F))), power.k);
        return clean(x < 0.0F ? -tail : x - tail);
    }
};

}  // namespace steelyard::vm
