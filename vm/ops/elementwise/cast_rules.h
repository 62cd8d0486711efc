// Casts between element types (doc/spec/vm.md, A3 and A5), without branches.
#pragma once

#include "vm/ops/elementwise/float_rules.h"

#include <limits>
#include <type_traits>

namespace steelyard::vm {

/// Elements of the storage types, so that templates can tell them from u16.
struct F16 {
    std::uint16_t bits;
};

struct Bf16 {
    std::uint16_t bits;
};

struct Bool {
    std::uint8_t byte;
};

/// Exact. The exponent moves by a multiplication, which normalises subnormals too.
VM_RULE float widen(F16 x) {
    const auto bits = std::uint32_t{x.bits};
    const std::uint32_t shifted = (bits & 0x7fff) << 13;
    const float scaled = f32_of(shifted) * 0x1p112F;
    const std::uint32_t size = shifted >= 0x0f800000 ? shifted | 0x7f800000 : bits_of(scaled);
    return f32_of(size | (bits & 0x8000) << 16);
}

VM_RULE float widen(Bf16 x) {
    return f32_of(std::uint32_t{x.bits} << 16);
}

/// As f16_from_f32. What ends among the subnormals is rounded by an addition that puts its last
/// place at the end of an f32's significand.
VM_RULE F16 narrow_to_f16(float x) {
    const std::uint32_t bits = bits_of(x);
    const std::uint32_t size = bits & 0x7fffffff;
    const std::uint32_t normal = (size + 0xfff + (size >> 13 & 1) - 0x38000000) >> 13;
    const std::uint32_t small = bits_of(f32_of(size) + 0.5F) - 0x3f000000;
    const std::uint32_t finite = size < 0x38800000 ? small : normal;
    const std::uint32_t ordered = size >= 0x477ff000 ? 0x7c00 : finite;
    const std::uint32_t out = size > 0x7f800000 ? 0x7e00 : ordered | (bits >> 16 & 0x8000);
    return {static_cast<std::uint16_t>(out)};
}

/// As bf16_from_f32.
VM_RULE Bf16 narrow_to_bf16(float x) {
    const std::uint32_t bits = bits_of(x);
    const std::uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    return {static_cast<std::uint16_t>(x != x ? 0x7fc0 : rounded)};
}

/// The f32 of x rounded to odd: what is rounded again to a shorter type is as if rounded once.
VM_RULE float to_odd_f32(double x) {
    const auto near = static_cast<float>(x);
    const std::uint32_t bits = bits_of(near);
    const double back = static_cast<double>(near);
    const double size = magnitude(x);
    const bool too_small = magnitude(back) < size;
    const bool too_large = magnitude(back) > size;
    const std::uint32_t moved = bits + (too_small ? 1U : 0U) - (too_large ? 1U : 0U);
    return f32_of((too_small || too_large) && (bits & 1) == 0 ? moved : bits);
}

/// The f64 of x rounded to odd.
template <typename T>
VM_RULE double to_odd_f64(T x) {
    if constexpr (sizeof(T) < 8) {
        return static_cast<double>(x);
    } else {
        const bool negative = x < T{0};
        const std::uint64_t size =
            negative ? 0 - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
        const std::uint64_t odd = (size & 0x7ff) != 0 ? 0x800 : 0;
        const std::uint64_t jammed = size >> 53 != 0 ? (size & ~std::uint64_t{0x7ff}) | odd : size;
        const auto out = static_cast<double>(jammed);
        return negative ? -out : out;
    }
}

/// Towards zero; NaN gives 0, what is beyond T its nearest end.
template <typename T, typename F>
VM_RULE T saturate(F x) {
    constexpr bool is_signed = std::is_signed_v<T>;
    // 2^bits, the first value that is too large: a power of two, so exact.
    constexpr F end = F(std::uint64_t{1} << (8 * sizeof(T) - 1)) * (is_signed ? F{1} : F{2});
    constexpr F least = is_signed ? -end : F{0};
    const bool inside = x > least && x < end;
    const F safe = inside ? x : F{0};
    const T beyond = x >= end ? std::numeric_limits<T>::max()
                              : (x <= least ? std::numeric_limits<T>::min() : T{0});
    if constexpr (sizeof(T) < 4) {
        return inside ? static_cast<T>(static_cast<std::int32_t>(safe)) : beyond;
    } else {
        return inside ? static_cast<T>(safe) : beyond;
    }
}

template <typename Out>
struct Cast {
    template <typename In>
    VM_RULE static Out of(In x) {
        if constexpr (std::is_same_v<In, F16> || std::is_same_v<In, Bf16>) {
            return of(widen(x));
        } else if constexpr (std::is_same_v<In, Bool>) {
            return of(static_cast<std::uint8_t>(x.byte != 0 ? 1 : 0));
        } else if constexpr (std::is_same_v<Out, Bool>) {
            return {static_cast<std::uint8_t>(x != In{0} ? 1 : 0)};
        } else if constexpr (std::is_same_v<Out, F16>) {
            return narrow_to_f16(shortened(x));
        } else if constexpr (std::is_same_v<Out, Bf16>) {
            return narrow_to_bf16(shortened(x));
        } else if constexpr (std::is_floating_point_v<In> && std::is_floating_point_v<Out>) {
            return clean(static_cast<Out>(x));
        } else if constexpr (std::is_floating_point_v<In>) {
            return saturate<Out>(x);
        } else {
            return static_cast<Out>(x);
        }
    }

private:
    /// An f32 that rounds to f16 or bf16 as x itself does.
    template <typename In>
    VM_RULE static float shortened(In x) {
        if constexpr (std::is_same_v<In, float>) {
            return x;
        } else if constexpr (std::is_same_v<In, double>) {
            return to_odd_f32(x);
        } else {
            return to_odd_f32(to_odd_f64(x));
        }
    }
};

/// t rounded to an integer, plus zero, saturated; of a NaN only zero.
template <typename T>
VM_RULE T quantised(float t, T zero) {
    // Beyond these bounds every result is saturated, whatever zero is.
    using Sum = std::conditional_t<sizeof(T) == 1, std::int32_t, std::int64_t>;
    constexpr float bound = sizeof(T) == 1 ? 0x1p10F : 0x1p34F;
    const float above = t > -bound ? t : -bound;
    const float inside = above < bound ? above : bound;
    const float ordered = t != t ? 0.0F : inside;
    const Sum sum = static_cast<Sum>(nearest_integer(ordered)) + static_cast<Sum>(zero);
    constexpr Sum least = std::numeric_limits<T>::min();
    constexpr Sum most = std::numeric_limits<T>::max();
    const Sum low = sum < least ? least : sum;
    return static_cast<T>(low > most ? most : low);
}

struct Quantise {
    template <typename T>
    VM_RULE static T of(float x, float scale, T zero) {
        return quantised(x / scale, zero);
    }
};

struct Dequantise {
    template <typename T>
    VM_RULE static float of(T x, float scale, T zero) {
        using Difference = std::conditional_t<sizeof(T) == 1, std::int32_t, std::int64_t>;
        const Difference difference = static_cast<Difference>(x) - static_cast<Difference>(zero);
        return clean(static_cast<float>(difference) * scale);
    }
};

/// (x * multiplier + 2^(shift - 1)) >> shift, plus zero, saturated; a shift below 0 is 0, one above
/// 62 is 62, and of 0 nothing is added.
template <typename T>
VM_RULE T requantised(std::int32_t x, std::int32_t multiplier, std::int32_t shift, T zero) {
    const std::int32_t low_shift = shift < 0 ? 0 : shift;
    const auto by = static_cast<std::uint64_t>(low_shift > 62 ? 62 : low_shift);
    // All but the last bit is shifted off a number without sign: vectors of all sets do that.
    const std::int64_t product = std::int64_t{x} * std::int64_t{multiplier};
    const std::uint64_t sign = product < 0 ? ~std::uint64_t{0} : std::uint64_t{0};
    const std::uint64_t size = static_cast<std::uint64_t>(product) ^ sign;
    const auto doubled = static_cast<std::int64_t>((size >> (by == 0 ? by : by - 1)) ^ sign);
    const std::int64_t shifted = by == 0 ? product : (doubled + 1) >> 1;
    const std::int64_t sum = shifted + std::int64_t{zero};
    constexpr std::int64_t least = std::numeric_limits<T>::min();
    constexpr std::int64_t most = std::numeric_limits<T>::max();
    const std::int64_t low = sum < least ? least : sum;
    return static_cast<T>(low > most ? most : low);
}

}  // namespace steelyard::vm
