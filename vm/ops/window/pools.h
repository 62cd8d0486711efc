// The pooling operators, and what they share (doc/spec/vm-operators.md, P1 to P5).
#pragma once

#include "vm/ops/operator.h"
#include "vm/ops/window/places.h"

namespace steelyard::vm {

extern const Operator max_pool_operator;
extern const Operator max_pool_index_operator;
extern const Operator max_pool_grad_operator;
extern const Operator avg_pool_operator;
extern const Operator avg_pool_grad_operator;

/// How many taps of a window are not in the padding.
std::uint64_t taps_inside(const WindowGeometry& geometry, const Spot& window);

/// What an average divides by: the taps inside, or all; at least 1.
float divisor(const WindowGeometry& geometry, const Spot& window, bool count_padding);

/// The type of the windows' elements: [N, out..., C].
Result<TensorType> pooled_type(DType dtype, const TensorType& x, const WindowGeometry& geometry);

/// One window after the other, row-major, of those that have a tap on a place.
class WindowsOver {
public:
    WindowsOver(const WindowGeometry& geometry, const Spot& place);

    /// The next window; false: there is none.
    bool next(Spot& window);

    /// The most windows that can reach over a place: along the last axis, and along the others.
    static std::uint64_t in_line_max(const WindowGeometry& geometry);
    static std::uint64_t lines_max(const WindowGeometry& geometry);

private:
    bool advance();

    const WindowGeometry& geometry_;
    Spot place_{};
    std::array<WindowRange, spatial_axes_max> ranges_{};
    Spot at_{};
    bool any_ = true;
    bool started_ = false;
};

/// The probe of an operator that looks at every tap of a window of operand 0.
ProbeCost probe_of_windows(const NodeCall& call, Grid grid, const WindowGeometry& geometry);

/// A gradient: from the type [N, out..., C] of `dy` and the dimensions in space before pooling.
struct PoolGradient {
    WindowGeometry geometry{};
    TensorType dx{};

    /// `attributes`: the geometry, `between` others, the spatial dimensions. Errors: as
    /// window_geometry, dimensions of dy that are not those of the windows.
    static Result<PoolGradient> make(
        const TensorType& dy, std::span<const std::int64_t> attributes, std::size_t between
    );
};

/// The probe of a gradient: all windows over a place, in each of the operands.
ProbeCost probe_of_gradient(const NodeCall& call, Grid grid, const WindowGeometry& geometry);

}  // namespace steelyard::vm
