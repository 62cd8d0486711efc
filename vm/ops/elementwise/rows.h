// The row functions of all elementwise operators but the elementary functions, by operator and
// types.
#pragma once

#include "vm/ops/elementwise/cast_rules.h"
#include "vm/ops/elementwise/integer_rules.h"
#include "vm/ops/elementwise/remainder.h"
#include "vm/ops/elementwise/row_function.h"

namespace steelyard::vm {

template <typename Policy, typename F>
void fma_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const F* __restrict a = reinterpret_cast<const F*>(row.operands[0]);
    const F* __restrict b = reinterpret_cast<const F*>(row.operands[1]);
    const F* __restrict c = reinterpret_cast<const F*>(row.operands[2]);
    F* __restrict out = reinterpret_cast<F*>(row.output);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = clean(Policy::fma(a[i], b[i], c[i]));
    }
}

template <typename Policy>
void axpby_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const float* __restrict x = reinterpret_cast<const float*>(row.operands[0]);
    const float* __restrict y = reinterpret_cast<const float*>(row.operands[1]);
    float* __restrict out = reinterpret_cast<float*>(row.output);
    const float a = f32_of(static_cast<std::uint32_t>(row.attributes[0]));
    const float b = f32_of(static_cast<std::uint32_t>(row.attributes[1]));
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = clean(Policy::fma(a, x[i], b * y[i]));
    }
}

template <typename Policy>
void adam_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const float* __restrict w = reinterpret_cast<const float*>(row.operands[0]);
    const float* __restrict m = reinterpret_cast<const float*>(row.operands[1]);
    const float* __restrict v = reinterpret_cast<const float*>(row.operands[2]);
    const float* __restrict rate = reinterpret_cast<const float*>(row.operands[3]);
    float* __restrict out = reinterpret_cast<float*>(row.output);
    const float epsilon = f32_of(static_cast<std::uint32_t>(row.attributes[0]));
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = clean(w[i] - rate[i] * (m[i] / (square_root(v[i]) + epsilon)));
    }
}

template <typename Policy, typename T>
void requantise_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const auto* __restrict x = reinterpret_cast<const std::int32_t*>(row.operands[0]);
    const auto* __restrict multiplier = reinterpret_cast<const std::int32_t*>(row.operands[1]);
    const auto* __restrict shift = reinterpret_cast<const std::int32_t*>(row.operands[2]);
    const T* __restrict zero = reinterpret_cast<const T*>(row.operands[3]);
    T* __restrict out = reinterpret_cast<T*>(row.output);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = requantised(x[i], multiplier[i], shift[i], zero[i]);
    }
}

/// Attribute 0: 1 positive, 2 negative, 3 both.
template <typename Policy, typename F>
void is_infinite_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const F* __restrict x = reinterpret_cast<const F*>(row.operands[0]);
    auto* __restrict out = reinterpret_cast<std::uint8_t*>(row.output);
    const F infinity = float_of(FloatFormat<F>::infinity);
    const int positive = static_cast<int>(row.attributes[0] & 1);
    const int negative = static_cast<int>(row.attributes[0] >> 1 & 1);
    for (std::size_t i = 0; i < count; ++i) {
        const int found = (x[i] == infinity ? positive : 0) | (x[i] == -infinity ? negative : 0);
        out[i] = static_cast<std::uint8_t>(found);
    }
}

/// Operators on f32 and f64 whose rule has no polynomial.
template <typename Policy, typename F>
RowFunction find_float_row(OpCode op) {
    using Byte = std::uint8_t;
    switch (op) {
        case OpCode::neg:
            return map_row<Policy, FloatNeg, F, F>;
        case OpCode::abs:
            return map_row<Policy, FloatAbs, F, F>;
        case OpCode::sign:
            return map_row<Policy, FloatSign, F, F>;
        case OpCode::relu:
            return map_row<Policy, FloatRelu, F, F>;
        case OpCode::floor:
            return map_row<Policy, Floor, F, F>;
        case OpCode::ceil:
            return map_row<Policy, Ceil, F, F>;
        case OpCode::round:
            return map_row<Policy, Round, F, F>;
        case OpCode::trunc:
            return map_row<Policy, Trunc, F, F>;
        case OpCode::sqrt:
            return map_row<Policy, Sqrt, F, F>;
        case OpCode::reciprocal:
            return map_row<Policy, Reciprocal, F, F>;
        case OpCode::rsqrt:
            return map_row<Policy, Rsqrt, F, F>;
        case OpCode::is_nan:
            return map_row<Policy, IsNan, Byte, F>;
        case OpCode::is_infinite:
            return is_infinite_row<Policy, F>;
        case OpCode::add:
            return map_row<Policy, FloatAdd, F, F, F>;
        case OpCode::sub:
            return map_row<Policy, FloatSub, F, F, F>;
        case OpCode::mul:
            return map_row<Policy, FloatMul, F, F, F>;
        case OpCode::div:
            return map_row<Policy, FloatDiv, F, F, F>;
        case OpCode::mod:
            return map_row<Policy, FloatMod, F, F, F>;
        case OpCode::fmod:
            return map_row<Policy, FloatFmod, F, F, F>;
        case OpCode::min:
            return map_row<Policy, FloatMin, F, F, F>;
        case OpCode::max:
            return map_row<Policy, FloatMax, F, F, F>;
        case OpCode::clip:
            return map_row<Policy, FloatClip, F, F, F, F>;
        case OpCode::fma:
            return fma_row<Policy, F>;
        case OpCode::equal:
            return map_row<Policy, Equal, Byte, F, F>;
        case OpCode::less:
            return map_row<Policy, Less, Byte, F, F>;
        case OpCode::less_equal:
            return map_row<Policy, LessEqual, Byte, F, F>;
        default:
            return nullptr;
    }
}

/// Operators on integers.
template <typename Policy, typename T>
RowFunction find_integer_row(OpCode op) {
    using Byte = std::uint8_t;
    switch (op) {
        case OpCode::neg:
            return map_row<Policy, IntegerNeg, T, T>;
        case OpCode::abs:
            return map_row<Policy, IntegerAbs, T, T>;
        case OpCode::sign:
            return map_row<Policy, IntegerSign, T, T>;
        case OpCode::relu:
            return map_row<Policy, IntegerRelu, T, T>;
        case OpCode::logical_not:
            return map_row<Policy, IntegerNot, T, T>;
        case OpCode::add:
            return map_row<Policy, IntegerAdd, T, T, T>;
        case OpCode::sub:
            return map_row<Policy, IntegerSub, T, T, T>;
        case OpCode::mul:
            return map_row<Policy, IntegerMul, T, T, T>;
        case OpCode::div:
            return map_row<Policy, IntegerDiv, T, T, T>;
        case OpCode::mod:
            return map_row<Policy, IntegerMod, T, T, T>;
        case OpCode::fmod:
            return map_row<Policy, IntegerFmod, T, T, T>;
        case OpCode::min:
            return map_row<Policy, IntegerMin, T, T, T>;
        case OpCode::max:
            return map_row<Policy, IntegerMax, T, T, T>;
        case OpCode::pow:
            return map_row<Policy, IntegerPow, T, T, T>;
        case OpCode::clip:
            return map_row<Policy, IntegerClip, T, T, T, T>;
        case OpCode::bit_and:
            return map_row<Policy, BitAnd, T, T, T>;
        case OpCode::bit_or:
            return map_row<Policy, BitOr, T, T, T>;
        case OpCode::bit_xor:
            return map_row<Policy, BitXor, T, T, T>;
        case OpCode::shift_left:
            return map_row<Policy, ShiftLeft, T, T, T>;
        case OpCode::shift_right:
            return map_row<Policy, ShiftRight, T, T, T>;
        case OpCode::equal:
            return map_row<Policy, Equal, Byte, T, T>;
        case OpCode::less:
            return map_row<Policy, Less, Byte, T, T>;
        case OpCode::less_equal:
            return map_row<Policy, LessEqual, Byte, T, T>;
        default:
            return nullptr;
    }
}

template <typename Policy>
RowFunction find_bool_row(OpCode op) {
    using Byte = std::uint8_t;
    switch (op) {
        case OpCode::logical_not:
            return map_row<Policy, BoolNot, Byte, Byte>;
        case OpCode::bit_and:
            return map_row<Policy, OfBools<BitAnd>, Byte, Byte, Byte>;
        case OpCode::bit_or:
            return map_row<Policy, OfBools<BitOr>, Byte, Byte, Byte>;
        case OpCode::bit_xor:
            return map_row<Policy, OfBools<BitXor>, Byte, Byte, Byte>;
        case OpCode::equal:
            return map_row<Policy, BoolEqual, Byte, Byte, Byte>;
        default:
            return nullptr;
    }
}

}  // namespace steelyard::vm
