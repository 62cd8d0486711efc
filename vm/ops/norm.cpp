#include "vm/ops/cost.h"
#include "vm/ops/elementwise/float_rules.h"
#include "vm/ops/families.h"
#include "vm/ops/fma.h"
#include "vm/ops/row/operators.h"
#include "vm/ops/row/row.h"
#include "vm/ops/tree_sum.h"
#include "vm/ops/type_rules.h"

#include <array>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_row = 32;
constexpr std::uint64_t verification_gas_per_row = 12;  // two divisions and a square root

// Types

/// Error: other than f32 [..., C] and `parameters` f32 vectors of C elements, and an epsilon.
Result<TensorType> infer(TypeView operands, AttributeView attributes, std::size_t parameters) {
    TRY(expect_operands(operands, 1 + parameters));
    TRY(expect_attributes(attributes, 1));
    TRY(epsilon_of_attribute(attributes[0]));
    const TensorType& x = operands[0];
    TRY(expect_last_axis(x));
    const TensorType vector{.dtype = DType::f32, .shape = {x.shape.columns()}};
    TRY(expect_dtype(x, {DType::f32}));
    for (const TensorType& parameter : operands.subspan(1)) {
        if (parameter != vector) {
            return invalid("{} beside {}, not {}", parameter.text(), x.text(), vector.text());
        }
    }
    return x;
}

template <std::size_t parameters>
Result<TensorType> infer_with(TypeView operands, AttributeView attributes) {
    return infer(operands, attributes, parameters);
}

float epsilon_of(const NodeCall& call) {
    return f32_of(static_cast<std::uint32_t>(call.attributes[0]));
}

float parameter(Reader& reader, std::size_t operand, std::uint64_t column) {
    return load<float>(reader.read(operand, column, 1));
}

// Rules

/// 1 / sqrt(mean of the squares of x - centre + epsilon).
float scale_of(const NodeCall& call, const std::byte* x, float centre) {
    const std::uint64_t count = call.output.shape.columns();
    const float squares = tree_sum<float>(count, [&](std::uint64_t i) {
        const float distance = value_at<PlainNumber<float>>(x, i) - centre;
        return distance * distance;
    });
    return 1.0F / square_root(squares / static_cast<float>(count) + epsilon_of(call));
}

template <typename Fma>
std::optional<std::uint64_t> evaluate_layer_norm(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::uint64_t count = call.output.shape.columns();
    const std::byte* x = read_row(call, reader, row);
    const auto at = [&](std::uint64_t i) { return value_at<PlainNumber<float>>(x, i); };
    const float mean = tree_sum<float>(count, at) / static_cast<float>(count);
    const float scale = scale_of(call, x, mean);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        const float gamma = parameter(reader, 1, column);
        const float beta = parameter(reader, 2, column);
        store(out, canonical(Fma::fma(at(column) - mean, scale * gamma, beta)));
        out += sizeof(float);
    }
    reader.release();
    return std::nullopt;
}

std::optional<std::uint64_t> evaluate_rms_norm(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::byte* x = read_row(call, reader, row);
    const float scale = scale_of(call, x, 0.0F);
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        const float scaled = value_at<PlainNumber<float>>(x, column) * scale;
        store(out, canonical(scaled * parameter(reader, 1, column)));
        out += sizeof(float);
    }
    reader.release();
    return std::nullopt;
}

template <typename Fma>
std::optional<std::uint64_t> evaluate_batch_norm(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::uint64_t width = call.output.shape.columns();
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        const auto x = load<float>(reader.read(0, row * width + column, 1));
        const float variance = parameter(reader, 4, column);
        const float scale = 1.0F / square_root(variance + epsilon_of(call));
        const float factor = scale * parameter(reader, 1, column);
        const float distance = x - parameter(reader, 3, column);
        store(out, canonical(Fma::fma(distance, factor, parameter(reader, 2, column))));
        reader.release();
        out += sizeof(float);
    }
    return std::nullopt;
}

// Cost

template <std::uint64_t per_element>
std::uint64_t gas_of_rows(const NodeCall& call) {
    return per_element * call.output.elements() + gas_per_row * call.output.shape.rows();
}

std::uint64_t gas_of_channels(const NodeCall& call) {
    return 4 * call.output.elements() + gas_per_row * call.output.shape.columns();
}

template <std::size_t parameters>
ProbeCost probe_rows(const NodeCall& call, Grid grid) {
    ProbeSum sum = probe_of_rows(call, grid, 2 * parameters + 1);
    for (std::size_t operand = 1; operand <= parameters; ++operand) {
        sum.reads(operand, grid.columns);
    }
    return sum.gas(saturating_mul(elements_of(grid), verification_gas_per_row)).cost();
}

ProbeCost probe_batch_norm(const NodeCall& call, Grid grid) {
    const std::uint64_t elements = elements_of(grid);
    return ProbeSum(call)
        .reads(0, elements)
        .reads(1, grid.columns)
        .reads(2, grid.columns)
        .reads(3, grid.columns)
        .reads(4, grid.columns)
        .gas(saturating_mul(elements, verification_gas_per_row))
        .cost();
}

}  // namespace

std::span<const Operator> norm_operators() {
    static const std::array operators{
        softmax_operator,
        log_softmax_operator,
        Operator{
            .code = OpCode::layer_norm,
            .infer = infer_with<2>,
            .evaluate = evaluate_layer_norm<ProcessorFma>,
            .evaluate_software_fma = evaluate_layer_norm<SoftwareFma>,
            .gas = gas_of_rows<8>,
            .probe = probe_rows<2>,
        },
        Operator{
            .code = OpCode::rms_norm,
            .infer = infer_with<1>,
            .evaluate = evaluate_rms_norm,
            .gas = gas_of_rows<6>,
            .probe = probe_rows<1>,
        },
        Operator{
            .code = OpCode::batch_norm,
            .infer = infer_with<4>,
            .evaluate = evaluate_batch_norm<ProcessorFma>,
            .evaluate_software_fma = evaluate_batch_norm<SoftwareFma>,
            .gas = gas_of_channels,
            .probe = probe_batch_norm,
        },
    };
    return operators;
}

}  // namespace steelyard::vm
