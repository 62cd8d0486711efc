#include "vm/ops/cost.h"
#include "vm/ops/row/operators.h"
#include "vm/ops/row/row.h"
#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_element = 16;

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    using enum DType;
    TRY(expect_operands(operands, 1));
    TRY(expect_attributes(attributes, 2));
    TRY(expect_dtype(operands[0], {f32, f64, i32, i64}));
    TRY(expect_last_axis(operands[0]));
    TRY(attribute_in_range("exclusive", attributes[0], 0, 1));
    TRY(attribute_in_range("reverse", attributes[1], 0, 1));
    return operands[0];
}

/// The sums at `columns` of the chain over a row of `count` elements.
template <typename Number>
void chain(
    const NodeCall& call, const std::byte* row, std::uint64_t count, Columns columns, std::byte* out
) {
    const bool exclusive = call.attributes[0] != 0;
    const bool reverse = call.attributes[1] != 0;
    typename Number::Value sum{0};
    for (std::uint64_t step = 0; step < count; ++step) {
        const std::uint64_t at = reverse ? count - 1 - step : step;
        const auto before = sum;
        sum = sum_of(sum, value_at<Number>(row, at));
        if (at >= columns.first && at - columns.first < columns.count) {
            Number::store(out + (at - columns.first) * Number::size, exclusive ? before : sum);
        }
    }
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::byte* from = read_row(call, reader, row);
    with_number(call.output.dtype, [&](auto number) {
        chain<decltype(number)>(call, from, call.output.shape.columns(), columns, out);
    });
    reader.release();
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    return gas_per_element * call.output.elements();
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    return probe_of_rows(call, grid, 1).cost();
}

}  // namespace

constinit const Operator cumsum_operator{
    .code = OpCode::cumsum,
    .infer = infer,
    .evaluate = evaluate,
    .gas = gas,
    .probe = probe,
};

}  // namespace steelyard::vm
