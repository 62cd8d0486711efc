// pow in f32, through f64.
#pragma once

#include "vm/ops/elementary/through_f64.h"

namespace steelyard::vm {

/// 2^(y log2 |x|), with the special cases of C (annex F.10.4.4).
struct Pow {
    VM_RULE static float of(float x, float y) {
        const LogPartsF64 parts = log_parts_f64(static_cast<double>(magnitude(x)));
        const double log2 = parts.k + parts.log * f64_of(0x3ff71547652b82fe);
        const double exponent = within_f64(static_cast<double>(y) * log2, -400.0, 400.0);
        // 2^exponent = 2^k * e^(r ln 2)
        const double near = (exponent + f64_rounder) - f64_rounder;
        const double fraction = exp_f64((exponent - near) * f64_of(0x3fe62e42fefa39ef));
        const double power = fraction * f64_of((bits_of(near + f64_rounder) + 1023) << 52);
        // From here on all are choices between f32, without branches.
        const float infinity = f32_of(0x7f800000);
        const float a = magnitude(x);
        const float up = y > 0.0F ? infinity : 0.0F;
        const float down = y > 0.0F ? 0.0F : infinity;
        const float at_edge = a > 1.0F ? up : down;
        const float inner = magnitude(y) == infinity ? at_edge : static_cast<float>(power);
        const float finite = a == 0.0F ? at_edge : (a == infinity ? at_edge : inner);
        const float size = a == 1.0F ? 1.0F : finite;
        const float half = 0.5F * y;
        const std::uint32_t sign = bits_of(x) & 0x80000000;
        const std::uint32_t odd_sign = nearest_integer(half) == half ? 0 : sign;
        const float root = a == 0.0F ? size : (a == infinity ? size : f32_of(0x7fc00000));
        const float positive_or_root = sign != 0 ? root : size;
        const float real =
            nearest_integer(y) == y ? f32_of(bits_of(size) | odd_sign) : positive_or_root;
        const float ordered = x != x ? f32_of(0x7fc00000) : (y != y ? f32_of(0x7fc00000) : real);
        return x == 1.0F ? 1.0F : (y == 0.0F ? 1.0F : ordered);
    }
};

}  // namespace steelyard::vm
