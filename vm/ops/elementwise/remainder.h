// Remainders of floats, exact, by integers.
#pragma once

#include "vm/ops/elementwise/float_rules.h"

namespace steelyard::vm {

/// x - y * trunc(x / y), exact, of the sign of x: finite x, finite y other than 0.
template <typename F>
VM_RULE F finite_remainder(F x, F y) {
    using Format = FloatFormat<F>;
    using Bits = typename Format::Bits;
    constexpr Bits one = Bits{1} << Format::fraction_bits;
    constexpr int spare_bits = 63 - Format::fraction_bits;  // of a u64 above a significand
    const Bits x_bits = bits_of(x) & ~Format::sign;
    const Bits y_bits = bits_of(y) & ~Format::sign;
    if (x_bits < y_bits) {
        return x;
    }
    const int x_biased = static_cast<int>(x_bits >> Format::fraction_bits);
    const int y_biased = static_cast<int>(y_bits >> Format::fraction_bits);
    const Bits x_whole = x_biased == 0 ? x_bits : (x_bits & (one - 1)) | one;
    const Bits y_whole = y_biased == 0 ? y_bits : (y_bits & (one - 1)) | one;
    const int last = y_biased == 0 ? 1 : y_biased;
    int steps = (x_biased == 0 ? 1 : x_biased) - last;
    std::uint64_t rest = x_whole % std::uint64_t{y_whole};
    while (steps > 0 && rest != 0) {
        const int by = steps < spare_bits ? steps : spare_bits;
        rest = (rest << by) % y_whole;
        steps -= by;
    }
    // rest * 2^(last place of y), below y: put the leading bit where it belongs.
    int exponent = last;
    if (rest == 0) {
        return float_of(bits_of(x) & Format::sign);
    }
    const int up = __builtin_clzll(rest) - spare_bits;
    const int moved = up < exponent - 1 ? up : exponent - 1;
    rest <<= moved;
    exponent -= moved;
    const Bits bits = rest < one ? static_cast<Bits>(rest)
                                 : static_cast<Bits>(
                                       (static_cast<Bits>(exponent) << Format::fraction_bits) |
                                       (static_cast<Bits>(rest) & (one - 1))
                                   );
    return float_of(bits | (bits_of(x) & Format::sign));
}

/// As C's fmod.
struct FloatFmod {
    template <typename F>
    VM_RULE static F of(F x, F y) {
        constexpr auto infinity = FloatFormat<F>::infinity;
        const auto y_bits = bits_of(y) & ~FloatFormat<F>::sign;
        const auto x_bits = bits_of(x) & ~FloatFormat<F>::sign;
        if (x_bits >= infinity || y_bits > infinity || y_bits == 0) {
            return float_of(FloatFormat<F>::nan);
        }
        return y_bits == infinity ? x : finite_remainder(x, y);
    }
};

/// Of the sign of y: the remainder of fmod, plus y where its sign is the other one.
struct FloatMod {
    template <typename F>
    VM_RULE static F of(F x, F y) {
        const F rest = FloatFmod::of(x, y);
        if (rest == F{0}) {
            return float_of(bits_of(y) & FloatFormat<F>::sign);
        }
        return (rest < F{0}) != (y < F{0}) ? clean(rest + y) : clean(rest);
    }
};

}  // namespace steelyard::vm
