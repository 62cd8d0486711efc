#include "vm/ops/broadcast.h"
#include "vm/ops/elementwise.h"
#include "vm/ops/elementwise_types.h"
#include "vm/ops/families.h"

#include <array>

namespace steelyard::vm {

namespace {

using Types = std::span<const TensorType>;
using Attributes = std::span<const std::int64_t>;

constexpr std::int64_t f32_bits_max = 0xffffffff;
constexpr DTypeSet byte_set = set_of({DType::i8, DType::u8});
constexpr DTypeSet quantised_set = byte_set | set_of({DType::i32});

Result<TensorType> broadcast_as(DType dtype, Types operands) {
    TRY_ASSIGN(const Shape shape, broadcast_shape(operands));
    return make_tensor_type(dtype, shape.dimensions());
}

/// fma, clip: three operands of one type of the set, broadcast.
template <DTypeSet allowed>
Result<TensorType> infer_of_three(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 3, attributes, 0));
    TRY(check_dtype(operands, 0, allowed));
    TRY(check_same_dtype(operands, 1, 0));
    TRY(check_same_dtype(operands, 2, 0));
    return broadcast_as(operands[0].dtype, operands);
}

Result<TensorType> infer_select(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 3, attributes, 0));
    TRY(check_dtype(operands, 0, bool_set));
    TRY(check_same_dtype(operands, 2, 1));
    return broadcast_as(operands[1].dtype, operands);
}

Result<TensorType> infer_axpby(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 2, attributes, 2));
    TRY(check_attribute(attributes, 0, 0, f32_bits_max));
    TRY(check_attribute(attributes, 1, 0, f32_bits_max));
    TRY(check_dtype(operands, 0, f32_set));
    TRY(check_dtype(operands, 1, f32_set));
    return broadcast_as(DType::f32, operands);
}

Result<TensorType> infer_cast(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 1, attributes, 1));
    TRY_ASSIGN(const DType dtype, dtype_attribute(attributes, 0));
    return make_tensor_type(dtype, operands[0].shape.dimensions());
}

Result<TensorType> infer_bitcast(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 1, attributes, 1));
    TRY_ASSIGN(const DType dtype, dtype_attribute(attributes, 0));
    if (size_of(dtype) != size_of(operands[0].dtype)) {
        return invalid(
            "the elements of {} are {} bytes, those of {} are {}",
            operands[0].text(),
            size_of(operands[0].dtype),
            to_string(dtype),
            size_of(dtype)
        );
    }
    return TensorType{.dtype = dtype, .shape = operands[0].shape};
}

Result<void> check_all_broadcast_to_first(Types operands) {
    for (const TensorType& operand : operands.subspan(1)) {
        TRY(check_broadcasts_to(operand, operands[0].shape));
    }
    return {};
}

Result<TensorType> infer_quantise(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 3, attributes, 0));
    TRY(check_dtype(operands, 0, f32_set));
    TRY(check_dtype(operands, 1, f32_set));
    TRY(check_dtype(operands, 2, quantised_set));
    TRY(check_all_broadcast_to_first(operands));
    return TensorType{.dtype = operands[2].dtype, .shape = operands[0].shape};
}

Result<TensorType> infer_dequantise(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 3, attributes, 0));
    TRY(check_dtype(operands, 0, quantised_set));
    TRY(check_dtype(operands, 1, f32_set));
    TRY(check_same_dtype(operands, 2, 0));
    TRY(check_all_broadcast_to_first(operands));
    return make_tensor_type(DType::f32, operands[0].shape.dimensions());
}

Result<TensorType> infer_requantise(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 4, attributes, 0));
    for (std::size_t index = 0; index < 3; ++index) {
        TRY(check_dtype(operands, index, set_of({DType::i32})));
    }
    TRY(check_dtype(operands, 3, byte_set));
    TRY(check_all_broadcast_to_first(operands));
    return TensorType{.dtype = operands[3].dtype, .shape = operands[0].shape};
}

Result<TensorType> infer_adam_update(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 4, attributes, 1));
    TRY(check_attribute(attributes, 0, 0, f32_bits_max));
    for (std::size_t index = 0; index < operands.size(); ++index) {
        TRY(check_dtype(operands, index, f32_set));
        const Shape wanted = index < 3 ? operands[0].shape : Shape();
        if (operands[index].shape != wanted) {
            return invalid(
                "operand {} is {}, not of shape {}", index, operands[index].text(), wanted.text()
            );
        }
    }
    return operands[0];
}

constexpr auto table = std::to_array<Operator>({
    elementwise_operator(OpCode::fma, infer_of_three<float_set>),
    elementwise_operator(OpCode::select, infer_select),
    elementwise_operator(OpCode::clip, infer_of_three<number_set>),
    elementwise_operator(OpCode::axpby, infer_axpby),
    elementwise_operator(OpCode::cast, infer_cast),
    elementwise_operator(OpCode::bitcast, infer_bitcast),
    elementwise_operator(OpCode::quantise, infer_quantise),
    elementwise_operator(OpCode::dequantise, infer_dequantise),
    elementwise_operator(OpCode::requantise, infer_requantise),
    elementwise_operator(OpCode::adam_update, infer_adam_update),
});

}  // namespace

std::span<const Operator> conversion_operators() {
    return table;
}

}  // namespace steelyard::vm
