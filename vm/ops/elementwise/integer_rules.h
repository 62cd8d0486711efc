// The rules of integers: they wrap, and a division by zero gives 0 (doc/spec/vm.md, A6).
#pragma once

#include "vm/ops/rule.h"

#include <limits>
#include <type_traits>

namespace steelyard::vm {

/// Where arithmetic on T wraps: unsigned, and not promoted to a signed int.
template <typename T>
using Wrapping = std::conditional_t<(sizeof(T) < 4), std::uint32_t, std::make_unsigned_t<T>>;

template <typename T>
VM_RULE Wrapping<T> wide(T x) {
    return static_cast<Wrapping<T>>(x);
}

struct IntegerNeg {
    template <typename T>
    VM_RULE static T of(T x) {
        return static_cast<T>(Wrapping<T>{0} - wide(x));
    }
};

struct IntegerAbs {
    template <typename T>
    VM_RULE static T of(T x) {
        return x < T{0} ? IntegerNeg::of(x) : x;
    }
};

struct IntegerSign {
    template <typename T>
    VM_RULE static T of(T x) {
        return static_cast<T>((x > T{0} ? 1 : 0) - (x < T{0} ? 1 : 0));
    }
};

struct IntegerRelu {
    template <typename T>
    VM_RULE static T of(T x) {
        return x > T{0} ? x : T{0};
    }
};

struct IntegerNot {
    template <typename T>
    VM_RULE static T of(T x) {
        return static_cast<T>(~wide(x));
    }
};

struct IntegerAdd {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(wide(a) + wide(b));
    }
};

struct IntegerSub {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(wide(a) - wide(b));
    }
};

struct IntegerMul {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(wide(a) * wide(b));
    }
};

/// Towards zero.
struct IntegerDiv {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        if (b == T{0}) {
            return T{0};
        }
        if (std::is_signed_v<T> && b == static_cast<T>(-1)) {
            return IntegerNeg::of(a);
        }
        return static_cast<T>(a / b);
    }
};

/// Of the sign of a.
struct IntegerFmod {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        const bool trivial = b == T{0} || (std::is_signed_v<T> && b == static_cast<T>(-1));
        return trivial ? T{0} : static_cast<T>(a % b);
    }
};

/// Of the sign of b.
struct IntegerMod {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        const T rest = IntegerFmod::of(a, b);
        return rest != T{0} && (rest < T{0}) != (b < T{0}) ? IntegerAdd::of(rest, b) : rest;
    }
};

struct IntegerMin {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return b < a ? b : a;
    }
};

struct IntegerMax {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return a < b ? b : a;
    }
};

struct IntegerClip {
    template <typename T>
    VM_RULE static T of(T x, T low, T high) {
        return IntegerMin::of(IntegerMax::of(x, low), high);
    }
};

/// a to the power of b, wrapping; of a negative b the inverse towards zero, of 0 too.
struct IntegerPow {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        if (b < T{0}) {
            const bool one = a == T{1} || (a == static_cast<T>(-1) && (b & 1) == 0);
            return one ? T{1} : (a == static_cast<T>(-1) ? a : T{0});
        }
        Wrapping<T> square = wide(a);
        Wrapping<T> power = 1;
        for (auto rest = wide(b); rest != 0; rest >>= 1) {
            power *= (rest & 1) != 0 ? square : Wrapping<T>{1};
            square *= square;
        }
        return static_cast<T>(power);
    }
};

struct BitAnd {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(a & b);
    }
};

struct BitOr {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(a | b);
    }
};

struct BitXor {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(a ^ b);
    }
};

template <typename T>
VM_RULE int shift_count(T count) {
    return static_cast<int>(wide(count) & (8 * sizeof(T) - 1));
}

struct ShiftLeft {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(wide(a) << shift_count(b));
    }
};

struct ShiftRight {
    template <typename T>
    VM_RULE static T of(T a, T b) {
        return static_cast<T>(a >> shift_count(b));
    }
};

// Bools: any byte but 0 is true; 0 or 1 is written.

VM_RULE std::uint8_t truth(std::uint8_t x) {
    return x != 0 ? 1 : 0;
}

struct BoolNot {
    VM_RULE static std::uint8_t of(std::uint8_t x) { return x == 0 ? 1 : 0; }
};

struct BoolEqual {
    VM_RULE static std::uint8_t of(std::uint8_t a, std::uint8_t b) {
        return truth(a) == truth(b) ? 1 : 0;
    }
};

template <typename Rule>
struct OfBools {
    VM_RULE static std::uint8_t of(std::uint8_t a, std::uint8_t b) {
        return Rule::of(truth(a), truth(b));
    }
};

/// Moves the bits of a or b.
struct Select {
    template <typename T>
    VM_RULE static T of(std::uint8_t condition, T a, T b) {
        return condition != 0 ? a : b;
    }
};

}  // namespace steelyard::vm
