#include "vm/ops/row/softmax.h"

#include "vm/ops/cost.h"
#include "vm/ops/fma.h"
#include "vm/ops/row/operators.h"
#include "vm/ops/row/row.h"
#include "vm/ops/tree_sum.h"
#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_row = 32;

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    TRY(expect_attributes(attributes, 0));
    TRY(expect_dtype(operands[0], {DType::f32, DType::f16, DType::bf16}));
    TRY(expect_last_axis(operands[0]));
    return operands[0];
}

/// What all elements of a row share.
struct RowSums {
    float greatest = 0.0F;
    float sum = 0.0F;
};

template <typename Number, typename Fma>
RowSums sums_of(const std::byte* row, std::uint64_t count) {
    RowSums sums{.greatest = value_at<Number>(row, 0)};
    for (std::uint64_t i = 1; i < count; ++i) {
        sums.greatest = greater_of(sums.greatest, value_at<Number>(row, i));
    }
    sums.sum = tree_sum<float>(count, [&](std::uint64_t i) {
        return SoftmaxRules<Fma>::power(value_at<Number>(row, i), sums.greatest);
    });
    return sums;
}

template <typename Number, typename Fma>
void write(const NodeCall& call, const std::byte* row, Columns columns, std::byte* out) {
    using Rules = SoftmaxRules<Fma>;
    const RowSums sums = sums_of<Number, Fma>(row, call.output.shape.columns());
    const float log_sum = Rules::log_of_sum(sums.sum);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        const float x = value_at<Number>(row, column);
        const float y = call.op == OpCode::softmax
                            ? Rules::share(Rules::power(x, sums.greatest), sums.sum)
                            : Rules::log_share(x, sums.greatest, log_sum);
        Number::store(out, y);
        out += Number::size;
    }
}

template <typename Fma>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::byte* from = read_row(call, reader, row);
    switch (call.output.dtype) {
        case DType::f16:
            write<F16Number, Fma>(call, from, columns, out);
            break;
        case DType::bf16:
            write<Bf16Number, Fma>(call, from, columns, out);
            break;
        default:
            write<PlainNumber<float>, Fma>(call, from, columns, out);
            break;
    }
    reader.release();
    return std::nullopt;
}

template <std::uint64_t per_element>
std::uint64_t gas(const NodeCall& call) {
    return per_element * call.output.elements() + gas_per_row * call.output.shape.rows();
}

/// An exponential costs as much as 32 other operations.
ProbeCost probe(const NodeCall& call, Grid grid) {
    constexpr std::uint64_t operations_per_element = 32 + 3;
    constexpr std::uint64_t last = 16;  // a logarithm, or an exponential and a division
    return probe_of_rows(call, grid, operations_per_element)
        .gas(saturating_mul(elements_of(grid), last))
        .cost();
}

}  // namespace

constinit const Operator softmax_operator{
    .code = OpCode::softmax,
    .infer = infer,
    .evaluate = evaluate<ProcessorFma>,
    .evaluate_software_fma = evaluate<SoftwareFma>,
    .gas = gas<36>,
    .probe = probe,
};

constinit const Operator log_softmax_operator{
    .code = OpCode::log_softmax,
    .infer = infer,
    .evaluate = evaluate<ProcessorFma>,
    .evaluate_software_fma = evaluate<SoftwareFma>,
    .gas = gas<26>,
    .probe = probe,
};

}  // namespace steelyard::vm
