#include "vm/ops/contraction/contractions.h"
#include "vm/ops/contraction/conv.h"
#include "vm/ops/contraction/digits.h"
#include "vm/ops/contraction/matrices.h"
#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

constexpr std::size_t others = 2;  ///< attributes after the groups: zero of x, zero of w
constexpr std::uint64_t taps_per_probe_gas = 2;

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands_between(operands, 2, 3));
    TRY_ASSIGN(const Conv conv, make_conv(operands[0], operands[1], attributes, others));
    TRY(expect_byte_operand(operands[0], attributes[attributes.size() - 2]));
    TRY(expect_byte_operand(operands[1], attributes.back()));
    if (operands.size() == 3) {
        TRY(expect_i32_bias(operands[2], conv.outputs));
    }
    return make_tensor_type(DType::i32, conv.output_dimensions(operands[0]));
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const Conv conv = conv_of(call, others);
    const ByteFactor x(call.operands[0].dtype, call.attributes[call.attributes.size() - 2]);
    const ByteFactor w(call.operands[1].dtype, call.attributes.back());
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        const std::uint64_t column = columns.first + i;
        const ConvTaps taps(conv, row, column);
        std::uint32_t sum = call.operands.size() > 2 ? read_u32(reader, 2, column) : 0;
        for (std::uint64_t k = 0; k < conv.k();) {
            const ConvRun run = taps.run(k, conv.k());
            if (run.x_element) {
                const std::byte* left = reader.read(0, *run.x_element, run.count);
                const std::byte* right = reader.read(1, run.w_element, run.count);
                sum += byte_dot(x, left, w, right, run.count);
            }
            k += run.count;
        }
        store_u32(sum, out + i * sizeof sum);
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    return byte_dot_gas(call, conv_of(call, others).k());
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const Conv conv = conv_of(call, others);
    const std::uint64_t dot = byte_dot_probe_gas(conv.k()) + conv.taps / taps_per_probe_gas;
    return probe_of_conv(call, conv, grid, dot);
}

}  // namespace

Operator conv_i8_operator() {
    return {
        .code = OpCode::conv_i8,
        .infer = infer,
        .evaluate = evaluate,
        .gas = gas,
        .probe = probe,
    };
}

}  // namespace steelyard::vm
