#include "vm/ops/broadcast.h"
#include "vm/ops/elementwise.h"
#include "vm/ops/elementwise_types.h"
#include "vm/ops/families.h"

#include <array>

namespace steelyard::vm {

namespace {

using Types = std::span<const TensorType>;
using Attributes = std::span<const std::int64_t>;

/// Two operands of one type of the set, broadcast.
template <DTypeSet allowed>
Result<TensorType> infer_map(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 2, attributes, 0));
    TRY(check_dtype(operands, 0, allowed));
    TRY(check_same_dtype(operands, 1, 0));
    TRY_ASSIGN(const Shape shape, broadcast_shape(operands));
    return make_tensor_type(operands[0].dtype, shape.dimensions());
}

template <DTypeSet allowed>
Result<TensorType> infer_comparison(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 2, attributes, 0));
    TRY(check_dtype(operands, 0, allowed));
    TRY(check_same_dtype(operands, 1, 0));
    TRY_ASSIGN(const Shape shape, broadcast_shape(operands));
    return make_tensor_type(DType::boolean, shape.dimensions());
}

constexpr auto table = std::to_array<Operator>({
    elementwise_operator(OpCode::add, infer_map<number_set>),
    elementwise_operator(OpCode::sub, infer_map<number_set>),
    elementwise_operator(OpCode::mul, infer_map<number_set>),
    elementwise_operator(OpCode::div, infer_map<number_set>),
    elementwise_operator(OpCode::mod, infer_map<number_set>),
    elementwise_operator(OpCode::fmod, infer_map<number_set>),
    elementwise_operator(OpCode::min, infer_map<number_set>),
    elementwise_operator(OpCode::max, infer_map<number_set>),
    elementwise_operator(OpCode::pow, infer_map<short_float_set | integer_set>),
    elementwise_operator(OpCode::atan2, infer_map<short_float_set>),
    elementwise_operator(OpCode::equal, infer_comparison<any_set>),
    elementwise_operator(OpCode::less, infer_comparison<number_set>),
    elementwise_operator(OpCode::less_equal, infer_comparison<number_set>),
    elementwise_operator(OpCode::bit_and, infer_map<integer_set | bool_set>),
    elementwise_operator(OpCode::bit_or, infer_map<integer_set | bool_set>),
    elementwise_operator(OpCode::bit_xor, infer_map<integer_set | bool_set>),
    elementwise_operator(OpCode::shift_left, infer_map<integer_set>),
    elementwise_operator(OpCode::shift_right, infer_map<integer_set>),
});

}  // namespace

std::span<const Operator> binary_operators() {
    return table;
}

}  // namespace steelyard::vm
