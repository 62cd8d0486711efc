// The row functions of casts, moves and quantisation, and the way to the row function of any call.
#pragma once

#include "vm/ops/elementwise/elementary_rows.h"
#include "vm/ops/elementwise/rows.h"

namespace steelyard::vm {

template <typename Policy, typename In>
RowFunction find_cast_from(DType out) {
    switch (out) {
        case DType::f32:
            return map_row<Policy, Cast<float>, float, In>;
        case DType::f64:
            return map_row<Policy, Cast<double>, double, In>;
        case DType::f16:
            return map_row<Policy, Cast<F16>, F16, In>;
        case DType::bf16:
            return map_row<Policy, Cast<Bf16>, Bf16, In>;
        case DType::boolean:
            return map_row<Policy, Cast<Bool>, Bool, In>;
        default:
            return of_integer(out, [](auto tag) -> RowFunction {
                using T = typename decltype(tag)::Type;
                return map_row<Policy, Cast<T>, T, In>;
            });
    }
}

template <typename Policy>
RowFunction find_cast_row(DType in, DType out) {
    switch (in) {
        case DType::f32:
            return find_cast_from<Policy, float>(out);
        case DType::f64:
            return find_cast_from<Policy, double>(out);
        case DType::f16:
            return find_cast_from<Policy, F16>(out);
        case DType::bf16:
            return find_cast_from<Policy, Bf16>(out);
        case DType::boolean:
            return find_cast_from<Policy, Bool>(out);
        default:
            return of_integer(in, [&](auto tag) -> RowFunction {
                return find_cast_from<Policy, typename decltype(tag)::Type>(out);
            });
    }
}

struct Copy {
    template <typename T>
    VM_RULE static T of(T x) {
        return x;
    }
};

/// select and bitcast: of the elements only the size matters.
template <typename Policy>
RowFunction find_move_row(OpCode op, DType out) {
    const bool select = op == OpCode::select;
    const auto of_size = [select](auto tag) -> RowFunction {
        using T = typename decltype(tag)::Type;
        return select ? static_cast<RowFunction>(map_row<Policy, Select, T, std::uint8_t, T, T>)
                      : static_cast<RowFunction>(map_row<Policy, Copy, T, T>);
    };
    switch (out) {
        case DType::i8:
        case DType::u8:
        case DType::boolean:
            return of_size(Tag<std::uint8_t>{});
        case DType::f16:
        case DType::bf16:
        case DType::i16:
        case DType::u16:
            return of_size(Tag<std::uint16_t>{});
        case DType::f32:
        case DType::i32:
        case DType::u32:
            return of_size(Tag<std::uint32_t>{});
        case DType::f64:
        case DType::i64:
        case DType::u64:
            return of_size(Tag<std::uint64_t>{});
    }
    return nullptr;
}

template <typename Policy, typename T>
RowFunction find_quantisation_row(OpCode op) {
    if (op == OpCode::quantise) {
        return map_row<Policy, Quantise, T, float, float, T>;
    }
    if (op == OpCode::dequantise) {
        return map_row<Policy, Dequantise, float, T, float, T>;
    }
    return sizeof(T) == 1 ? requantise_row<Policy, T> : nullptr;
}

/// The row function of an operator whose first operand has type `in` and whose output has `out`.
/// nullptr: there is none; f16 and bf16 go through f32 except where bits are moved or cast.
template <typename Policy>
RowFunction find_row(OpCode op, DType in, DType out) {
    switch (op) {
        case OpCode::cast:
            return find_cast_row<Policy>(in, out);
        case OpCode::select:
        case OpCode::bitcast:
            return find_move_row<Policy>(op, out);
        case OpCode::quantise:
        case OpCode::dequantise:
        case OpCode::requantise: {
            const DType small = op == OpCode::dequantise ? in : out;
            return small == DType::i8   ? find_quantisation_row<Policy, std::int8_t>(op)
                   : small == DType::u8 ? find_quantisation_row<Policy, std::uint8_t>(op)
                                        : find_quantisation_row<Policy, std::int32_t>(op);
        }
        case OpCode::axpby:
            return axpby_row<Policy>;
        case OpCode::adam_update:
            return adam_row<Policy>;
        default:
            break;
    }
    if (in == DType::f32) {
        const RowFunction plain = find_float_row<Policy, float>(op);
        return plain != nullptr ? plain : find_elementary_row<Policy>(op);
    }
    if (in == DType::f64) {
        return find_float_row<Policy, double>(op);
    }
    if (in == DType::boolean) {
        return find_bool_row<Policy>(op);
    }
    return of_integer(in, [op](auto tag) -> RowFunction {
        return find_integer_row<Policy, typename decltype(tag)::Type>(op);
    });
}

}  // namespace steelyard::vm
