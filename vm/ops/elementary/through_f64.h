// The functions that are computed in f64 and rounded to f32 once.
#pragma once

#include "vm/ops/elementary/double_core.h"

namespace steelyard::vm {

/// Below this magnitude a few terms of the series are more exact than what cancels.
constexpr double series_below = 0x1p-12;

VM_RULE float rounded(double x) {
    return clean(static_cast<float>(x));
}

VM_RULE double within_f64(double x, double low, double high) {
    const double above = x < low ? low : x;
    return above > high ? high : above;
}

struct Expm1 {
    VM_RULE static float of(float x) {
        const double v = within_f64(static_cast<double>(x), -104.0, 89.0);
        const double series = v + v * v * (0.5 + v * (1.0 / 6.0));
        const double value = magnitude(v) < series_below ? series : exp_f64(v) - 1.0;
        return x == 0.0F ? x : rounded(value);
    }
};

struct Log1p {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double series = v - v * v * (0.5 - v * (1.0 / 3.0));
        const double value = magnitude(v) < series_below ? series : log_f64(1.0 + v);
        const double finite = v == -1.0 ? -f64_of(0x7ff0000000000000) : value;
        const double ordered = v < -1.0 ? f64_of(0x7ff8000000000000) : finite;
        const double all = v == f64_of(0x7ff0000000000000) || v != v ? v : ordered;
        return x == 0.0F ? x : rounded(all);
    }
};

/// log(1 + e^x).
struct Softplus {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double power = exp_f64(within_f64(v, -120.0, 40.0));
        const double series = power - power * power * (0.5 - power * (1.0 / 3.0));
        const double value = power < series_below ? series : log_f64(1.0 + power);
        return rounded(v > 40.0 || v != v ? v : value);
    }
};

struct Sinh {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double size = magnitude(v);
        const double power = exp_f64(size < 100.0 ? size : 100.0);
        const double large = with_sign(0.5 * (power - 1.0 / power), v);
        const double value = size < series_below ? v + v * v * v * (1.0 / 6.0) : large;
        return x == 0.0F ? x : rounded(v != v ? v : value);
    }
};

struct Cosh {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double size = magnitude(v);
        const double power = exp_f64(size < 100.0 ? size : 100.0);
        return rounded(v != v ? v : 0.5 * (power + 1.0 / power));
    }
};

struct Asinh {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double size = magnitude(v);
        const double large = with_sign(log_f64(size + square_root(size * size + 1.0)), v);
        const double value = size < series_below ? v - v * v * v * (1.0 / 6.0) : large;
        const bool passes = x == 0.0F || size == f64_of(0x7ff0000000000000) || v != v;
        return passes ? clean(x) : rounded(value);
    }
};

struct Acosh {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double value = log_f64(v + square_root(v * v - 1.0));
        const double ordered = v >= 1.0 ? value : f64_of(0x7ff8000000000000);
        return rounded(v == f64_of(0x7ff0000000000000) ? v : ordered);
    }
};

struct Atanh {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double size = magnitude(v);
        const double large = with_sign(0.5 * log_f64((1.0 + size) / (1.0 - size)), v);
        const double value = size < series_below ? v + v * v * v * (1.0 / 3.0) : large;
        const double at_end = with_sign(f64_of(0x7ff0000000000000), v);
        const double ordered = size == 1.0 ? at_end : value;
        return x == 0.0F ? x : rounded(size <= 1.0 ? ordered : f64_of(0x7ff8000000000000));
    }
};

/// arc sine of sqrt((1 - t) / 2), which is half the arc cosine of t, t from 1/2 to 1.
VM_RULE double half_acos(double t) {
    return asin_f64(square_root(0.5 * (1.0 - t)));
}

struct Asin {
    VM_RULE static float of(float x) {
        const double size = magnitude(static_cast<double>(x));
        const double inside = size <= 1.0 ? size : 1.0;
        const double large = half_pi - 2.0 * half_acos(inside > 0.5 ? inside : 0.5);
        const double value = size <= 0.5 ? asin_f64(size) : large;
        const double all = size <= 1.0 ? value : f64_of(0x7ff8000000000000);
        return rounded(with_sign(all, static_cast<double>(x)));
    }
};

struct Acos {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double size = magnitude(v);
        const double inside = size <= 1.0 ? size : 1.0;
        const double twice = 2.0 * half_acos(inside > 0.5 ? inside : 0.5);
        const double outer = v > 0.0 ? twice : whole_pi - twice;
        const double value = size <= 0.5 ? half_pi - with_sign(asin_f64(size), v) : outer;
        return rounded(size <= 1.0 ? value : f64_of(0x7ff8000000000000));
    }
};

struct Atan {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(x);
        const double size = magnitude(v);
        const double arc = atan_f64(size > 1.0 ? 1.0 / size : size);
        return rounded(with_sign(size > 1.0 ? half_pi - arc : arc, v));
    }
};

/// The angle of the point (x, y); infinities and zeros as in C (annex F.10.1.4).
struct Atan2 {
    VM_RULE static float of(float y, float x) {
        const double a = magnitude(static_cast<double>(y));
        const double b = magnitude(static_cast<double>(x));
        const double least = a < b ? a : b;
        const double most = a < b ? b : a;
        const double quotient = least == most ? (most == 0.0 ? 0.0 : 1.0) : least / most;
        const double arc = atan_f64(quotient);
        const double steep = a > b ? half_pi - arc : arc;
        const double all = (bits_of(x) >> 31) != 0 ? whole_pi - steep : steep;
        const float angle = with_sign(static_cast<float>(all), y);
        return x != x || y != y ? f32_of(0x7fc00000) : angle;
    }
};

/// tan of |x| that is n quadrants and a rest.
VM_RULE float tangent(float x, const ReducedF64& r) {
    const double sine = sine_f64(r.rest, r.quadrant);
    const double cosine = sine_f64(r.rest, r.quadrant + 1);
    const auto value = static_cast<float>(sine / cosine);
    return x < 0.0F ? -value : (x == 0.0F ? x : value);
}

/// |x| <= trig_small_max.
struct SmallTan {
    VM_RULE static float of(float x) {
        const auto v = static_cast<double>(magnitude(x));
        const double near = v * f64_of(0x3fe45f306dc9c883) + f64_rounder;  // 2 / pi
        const double k = near - f64_rounder;
        // pi / 2 in two parts, the first of 33 bits: its product with k is exact.
        const double rest = (v - k * f64_of(0x3ff921fb54400000)) - k * f64_of(0x3dd0b4611a626331);
        return tangent(x, {.quadrant = static_cast<std::uint32_t>(bits_of(near)), .rest = rest});
    }
};

/// What is not small; a NaN for an infinity or a NaN.
struct LargeTan {
    VM_RULE static float of(float x) {
        const bool finite = (bits_of(x) & 0x7f800000) != 0x7f800000;
        return finite ? tangent(x, reduce_large(x)) : f32_of(0x7fc00000);
    }
};

}  // namespace steelyard::vm
