#include "vm/ops/contraction/contractions.h"
#include "vm/ops/contraction/conv.h"
#include "vm/ops/contraction/epilogue.h"
#include "vm/ops/contraction/matrices.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::size_t others = 2;  ///< attributes after the groups: activation, dtype
constexpr std::uint64_t bias_gas = 2;
constexpr std::uint64_t fmas_per_probe_gas = 16;
constexpr std::uint64_t taps_per_probe_gas = 2;

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands_between(operands, 2, 3));
    for (const TensorType& operand : operands.first(2)) {
        if (!widens_to_f32(operand.dtype)) {
            return invalid("{}: takes f32, f16 and bf16", operand.text());
        }
    }
    TRY_ASSIGN(const Conv conv, make_conv(operands[0], operands[1], attributes, others));
    if (operands.size() == 3) {
        TRY(expect_float_bias(operands[2], conv.outputs));
    }
    TRY(expect_activation(attributes[attributes.size() - 2]));
    TRY_ASSIGN(const DType type, float_type_of_attribute(attributes.back()));
    return make_tensor_type(type, conv.output_dimensions(operands[0]));
}

/// Fills both factors of the products [k, k + count).
void read_factors(
    const NodeCall& call, Reader& reader, const ConvTaps& taps, ConvRun all, std::span<float> out
) {
    float* xs = out.data();
    float* ws = xs + dot_block;
    for (std::uint64_t done = 0; done < all.count;) {
        const ConvRun run = taps.run(all.k + done, all.count - done);
        const std::byte* w = reader.read(1, run.w_element, run.count);
        std::copy_n(widened(call.operands[1].dtype, w, run.count, ws + done), run.count, ws + done);
        if (run.x_element) {
            const std::byte* x = reader.read(0, *run.x_element, run.count);
            const float* wide = widened(call.operands[0].dtype, x, run.count, xs + done);
            std::copy_n(wide, run.count, xs + done);
        } else {
            std::fill_n(xs + done, run.count, 0.0F);
        }
        done += run.count;
    }
}

template <FmaMode mode>
std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const Conv conv = conv_of(call, others);
    const std::size_t size = size_of(call.output.dtype);
    const Epilogue epilogue{
        .bias_operand = call.operands.size() > 2 ? std::size_t{2} : 0,
        .activation = call.attributes[call.attributes.size() - 2],
        .mode = mode,
    };
    float factors[2 * dot_block];
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        const ConvTaps taps(conv, row, columns.first + i);
        DotSum sum(mode);
        for (std::uint64_t k = 0; k < conv.k(); k += dot_block) {
            const std::uint64_t count = std::min<std::uint64_t>(dot_block, conv.k() - k);
            read_factors(call, reader, taps, {.k = k, .count = count}, factors);
            sum.add(factors, factors + dot_block, count);
        }
        epilogue.store(call, reader, columns.first + i, sum.value(), out + i * size);
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    const std::uint64_t bias = call.operands.size() > 2 ? bias_gas : 0;
    const std::int64_t activation = call.attributes[call.attributes.size() - 2];
    return gas_of_elements(call, conv_of(call, others).k() + bias + activation_gas(activation));
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    const Conv conv = conv_of(call, others);
    const std::int64_t activation = call.attributes[call.attributes.size() - 2];
    const std::uint64_t dot = conv.k() / fmas_per_probe_gas + conv.taps / taps_per_probe_gas + 1;
    return probe_of_conv(call, conv, grid, dot + activation_probe_gas(activation));
}

}  // namespace

Operator conv_f32_operator() {
    return {
        .code = OpCode::conv_f32,
        .infer = infer,
        .evaluate = evaluate<FmaMode::processor>,
        .evaluate_software_fma = evaluate<FmaMode::software>,
        .gas = gas,
        .probe = probe,
    };
}

}  // namespace steelyard::vm
