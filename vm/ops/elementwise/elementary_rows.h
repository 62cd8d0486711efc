// The row functions of elementary functions: f32, which f16 and bf16 go through.
#pragma once

#include "vm/ops/elementary/error_function.h"
#include "vm/ops/elementary/logarithm.h"
#include "vm/ops/elementary/power.h"
#include "vm/ops/elementwise/row_function.h"

namespace steelyard::vm {

/// sin, cos, tan: a loop that vectorises for small arguments, and another over the others, if any.
template <typename Policy, typename Small, typename Large>
void trigonometric_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const float* __restrict x = reinterpret_cast<const float*>(row.operands[0]);
    float* __restrict out = reinterpret_cast<float*>(row.output);
    std::uint32_t large = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const bool small = magnitude(x[i]) <= trig_small_max;
        large |= small ? 0U : 1U;
        out[i] = Small::of(small ? x[i] : 0.0F);
    }
    for (std::size_t i = 0; large != 0 && i < count; ++i) {
        if (!(magnitude(x[i]) <= trig_small_max)) {
            out[i] = Large::of(x[i]);
        }
    }
}

template <typename Policy>
RowFunction find_elementary_row(OpCode op) {
    switch (op) {
        case OpCode::exp:
            return map_row<Policy, Exp<Policy>, float, float>;
        case OpCode::exp2:
            return map_row<Policy, Exp2<Policy>, float, float>;
        case OpCode::expm1:
            return map_row<Policy, Expm1, float, float>;
        case OpCode::log:
            return map_row<Policy, Log<Policy>, float, float>;
        case OpCode::log2:
            return map_row<Policy, Log2<Policy>, float, float>;
        case OpCode::log1p:
            return map_row<Policy, Log1p, float, float>;
        case OpCode::sin:
            return trigonometric_row<Policy, SmallSin<Policy>, LargeSin<Policy>>;
        case OpCode::cos:
            return trigonometric_row<Policy, SmallCos<Policy>, LargeCos<Policy>>;
        case OpCode::tan:
            return trigonometric_row<Policy, SmallTan, LargeTan>;
        case OpCode::asin:
            return map_row<Policy, Asin, float, float>;
        case OpCode::acos:
            return map_row<Policy, Acos, float, float>;
        case OpCode::atan:
            return map_row<Policy, Atan, float, float>;
        case OpCode::sinh:
            return map_row<Policy, Sinh, float, float>;
        case OpCode::cosh:
            return map_row<Policy, Cosh, float, float>;
        case OpCode::asinh:
            return map_row<Policy, Asinh, float, float>;
        case OpCode::acosh:
            return map_row<Policy, Acosh, float, float>;
        case OpCode::atanh:
            return map_row<Policy, Atanh, float, float>;
        case OpCode::tanh:
            return map_row<Policy, Tanh<Policy>, float, float>;
        case OpCode::sigmoid:
            return map_row<Policy, Sigmoid<Policy>, float, float>;
        case OpCode::silu:
            return map_row<Policy, Silu<Policy>, float, float>;
        case OpCode::erf:
            return map_row<Policy, Erf<Policy>, float, float>;
        case OpCode::gelu:
            return map_row<Policy, Gelu<Policy>, float, float>;
        case OpCode::softplus:
            return map_row<Policy, Softplus, float, float>;
        case OpCode::pow:
            return map_row<Policy, Pow, float, float, float>;
        case OpCode::atan2:
            return map_row<Policy, Atan2, float, float, float>;
        default:
            return nullptr;
    }
}

}  // namespace steelyard::vm
