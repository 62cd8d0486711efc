// Pools: maxima, means and norms of windows, and the way back.
#include "vm/onnx/lowerings/windows.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

/// The VM pools f32 fast: narrower types go through it, which changes no maximum. Maxima of f64 are
/// taken as they are.
DType pooled_type(OpCode code, DType dtype) {
    return dtype == DType::f64 && code != OpCode::avg_pool ? dtype : DType::f32;
}

Value pooled(Call& c, OpCode code, const Value& x, const Integers& attributes) {
    const Value wide = c.channels_last(c.cast(x, pooled_type(code, x.dtype())));
    return c.cast(c.channels_first(c.op(code, {wide}, attributes)), x.dtype());
}

/// Windows of more elements than this are taken axis by axis: then a probe opens few of them.
constexpr std::int64_t taps_at_once_max = 32;

Value max_pooled(Call& c, const Value& x, const Windows& windows) {
    std::int64_t taps = 1;
    for (const WindowOfAxis& axis : windows) {
        taps = std::min<std::int64_t>(taps, 1 << 20) * axis.window;
    }
    if (taps <= taps_at_once_max) {
        return pooled(c, OpCode::max_pool, x, geometry(windows));
    }
    Value out = x;
    for (std::size_t at = 0; at < windows.size(); ++at) {
        Windows one(windows.size());
        one[at] = windows[at];
        out = pooled(c, OpCode::max_pool, out, geometry(one));
    }
    return out;
}

/// From places in a plane to places in the whole tensor [N, C, H, W].
Value whole_indices(Call& c, const Value& x, const Value& places) {
    const std::size_t rank = x.rank();
    std::int64_t plane = 1;
    for (std::size_t axis = 2; axis < rank; ++axis) {
        plane *= Ops::dimension(x, axis);
    }
    Value at = places;
    if (c.integer("storage_order", 0) != 0 && rank == 4) {
        // The place h * W + w becomes w * H + h.
        const Value width = c.reshape(c.integers({Ops::dimension(x, 3)}), {});
        const Value height = c.reshape(c.integers({Ops::dimension(x, 2)}), {});
        const Value row = c.div(places, width);
        at = c.add(c.mul(c.sub(places, c.mul(row, width)), height), row);
    }
    Integers planes(rank, 1);
    planes[0] = Ops::dimension(x, 0);
    planes[1] = Ops::dimension(x, 1);
    const Value number = c.reshape(c.iota(DType::i64, 0, {planes[0] * planes[1]}), planes);
    return c.add(at, c.mul(number, c.reshape(c.integers({plane}), {})));
}

Values max_pool(Call& c) {
    const Value x = c.in(0);
    auto windows = read_windows(c, x);
    if (!windows) {
        return {};
    }
    if (c.integer("ceil_mode", 0) != 0) {
        round_up(*windows);
    }
    Values out = {max_pooled(c, x, *windows)};
    if (c.wants(1)) {
        const DType dtype = pooled_type(OpCode::max_pool_index, x.dtype());
        const Value wide = c.channels_last(c.cast(x, dtype));
        const Value places =
            c.channels_first(c.op(OpCode::max_pool_index, {wide}, geometry(*windows)));
        out.push_back(whole_indices(c, x, places));
    }
    return out;
}

Values average_pool(Call& c) {
    const Value x = c.in(0);
    auto windows = read_windows(c, x);
    if (!windows) {
        return {};
    }
    const bool counts_padding = c.integer("count_include_pad", 0) != 0;
    if (c.integer("ceil_mode", 0) != 0) {
        const Integers before = geometry(*windows);
        round_up(*windows);
        if (counts_padding && geometry(*windows) != before) {
            return {c.fail("ceil_mode with count_include_pad, and a window that ends outside")};
        }
    }
    Integers attributes = geometry(*windows);
    attributes.push_back(counts_padding ? 1 : 0);
    return {pooled(c, OpCode::avg_pool, x, attributes)};
}

std::vector<std::size_t> spatial_axes(const Value& x) {
    std::vector<std::size_t> axes;
    for (std::size_t axis = 2; axis < x.rank(); ++axis) {
        axes.push_back(axis);
    }
    return axes;
}

template <OpCode code>
Values global_pool(Call& c) {
    const Value x = c.in(0);
    return {c.reduce(code, x, spatial_axes(x))};
}

Value power(Call& c, const Value& x, double exponent) {
    if (exponent == 2) {
        return c.mul(x, x);
    }
    return c.op(OpCode::pow, {c.op(OpCode::abs, {x}), c.scalar(x.dtype(), exponent)});
}

Value root(Call& c, const Value& x, double exponent) {
    return exponent == 2 ? c.op(OpCode::sqrt, {x})
                         : c.op(OpCode::pow, {x, c.scalar(x.dtype(), 1 / exponent)});
}

double norm_of(Call& c) {
    return c.opset() < 2 ? c.real("p", 2) : static_cast<double>(c.integer("p", 2));
}

Values global_norm_pool(Call& c) {
    const Value x = c.in(0);
    const double p = norm_of(c);
    return {root(c, c.reduce(OpCode::reduce_sum, power(c, x, p), spatial_axes(x)), p)};
}

Values norm_pool(Call& c) {
    const Value x = c.in(0);
    const auto windows = read_windows(c, x);
    if (!windows) {
        return {};
    }
    double size = 1;
    for (const WindowOfAxis& axis : *windows) {
        size *= static_cast<double>(axis.window);
    }
    Integers attributes = geometry(*windows);
    attributes.push_back(1);
    const double p = norm_of(c);
    const Value means = pooled(c, OpCode::avg_pool, power(c, x, p), attributes);
    return {root(c, c.mul(means, size), p)};
}

/// The shape that a pool with these windows would have taken.
Integers unpooled_shape(const Value& x, const Windows& windows) {
    Integers shape = {Ops::dimension(x, 0), Ops::dimension(x, 1)};
    for (const WindowOfAxis& axis : windows) {
        shape.push_back((axis.in - 1) * axis.stride - axis.before - axis.after + axis.reach());
    }
    return shape;
}

Values max_unpool(Call& c) {
    const Value x = c.in(0);
    const auto windows = read_windows(c, x);
    if (!windows) {
        return {};
    }
    const Integers shape = unpooled_shape(x, *windows);
    std::int64_t elements = 1;
    for (const std::int64_t size : shape) {
        if (size < 0 || __builtin_mul_overflow(elements, size, &elements)) {
            return {c.fail("an output of more elements than there are")};
        }
    }
    const auto count = static_cast<std::int64_t>(x.type.elements());
    const Value zeros = c.broadcast(c.scalar(x.dtype(), 0), {elements});
    const Value flat = c.op(
        OpCode::scatter_elements,
        {zeros, c.reshape(c.in(1), {count}), c.reshape(x, {count})},
        {0, 0}
    );
    Value out = c.reshape(flat, shape);
    if (c.has(2)) {
        const Integers wanted = c.known_integers(2);
        Integers behind;
        for (std::size_t axis = 0; axis < std::min(wanted.size(), shape.size()); ++axis) {
            behind.push_back(wanted[axis] - shape[axis]);
        }
        out = c.pad(out, Integers(shape.size(), 0), behind, c.scalar(x.dtype(), 0));
    }
    return {out};
}

constexpr std::array rows = {
    LoweringRow{.op = "MaxPool", .lower = max_pool},
    LoweringRow{.op = "AveragePool", .lower = average_pool},
    LoweringRow{.op = "GlobalMaxPool", .lower = global_pool<OpCode::reduce_max>},
    LoweringRow{.op = "GlobalAveragePool", .lower = global_pool<OpCode::reduce_mean>},
    LoweringRow{.op = "GlobalLpPool", .lower = global_norm_pool},
    LoweringRow{.op = "LpPool", .lower = norm_pool},
    LoweringRow{.op = "MaxUnpool", .since = 9, .lower = max_unpool},
};

}  // namespace

std::span<const LoweringRow> pooling_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
