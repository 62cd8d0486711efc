#include "vm/ops/contraction/contractions.h"
#include "vm/ops/contraction/digits.h"
#include "vm/ops/contraction/matrices.h"
#include "vm/ops/cost.h"
#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_attributes(attributes, 2));
    TRY(expect_operands_between(operands, 2, 3));
    TRY(expect_byte_operand(operands[0], attributes[0]));
    TRY(expect_byte_operand(operands[1], attributes[1]));
    TRY_ASSIGN(const auto dimensions, product_dimensions(operands[0], operands[1]));
    if (operands.size() == 3) {
        TRY(expect_i32_bias(operands[2], dimensions.back()));
    }
    return make_tensor_type(DType::i32, dimensions);
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const ProductRows rows(call, row);
    const ByteFactor a(call.operands[0].dtype, call.attributes[0]);
    const ByteFactor b(call.operands[1].dtype, call.attributes[1]);
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        const std::uint64_t column = columns.first + i;
        std::uint32_t sum = call.operands.size() > 2 ? read_u32(reader, 2, column) : 0;
        if (rows.k > 0) {
            const std::byte* left = reader.read(0, rows.a_element, rows.k);
            const std::byte* right = reader.read(1, rows.b_element + column * rows.k, rows.k);
            sum += byte_dot(a, left, b, right, rows.k);
        }
        store_u32(sum, out + i * sizeof sum);
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    return saturating_add(
        byte_dot_gas(call, call.operands[0].shape.columns()), gas_of_products(call)
    );
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    return probe_of_product(call, grid, byte_dot_probe_gas(call.operands[0].shape.columns()));
}

}  // namespace

Operator gemm_i8_operator() {
    return {
        .code = OpCode::gemm_i8,
        .infer = infer,
        .evaluate = evaluate,
        .gas = gas,
        .probe = probe,
    };
}

}  // namespace steelyard::vm
