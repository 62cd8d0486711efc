// pow in f32, through f64.
#pragma once

#include "vm/ops/elementary/through_f64.h"

namespace steelyard::vm {

/// 2^(y log2 |x|), with the special cases of C (annex F.10.4.4).
struct Pow {
    VM_RULE static float of(float x, float y) {
        const double infinity = f64_of(0x7ff0000000000000);
        const auto a = static_cast<double>(magnitude(x));
        const auto b = static_cast<double>(y);
        const LogPartsF64 parts = log_parts_f64(a);
        const double log2 = parts.k + parts.log * f64_of(0x3ff71547652b82fe);
        const double exponent = within_f64(b * log2, -400.0, 400.0);
        // 2^exponent = 2^k * e^(r ln 2)
        const double near = (exponent + f64_rounder) - f64_rounder;
        const double fraction = exp_f64((exponent - near) * f64_of(0x3fe62e42fefa39ef));
        const double finite = fraction * f64_of((bits_of(near + f64_rounder) + 1023) << 52);
        const bool grows = (a > 1.0) == (b > 0.0);
        const double at_edge = grows ? infinity : 0.0;
        const bool edge = a == 0.0 || a == infinity || magnitude(b) == infinity;
        const double size = a == 1.0 ? 1.0 : (edge ? at_edge : finite);
        const bool whole = nearest_integer(y) == y;
        const bool odd = whole && nearest_integer(0.5F * y) != 0.5F * y;
        const bool negative = (bits_of(x) >> 31) != 0;
        const float value = static_cast<float>(size);
        const float with_sign_of_x = negative && odd ? -value : value;
        const bool no_root = negative && !whole && a != 0.0 && a != infinity;
        const bool invalid = no_root || x != x || y != y;
        const float all = invalid ? f32_of(0x7fc00000) : with_sign_of_x;
        return x == 1.0F || y == 0.0F ? 1.0F : all;
    }
};

}  // namespace steelyard::vm
