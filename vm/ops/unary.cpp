#include "vm/ops/elementwise.h"
#include "vm/ops/elementwise_types.h"
#include "vm/ops/families.h"

#include <array>

namespace steelyard::vm {

namespace {

using Types = std::span<const TensorType>;
using Attributes = std::span<const std::int64_t>;

/// One operand of the set; the output is as it.
template <DTypeSet allowed>
Result<TensorType> infer_map(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 1, attributes, 0));
    TRY(check_dtype(operands, 0, allowed));
    return operands[0];
}

Result<TensorType> infer_is_nan(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 1, attributes, 0));
    TRY(check_dtype(operands, 0, float_set));
    return TensorType{.dtype = DType::boolean, .shape = operands[0].shape};
}

Result<TensorType> infer_is_infinite(Types operands, Attributes attributes) {
    TRY(check_counts(operands, 1, attributes, 1));
    TRY(check_attribute(attributes, 0, 1, 3));
    return infer_is_nan(operands, {});
}

constexpr auto table = std::to_array<Operator>({
    elementwise_operator(OpCode::neg, infer_map<number_set>),
    elementwise_operator(OpCode::abs, infer_map<number_set>),
    elementwise_operator(OpCode::sign, infer_map<number_set>),
    elementwise_operator(OpCode::floor, infer_map<float_set>),
    elementwise_operator(OpCode::ceil, infer_map<float_set>),
    elementwise_operator(OpCode::round, infer_map<float_set>),
    elementwise_operator(OpCode::trunc, infer_map<float_set>),
    elementwise_operator(OpCode::sqrt, infer_map<float_set>),
    elementwise_operator(OpCode::reciprocal, infer_map<float_set>),
    elementwise_operator(OpCode::rsqrt, infer_map<float_set>),
    elementwise_operator(OpCode::exp, infer_map<short_float_set>),
    elementwise_operator(OpCode::expm1, infer_map<short_float_set>),
    elementwise_operator(OpCode::log, infer_map<short_float_set>),
    elementwise_operator(OpCode::log1p, infer_map<short_float_set>),
    elementwise_operator(OpCode::sin, infer_map<short_float_set>),
    elementwise_operator(OpCode::cos, infer_map<short_float_set>),
    elementwise_operator(OpCode::tan, infer_map<short_float_set>),
    elementwise_operator(OpCode::asin, infer_map<short_float_set>),
    elementwise_operator(OpCode::acos, infer_map<short_float_set>),
    elementwise_operator(OpCode::atan, infer_map<short_float_set>),
    elementwise_operator(OpCode::sinh, infer_map<short_float_set>),
    elementwise_operator(OpCode::cosh, infer_map<short_float_set>),
    elementwise_operator(OpCode::asinh, infer_map<short_float_set>),
    elementwise_operator(OpCode::acosh, infer_map<short_float_set>),
    elementwise_operator(OpCode::atanh, infer_map<short_float_set>),
    elementwise_operator(OpCode::tanh, infer_map<short_float_set>),
    elementwise_operator(OpCode::sigmoid, infer_map<short_float_set>),
    elementwise_operator(OpCode::erf, infer_map<short_float_set>),
    elementwise_operator(OpCode::gelu, infer_map<short_float_set>),
    elementwise_operator(OpCode::silu, infer_map<short_float_set>),
    elementwise_operator(OpCode::softplus, infer_map<short_float_set>),
    elementwise_operator(OpCode::relu, infer_map<number_set>),
    elementwise_operator(OpCode::logical_not, infer_map<integer_set | bool_set>),
    elementwise_operator(OpCode::is_nan, infer_is_nan),
    elementwise_operator(OpCode::is_infinite, infer_is_infinite),
    elementwise_operator(OpCode::exp2, infer_map<short_float_set>),
    elementwise_operator(OpCode::log2, infer_map<short_float_set>),
});

}  // namespace

std::span<const Operator> unary_operators() {
    return table;
}

}  // namespace steelyard::vm
