#include "vm/ops/contraction/dot.h"
#include "vm/ops/cost.h"
#include "vm/ops/type_rules.h"
#include "vm/ops/window/pools.h"

namespace steelyard::vm {

namespace {

constexpr std::uint64_t tap_gas = 2;
constexpr std::uint64_t division_gas = 14;

/// The attributes of a pool without the last one, which says whether padding counts.
WindowGeometry geometry_of(const NodeCall& call) {
    return window_geometry(call.operands[0], call.attributes.first(call.attributes.size() - 1))
        .value();
}

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    const TensorType& x = operands[0];
    if (!widens_to_f32(x.dtype)) {
        return invalid("{}: takes f32, f16 and bf16", x.text());
    }
    const std::size_t axes = x.shape.rank() < 2 ? 0 : x.shape.rank() - 2;
    TRY(expect_attributes(attributes, attributes_per_window_axis * axes + 1));
    const auto of_windows = attributes.first(attributes.size() - 1);
    TRY_ASSIGN(const WindowGeometry geometry, window_geometry(x, of_windows));
    TRY(attribute_in_range("count padding", attributes.back(), 0, 1));
    return pooled_type(x.dtype, x, geometry);
}

float sum_of_window(
    const NodeCall& call,
    Reader& reader,
    const WindowGeometry& geometry,
    const Spot& window,
    std::uint64_t image_element
) {
    const TensorType& x = call.operands[0];
    float sum = 0.0F;
    for (std::uint64_t tap = 0; tap < geometry.taps(); ++tap) {
        if (const auto place = place_under(geometry, window, tap_spot(geometry, tap))) {
            float buffer = 0.0F;
            const std::uint64_t element = image_element + *place * x.shape.columns();
            sum = sum + *widened(x.dtype, reader.read(0, element, 1), 1, &buffer);
        }
    }
    return sum;
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const WindowGeometry geometry = geometry_of(call);
    const std::uint64_t windows = window_count(geometry);
    const Spot window = window_spot(geometry, row % windows);
    const std::uint64_t image = row / windows * place_count(geometry) * call.output.shape.columns();
    const float count = divisor(geometry, window, call.attributes.back() != 0);
    const std::size_t size = size_of(call.output.dtype);
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        const float sum = sum_of_window(call, reader, geometry, window, image + columns.first + i);
        store_float(call.output.dtype, sum / count, out + i * size);
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    const std::uint64_t taps = geometry_of(call).taps();
    return saturating_mul(call.output.elements(), tap_gas * taps + division_gas);
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    return probe_of_windows(call, grid, geometry_of(call));
}

PoolGradient gradient_of(const NodeCall& call) {
    return PoolGradient::make(call.operands[0], call.attributes, 1).value();
}

Result<TensorType> infer_gradient(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    if (!widens_to_f32(operands[0].dtype)) {
        return invalid("{}: takes f32, f16 and bf16", operands[0].text());
    }
    TRY_ASSIGN(const PoolGradient gradient, PoolGradient::make(operands[0], attributes, 1));
    const std::int64_t count = attributes[attributes_per_window_axis * gradient.geometry.axes];
    TRY(attribute_in_range("count padding", count, 0, 1));
    return gradient.dx;
}

std::optional<std::uint64_t> evaluate_gradient(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const PoolGradient gradient = gradient_of(call);
    const WindowGeometry& geometry = gradient.geometry;
    const bool all = call.attributes[attributes_per_window_axis * geometry.axes] != 0;
    const DType type = call.output.dtype;
    const Spot place = place_spot(geometry, row % place_count(geometry));
    const std::uint64_t image = row / place_count(geometry) * window_count(geometry);
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        float sum = 0.0F;
        WindowsOver windows(geometry, place);
        for (Spot window{}; windows.next(window);) {
            const std::uint64_t element =
                (image + window_number(geometry, window)) * call.output.shape.columns() +
                columns.first + i;
            float buffer = 0.0F;
            const float dy = *widened(type, reader.read(0, element, 1), 1, &buffer);
            sum = sum + dy / divisor(geometry, window, all);
        }
        store_float(type, sum, out + i * size_of(type));
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas_of_gradient(const NodeCall& call) {
    const PoolGradient gradient = gradient_of(call);
    const std::uint64_t windows = saturating_mul(
        WindowsOver::in_line_max(gradient.geometry), WindowsOver::lines_max(gradient.geometry)
    );
    return saturating_mul(call.output.elements(), saturating_mul(windows, tap_gas + division_gas));
}

ProbeCost probe_gradient(const NodeCall& call, Grid grid) {
    return probe_of_gradient(call, grid, gradient_of(call).geometry);
}

}  // namespace

const Operator avg_pool_operator{
    .code = OpCode::avg_pool,
    .infer = infer,
    .evaluate = evaluate,
    .gas = gas,
    .probe = probe,
};

const Operator avg_pool_grad_operator{
    .code = OpCode::avg_pool_grad,
    .infer = infer_gradient,
    .evaluate = evaluate_gradient,
    .gas = gas_of_gradient,
    .probe = probe_gradient,
};

}  // namespace steelyard::vm
