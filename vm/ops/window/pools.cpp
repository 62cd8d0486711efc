#include "vm/ops/window/pools.h"

#include "vm/ops/cost.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t taps_per_probe_gas = 2;
constexpr std::uint64_t division_probe_gas = 4;

std::uint64_t over_axis_max(const WindowAxis& axis) {
    return std::min(axis.out, axis.dilation * (axis.window - 1) / axis.stride + 1);
}

}  // namespace

std::uint64_t taps_inside(const WindowGeometry& geometry, const Spot& window) {
    std::uint64_t count = 1;
    for (std::size_t i = 0; i < geometry.axes; ++i) {
        const WindowAxis& axis = geometry.axis[i];
        std::uint64_t inside = 0;
        for (std::uint64_t tap = 0; tap < axis.window; ++tap) {
            inside += axis.input_of(window[i], tap).has_value() ? 1 : 0;
        }
        count *= inside;
    }
    return count;
}

float divisor(const WindowGeometry& geometry, const Spot& window, bool count_padding) {
    const std::uint64_t count = count_padding ? geometry.taps() : taps_inside(geometry, window);
    return static_cast<float>(std::max<std::uint64_t>(count, 1));
}

Result<TensorType> pooled_type(DType dtype, const TensorType& x, const WindowGeometry& geometry) {
    std::vector<std::uint64_t> dimensions = dimensions_of(x);
    for (std::size_t i = 0; i < geometry.axes; ++i) {
        dimensions[1 + i] = geometry.axis[i].out;
    }
    return make_tensor_type(dtype, dimensions);
}

WindowsOver::WindowsOver(const WindowGeometry& geometry, const Spot& place)
    : geometry_(geometry), place_(place) {
    for (std::size_t i = 0; i < geometry.axes; ++i) {
        ranges_[i] = windows_around(geometry.axis[i], place[i]);
        at_[i] = ranges_[i].first;
        any_ = any_ && ranges_[i].first < ranges_[i].end;
    }
}

bool WindowsOver::next(Spot& window) {
    while (any_) {
        any_ = !started_ || advance();
        started_ = true;
        bool on_all = any_;
        for (std::size_t i = 0; on_all && i < geometry_.axes; ++i) {
            on_all = has_tap_on(geometry_.axis[i], at_[i], place_[i]);
        }
        if (on_all) {
            window = at_;
            return true;
        }
    }
    return false;
}

bool WindowsOver::advance() {
    for (std::size_t i = geometry_.axes; i-- > 0;) {
        if (++at_[i] < ranges_[i].end) {
            return true;
        }
        at_[i] = ranges_[i].first;
    }
    return false;
}

std::uint64_t WindowsOver::in_line_max(const WindowGeometry& geometry) {
    return over_axis_max(geometry.axis[geometry.axes - 1]);
}

std::uint64_t WindowsOver::lines_max(const WindowGeometry& geometry) {
    std::uint64_t lines = 1;
    for (std::size_t i = 0; i + 1 < geometry.axes; ++i) {
        lines = saturating_mul(lines, over_axis_max(geometry.axis[i]));
    }
    return lines;
}

ProbeCost probe_of_windows(const NodeCall& call, Grid grid, const WindowGeometry& geometry) {
    const TensorType& x = call.operands[0];
    const std::uint64_t of_window = std::min(
        saturating_mul(grid.columns, chunks_of_window(x, geometry, 1)),
        chunks_of_window(x, geometry, x.shape.columns())
    );
    const std::uint64_t gas = geometry.taps() / taps_per_probe_gas + division_probe_gas;
    return ProbeSum(call)
        .opens(0, saturating_mul(grid.rows, of_window))
        .gas(saturating_mul(elements_of(grid), gas))
        .cost();
}

Result<PoolGradient> PoolGradient::make(
    const TensorType& dy, std::span<const std::int64_t> attributes, std::size_t between
) {
    const std::size_t rank = dy.shape.rank();
    const std::size_t axes = rank < 2 ? 0 : rank - 2;
    const std::size_t of_windows = attributes_per_window_axis * axes;
    TRY(expect_attributes(attributes, of_windows + between + axes));
    TRY_ASSIGN(const auto space, sizes_of_attributes(attributes.last(axes)));
    std::vector<std::uint64_t> dimensions = dimensions_of(dy);
    std::ranges::copy(space, dimensions.begin() + (rank < 2 ? 0 : 1));
    PoolGradient gradient;
    TRY_ASSIGN(gradient.dx, make_tensor_type(dy.dtype, dimensions));
    TRY_ASSIGN(gradient.geometry, window_geometry(gradient.dx, attributes.first(of_windows)));
    for (std::size_t i = 0; i < axes; ++i) {
        if (gradient.geometry.axis[i].out != dy.shape[1 + i]) {
            return invalid(
                "{} for {} windows along axis {}", dy.text(), gradient.geometry.axis[i].out, i + 1
            );
        }
    }
    return gradient;
}

ProbeCost probe_of_gradient(const NodeCall& call, Grid grid, const WindowGeometry& geometry) {
    const std::uint64_t in_line = WindowsOver::in_line_max(geometry);
    const std::uint64_t lines = WindowsOver::lines_max(geometry);
    ProbeSum sum(call);
    for (std::size_t operand = 0; operand < call.operands.size(); ++operand) {
        const TensorType& type = call.operands[operand];
        const std::uint64_t of_line =
            std::min(saturating_mul(in_line, grid.columns), chunks_of_rows(type, in_line));
        sum.opens(operand, saturating_mul(saturating_mul(grid.rows, lines), of_line));
    }
    const std::uint64_t of_element =
        saturating_mul(saturating_mul(in_line, lines), division_probe_gas + 1);
    return sum.gas(saturating_mul(elements_of(grid), saturating_add(of_element, 1))).cost();
}

}  // namespace steelyard::vm
