#include "vm/ops/families.h"
#include "vm/ops/row/operators.h"
#include "vm/ops/row/row.h"
#include "vm/ops/tree_sum.h"
#include "vm/ops/type_rules.h"

#include <array>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_element = 2;

// Types

Result<TensorType> without_last_axis(const TensorType& x) {
    return make_tensor_type(x.dtype, x.shape.dimensions().first(x.shape.rank() - 1));
}

Result<TensorType> infer_sum(TypeView operands, AttributeView attributes) {
    using enum DType;
    TRY(expect_operands(operands, 1));
    TRY(expect_attributes(attributes, 0));
    TRY(expect_dtype(operands[0], {f32, f64, f16, bf16, i32, i64, u32, u64}));
    TRY(expect_last_axis(operands[0]));
    return without_last_axis(operands[0]);
}

Result<TensorType> infer_extreme(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    TRY(expect_attributes(attributes, 0));
    TRY(expect_numbers(operands[0]));
    TRY(expect_last_axis(operands[0]));
    if (operands[0].shape.columns() == 0) {
        return invalid("{} has no elements along its last axis", operands[0].text());
    }
    return without_last_axis(operands[0]);
}

// Rules: of the values of a row of `count` elements.

template <typename Number>
using ValueOf = typename Number::Value;

struct Sum {
    template <typename Number>
    static ValueOf<Number> of(const std::byte* row, std::uint64_t count) {
        return tree_fold(
            count,
            ValueOf<Number>{0},
            [&](std::uint64_t i) { return value_at<Number>(row, i); },
            sum_of<ValueOf<Number>>
        );
    }
};

struct Mean {
    template <typename Number>
    static ValueOf<Number> of(const std::byte* row, std::uint64_t count) {
        using Value = ValueOf<Number>;
        const Value sum = Sum::of<Number>(row, count);
        if constexpr (std::is_integral_v<Value>) {
            return count == 0 ? Value{0} : static_cast<Value>(sum / static_cast<Value>(count));
        } else {
            return sum / static_cast<Value>(count);
        }
    }
};

struct Product {
    template <typename Number>
    static ValueOf<Number> of(const std::byte* row, std::uint64_t count) {
        return tree_fold(
            count,
            ValueOf<Number>{1},
            [&](std::uint64_t i) { return value_at<Number>(row, i); },
            product_of<ValueOf<Number>>
        );
    }
};

template <bool greatest>
struct Extreme {
    template <typename Number>
    static ValueOf<Number> of(const std::byte* row, std::uint64_t count) {
        ValueOf<Number> best = value_at<Number>(row, 0);
        for (std::uint64_t i = 1; i < count; ++i) {
            const ValueOf<Number> value = value_at<Number>(row, i);
            best = greatest ? greater_of(best, value) : lesser_of(best, value);
        }
        return best;
    }
};

template <typename Rule>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    return with_number(call.output.dtype, [&](auto number) -> std::optional<std::uint64_t> {
        using Number = decltype(number);
        const std::uint64_t first = row * call.output.shape.columns() + columns.first;
        for (std::uint64_t element = first; element < first + columns.count; ++element) {
            const std::byte* from = read_row(call, reader, element);
            Number::store(out, Rule::template of<Number>(from, call.operands[0].shape.columns()));
            reader.release();
            out += Number::size;
        }
        return std::nullopt;
    });
}

std::uint64_t gas(const NodeCall& call) {
    return gas_per_element * (call.operands[0].elements() + call.output.elements());
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    return probe_of_rows(call, grid, 1).cost();
}

template <typename Rule>
constexpr Operator reduction(OpCode code, decltype(Operator::infer) infer) {
    return {.code = code, .infer = infer, .evaluate = evaluate<Rule>, .gas = gas, .probe = probe};
}

}  // namespace

std::span<const Operator> reduction_operators() {
    static const std::array operators{
        reduction<Sum>(OpCode::reduce_sum, infer_sum),
        reduction<Mean>(OpCode::reduce_mean, infer_sum),
        reduction<Extreme<true>>(OpCode::reduce_max, infer_extreme),
        reduction<Extreme<false>>(OpCode::reduce_min, infer_extreme),
        reduction<Product>(OpCode::reduce_prod, infer_sum),
        argmax_operator,
        argmin_operator,
        cumsum_operator,
        argsort_operator,
    };
    return operators;
}

}  // namespace steelyard::vm
