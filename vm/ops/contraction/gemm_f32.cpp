#include "vm/ops/contraction/contractions.h"
#include "vm/ops/contraction/epilogue.h"
#include "vm/ops/contraction/matrices.h"
#include "vm/ops/cost.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t bias_gas = 2;
constexpr std::uint64_t fmas_per_probe_gas = 16;

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_attributes(attributes, 2));
    TRY(expect_operands_between(operands, 2, 3));
    for (const TensorType& operand : operands.first(2)) {
        if (!widens_to_f32(operand.dtype)) {
            return invalid("{}: takes f32, f16 and bf16", operand.text());
        }
    }
    TRY_ASSIGN(const auto dimensions, product_dimensions(operands[0], operands[1]));
    if (operands.size() == 3) {
        TRY(expect_float_bias(operands[2], dimensions.back()));
    }
    TRY(expect_activation(attributes[0]));
    TRY_ASSIGN(const DType type, float_type_of_attribute(attributes[1]));
    return make_tensor_type(type, dimensions);
}

float dot(const NodeCall& call, Reader& reader, const ProductRows& rows, FmaMode mode) {
    float a_buffer[dot_block];
    float b_buffer[dot_block];
    DotSum sum(mode);
    for (std::uint64_t at = 0; at < rows.k; at += dot_block) {
        const std::size_t count = std::min<std::uint64_t>(dot_block, rows.k - at);
        const std::byte* a = reader.read(0, rows.a_element + at, count);
        const std::byte* b = reader.read(1, rows.b_element + at, count);
        sum.add(
            widened(call.operands[0].dtype, a, count, a_buffer),
            widened(call.operands[1].dtype, b, count, b_buffer),
            count
        );
    }
    return sum.value();
}

template <FmaMode mode>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::size_t size = size_of(call.output.dtype);
    const Epilogue epilogue{
        .bias_operand = call.operands.size() > 2 ? std::size_t{2} : 0,
        .activation = call.attributes[0],
        .mode = mode,
    };
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        ProductRows rows(call, row);
        rows.b_element += (columns.first + i) * rows.k;
        const float sum = dot(call, reader, rows, mode);
        epilogue.store(call, reader, columns.first + i, sum, out + i * size);
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    const std::uint64_t bias = call.operands.size() > 2 ? bias_gas : 0;
    const std::uint64_t k = call.operands[0].shape.columns();
    const std::uint64_t of_elements =
        gas_of_elements(call, k + bias + activation_gas(call.attributes[0]));
    return saturating_add(of_elements, gas_of_products(call));
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const std::uint64_t k = call.operands[0].shape.columns();
    const std::uint64_t dot = k / fmas_per_probe_gas + 1;
    return probe_of_product(call, grid, dot + activation_probe_gas(call.attributes[0]));
}

}  // namespace

Operator gemm_f32_operator() {
    return {
        .code = OpCode::gemm_f32,
        .infer = infer,
        .evaluate = evaluate<FmaMode::processor>,
        .evaluate_software_fma = evaluate<FmaMode::software>,
        .gas = gas,
        .probe = probe,
    };
}

}  // namespace steelyard::vm
