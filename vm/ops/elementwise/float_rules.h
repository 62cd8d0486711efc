// The rules of floats that need no polynomial: f32 and f64 (f16 and bf16 go through f32).
#pragma once

#include "vm/ops/rule.h"

namespace steelyard::vm {

/// The unsigned integer of a float's bits, and its constants.
template <typename F>
struct FloatFormat;

template <>
struct FloatFormat<float> {
    using Bits = std::uint32_t;
    static constexpr Bits nan = 0x7fc00000;
    static constexpr Bits infinity = 0x7f800000;
    static constexpr Bits sign = 0x80000000;
    static constexpr float integers_from = 0x1p23F;  ///< from here on every float is an integer
    static constexpr int fraction_bits = 23;
};

template <>
struct FloatFormat<double> {
    using Bits = std::uint64_t;
    static constexpr Bits nan = 0x7ff8000000000000;
    static constexpr Bits infinity = 0x7ff0000000000000;
    static constexpr Bits sign = 0x8000000000000000;
    static constexpr double integers_from = 0x1p52;
    static constexpr int fraction_bits = 52;
};

VM_RULE float float_of(std::uint32_t bits) {
    return f32_of(bits);
}

VM_RULE double float_of(std::uint64_t bits) {
    return f64_of(bits);
}

/// x, or the canonical NaN for a NaN.
template <typename F>
VM_RULE F clean(F x) {
    return x != x ? float_of(FloatFormat<F>::nan) : x;
}

template <typename F>
VM_RULE F magnitude(F x) {
    return float_of(bits_of(x) & ~FloatFormat<F>::sign);
}

/// The magnitude of `x`, which is not negative, with the sign of `sign`.
template <typename F>
VM_RULE F with_sign(F x, F sign) {
    return float_of(bits_of(x) | (bits_of(sign) & FloatFormat<F>::sign));
}

/// IEEE square root: one instruction with -fno-math-errno.
VM_RULE float square_root(float x) {
    return __builtin_sqrtf(x);
}

VM_RULE double square_root(double x) {
    return __builtin_sqrt(x);
}

/// The nearest integer, ties to even, of the sign of x. Adding and subtracting 2^23 (2^52) rounds.
template <typename F>
VM_RULE F nearest_integer(F x) {
    const F size = magnitude(x);
    const F rounded = (size + FloatFormat<F>::integers_from) - FloatFormat<F>::integers_from;
    return size < FloatFormat<F>::integers_from ? with_sign(rounded, x) : x;
}

struct Round {
    template <typename F>
    VM_RULE static F of(F x) {
        return clean(nearest_integer(x));
    }
};

struct Floor {
    template <typename F>
    VM_RULE static F of(F x) {
        const F near = nearest_integer(x);
        const F down = near > x ? near - F{1} : near;
        return clean(with_sign(magnitude(down), x));
    }
};

struct Ceil {
    template <typename F>
    VM_RULE static F of(F x) {
        const F near = nearest_integer(x);
        const F up = near < x ? near + F{1} : near;
        return clean(with_sign(magnitude(up), x));
    }
};

struct Trunc {
    template <typename F>
    VM_RULE static F of(F x) {
        const F near = nearest_integer(magnitude(x));
        const F down = near > magnitude(x) ? near - F{1} : near;
        return clean(with_sign(down, x));
    }
};

struct Sqrt {
    template <typename F>
    VM_RULE static F of(F x) {
        return clean(square_root(x));
    }
};

struct Reciprocal {
    template <typename F>
    VM_RULE static F of(F x) {
        return clean(F{1} / x);
    }
};

struct Rsqrt {
    template <typename F>
    VM_RULE static F of(F x) {
        return clean(F{1} / square_root(x));
    }
};

struct FloatNeg {
    template <typename F>
    VM_RULE static F of(F x) {
        return clean(-x);
    }
};

struct FloatAbs {
    template <typename F>
    VM_RULE static F of(F x) {
        return clean(magnitude(x));
    }
};

/// 1, -1, or +0 for a zero.
struct FloatSign {
    template <typename F>
    VM_RULE static F of(F x) {
        const F sign = x > F{0} ? F{1} : (x < F{0} ? F{-1} : F{0});
        return x != x ? float_of(FloatFormat<F>::nan) : sign;
    }
};

struct FloatRelu {
    template <typename F>
    VM_RULE static F of(F x) {
        const F positive = x > F{0} ? x : F{0};
        return x != x ? float_of(FloatFormat<F>::nan) : positive;
    }
};

struct FloatAdd {
    template <typename F>
    VM_RULE static F of(F a, F b) {
        return clean(a + b);
    }
};

struct FloatSub {
    template <typename F>
    VM_RULE static F of(F a, F b) {
        return clean(a - b);
    }
};

struct FloatMul {
    template <typename F>
    VM_RULE static F of(F a, F b) {
        return clean(a * b);
    }
};

struct FloatDiv {
    template <typename F>
    VM_RULE static F of(F a, F b) {
        return clean(a / b);
    }
};

/// NaN if either is one; +0 of zeros of two signs.
struct FloatMax {
    template <typename F>
    VM_RULE static F of(F a, F b) {
        const F equal = float_of(bits_of(a) & bits_of(b));
        const F greater = a > b ? a : (a < b ? b : equal);
        return a != a || b != b ? float_of(FloatFormat<F>::nan) : greater;
    }
};

/// NaN if either is one; -0 of zeros of two signs.
struct FloatMin {
    template <typename F>
    VM_RULE static F of(F a, F b) {
        const F equal = float_of(bits_of(a) | bits_of(b));
        const F lesser = a < b ? a : (a > b ? b : equal);
        return a != a || b != b ? float_of(FloatFormat<F>::nan) : lesser;
    }
};

struct FloatClip {
    template <typename F>
    VM_RULE static F of(F x, F low, F high) {
        return FloatMin::of(FloatMax::of(x, low), high);
    }
};

struct IsNan {
    template <typename F>
    VM_RULE static std::uint8_t of(F x) {
        return x != x ? 1 : 0;
    }
};

// Comparisons, of integers too.

struct Equal {
    template <typename T>
    VM_RULE static std::uint8_t of(T a, T b) {
        return a == b ? 1 : 0;
    }
};

struct Less {
    template <typename T>
    VM_RULE static std::uint8_t of(T a, T b) {
        return a < b ? 1 : 0;
    }
};

struct LessEqual {
    template <typename T>
    VM_RULE static std::uint8_t of(T a, T b) {
        return a <= b ? 1 : 0;
    }
};

}  // namespace steelyard::vm
