// Numbers: how elements are computed with one at a time, by their type.
#pragma once

#include "vm/ops/elements.h"
#include "vm/ops/narrow_floats.h"
#include "vm/program/dtype.h"

#include <type_traits>

namespace steelyard::vm {

/// Elements of `Stored` that are computed with as `Stored` itself: f32, f64, integers.
template <typename Stored>
struct PlainNumber {
    using Value = Stored;

    static constexpr std::size_t size = sizeof(Stored);

    static Value load(const std::byte* from) { return vm::load<Stored>(from); }

    /// A NaN is stored as the canonical one.
    static void store(std::byte* to, Value value) {
        if constexpr (std::is_floating_point_v<Stored>) {
            value = canonical(value);
        }
        vm::store(to, value);
    }
};

/// f16 and bf16: computed with in f32 (doc/spec/vm.md, A3).
template <float (*widen)(std::uint16_t), std::uint16_t (*narrow)(float)>
struct NarrowNumber {
    using Value = float;

    static constexpr std::size_t size = 2;

    static Value load(const std::byte* from) { return widen(vm::load<std::uint16_t>(from)); }
    static void store(std::byte* to, Value value) { vm::store(to, narrow(value)); }
};

using F16Number = NarrowNumber<f32_from_f16, f16_from_f32>;
using Bf16Number = NarrowNumber<f32_from_bf16, bf16_from_f32>;

/// Calls `visit` with the number of an element type; a bool is a u8.
template <typename Visit>
auto with_number(DType type, Visit visit) {
    switch (type) {
        case DType::f32:
            return visit(PlainNumber<float>{});
        case DType::f64:
            return visit(PlainNumber<double>{});
        case DType::f16:
            return visit(F16Number{});
        case DType::bf16:
            return visit(Bf16Number{});
        case DType::i8:
            return visit(PlainNumber<std::int8_t>{});
        case DType::i16:
            return visit(PlainNumber<std::int16_t>{});
        case DType::u16:
            return visit(PlainNumber<std::uint16_t>{});
        case DType::i32:
            return visit(PlainNumber<std::int32_t>{});
        case DType::u32:
            return visit(PlainNumber<std::uint32_t>{});
        case DType::i64:
            return visit(PlainNumber<std::int64_t>{});
        case DType::u64:
            return visit(PlainNumber<std::uint64_t>{});
        case DType::u8:
        case DType::boolean:
            break;
    }
    return visit(PlainNumber<std::uint8_t>{});
}

// Arithmetic of values: IEEE, or wrapping integers.

template <typename T>
T sum_of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    } else {
        return a + b;
    }
}

template <typename T>
T product_of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    } else {
        return a * b;
    }
}

/// As doc/spec/vm.md, A4, says; a NaN may be any.
template <typename T>
T greater_of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
        if (a != a || b != b) {
            return a != a ? a : b;
        }
        if (a == T{0} && b == T{0}) {
            return a + b;  // -0 only of two of them
        }
    }
    return a < b ? b : a;
}

template <typename T>
T lesser_of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
        if (a != a || b != b) {
            return a != a ? a : b;
        }
        if (a == T{0} && b == T{0}) {
            return -(-a - b);  // +0 only of two of them
        }
    }
    return b < a ? b : a;
}

}  // namespace steelyard::vm
