// Normalisations over batches, channels, rows.
#include "vm/onnx/lowering.h"
#include "vm/onnx/split.h"

#include <algorithm>
#include <array>
#include <bit>

namespace steelyard::vm::onnx {

namespace {

std::int64_t bits_of(double value) {
    return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

/// What a tensor has along some axes, which stay with size 1.
struct Moments {
    Value mean{};
    Value variance{};
};

Moments moments_of(Call& c, const Value& x, const std::vector<std::size_t>& axes) {
    const Value mean = c.reduce(OpCode::reduce_mean, x, axes);
    const Value apart = c.sub(x, mean);
    const Unbounded squares(c.e);
    return {mean, c.reduce(OpCode::reduce_mean, c.mul(apart, apart), axes)};
}

Value inverse_root(Call& c, const Value& variance, double epsilon) {
    Value sum;
    {
        const Unbounded squares(c.e);
        sum = c.add(variance, epsilon);
    }
    return c.op(OpCode::rsqrt, {sum});
}

/// x * scale + shift, of one rounding: what is left of a normalisation by known moments.
Value scaled(Call& c, const Value& x, const Value& scale, const Value& shift) {
    return c.op(OpCode::fma, {x, scale, shift});
}

Values batch_normalisation(Call& c) {
    const Value x = c.in(0);
    const double epsilon = c.real("epsilon", 1e-5);
    Value gamma = c.in(1);
    const Value beta = c.in(2);
    Value mean = c.in(3);
    Value variance = c.in(4);
    const bool is_training = c.opset() >= 14 ? c.integer("training_mode", 0) != 0
                                             : c.opset() < 7 && c.integer("is_test", 0) == 0;
    if (c.opset() < 14 && (c.wants(1) || is_training)) {
        return {c.fail("training before opset 14")};
    }
    if (c.opset() < 9 && c.integer("spatial", 1) == 0) {
        return {c.fail("statistics for each place")};
    }
    Values out(1);
    if (is_training) {
        std::vector<std::size_t> others;
        for (std::size_t axis = 0; axis < x.rank(); ++axis) {
            if (axis != 1) {
                others.push_back(axis);
            }
        }
        const Moments moments = moments_of(c, x, others);
        const double momentum = c.real("momentum", 0.9);
        const auto running = [&](const Value& old, const Value& seen) {
            const Value flat = c.reshape(seen, Ops::dimensions(old));
            return c.add(c.mul(old, momentum), c.mul(c.cast(flat, old.dtype()), 1 - momentum));
        };
        out.push_back(running(mean, moments.mean));
        out.push_back(running(variance, moments.variance));
        mean = c.reshape(moments.mean, Ops::dimensions(mean));
        variance = c.reshape(moments.variance, Ops::dimensions(variance));
    }
    const Value scale = c.mul(gamma, inverse_root(c, variance, epsilon));
    const Value shift = c.sub(beta, c.mul(mean, scale));
    if (!is_training && c.is_only_reader && x.dtype() == DType::f32) {
        if (const auto joined = c.e.scaled_convolution(x, scale, shift)) {
            return {*joined};
        }
    }
    out[0] = scaled(
        c,
        x,
        c.per_channel(c.cast(scale, x.dtype()), x.rank()),
        c.per_channel(c.cast(shift, x.dtype()), x.rank())
    );
    return out;
}

Values instance_normalisation(Call& c) {
    const Value x = c.in(0);
    std::vector<std::size_t> axes;
    for (std::size_t axis = 2; axis < x.rank(); ++axis) {
        axes.push_back(axis);
    }
    const Moments moments = moments_of(c, x, axes);
    const Value scale = c.mul(
        c.per_channel(c.in(1), x.rank()), inverse_root(c, moments.variance, c.real("epsilon", 1e-5))
    );
    const Value shift = c.sub(c.per_channel(c.in(2), x.rank()), c.mul(moments.mean, scale));
    return {scaled(c, x, scale, shift)};
}

/// In one node where nobody asks for mean and deviation.
Value layer_norm_rows(Call& c, const Value& x, std::size_t axis) {
    std::int64_t columns = 1;
    for (std::size_t at = axis; at < x.rank(); ++at) {
        columns *= Ops::dimension(x, at);
    }
    Integers rows = Ops::dimensions(x);
    rows.resize(std::min(axis, rows.size()));
    rows.push_back(columns);
    const Value gamma = c.reshape(c.in(1), {columns});
    const Value beta =
        c.has(2) ? c.reshape(c.in(2), {columns}) : c.broadcast(c.scalar(x.dtype(), 0), {columns});
    const Value out = c.op(
        OpCode::layer_norm, {c.reshape(x, rows), gamma, beta}, {bits_of(c.real("epsilon", 1e-5))}
    );
    return c.reshape(out, Ops::dimensions(x));
}

Values layer_normalisation(Call& c) {
    const Value x = c.in(0);
    const std::size_t axis = c.axis_attribute("axis", -1, x.rank());
    const bool is_plain = x.dtype() == DType::f32 && c.in(1).rank() == x.rank() - axis;
    if (is_plain && !c.wants(1) && !c.wants(2)) {
        return {layer_norm_rows(c, x, axis)};
    }
    std::vector<std::size_t> axes;
    for (std::size_t at = axis; at < x.rank(); ++at) {
        axes.push_back(at);
    }
    const Value wide = c.cast(x, DType::f32);
    const Moments moments = moments_of(c, wide, axes);
    const Value inverse = inverse_root(c, moments.variance, c.real("epsilon", 1e-5));
    Value out = c.cast(c.mul(c.sub(wide, moments.mean), inverse), x.dtype());
    out = c.mul(out, c.in(1));
    out = c.has(2) ? c.add(out, c.in(2)) : out;
    return {out, moments.mean, inverse};
}

Values mean_variance_normalisation(Call& c) {
    const Value x = c.in(0);
    const std::vector<std::size_t> axes = c.axes(c.integers_of("axes", {0, 2, 3}), x.rank());
    const Moments moments = moments_of(c, x, axes);
    const Value deviation = c.op(OpCode::sqrt, {moments.variance});
    return {c.div(c.sub(x, moments.mean), c.add(deviation, 1e-9))};
}

Values norm_along_axis(Call& c) {
    const Value x = c.in(0);
    const std::size_t axis = c.axis_attribute("axis", -1, x.rank());
    if (c.integer("p", 2) == 1) {
        const Value sum = c.reduce(OpCode::reduce_sum, c.op(OpCode::abs, {x}), {axis});
        return {c.div(x, sum)};
    }
    const Value sum = c.reduce(OpCode::reduce_sum, c.mul(x, x), {axis});
    return {c.div(x, c.op(OpCode::sqrt, {sum}))};
}

constexpr std::int64_t local_size_max = 256;

/// Divided by a power of the squares' sum over neighbouring channels.
Values local_response(Call& c) {
    const Value x = c.in(0);
    const std::int64_t size = c.integer("size", 1);
    if (size < 1 || size > local_size_max || x.rank() < 2) {
        return {c.fail("a size of {} over {}", size, x.type.text())};
    }
    Integers before(x.rank(), 0);
    Integers after(x.rank(), 0);
    before[1] = (size - 1) / 2;
    after[1] = size - 1 - before[1];
    const Value squares = c.pad(c.mul(x, x), before, after, c.scalar(x.dtype(), 0));
    Value sum = c.slice(squares, 1, 0, Ops::dimension(x, 1));
    for (std::int64_t at = 1; at < size; ++at) {
        sum = c.add(sum, c.slice(squares, 1, at, Ops::dimension(x, 1)));
    }
    const double alpha = c.real("alpha", 1e-4) / static_cast<double>(size);
    const Value base = c.add(c.mul(sum, alpha), c.real("bias", 1));
    const Value power = c.op(OpCode::pow, {base, c.scalar(x.dtype(), c.real("beta", 0.75))});
    return {c.div(x, power)};
}

constexpr std::array rows = {
    LoweringRow{.op = "BatchNormalization", .lower = batch_normalisation},
    LoweringRow{.op = "InstanceNormalization", .since = 6, .lower = instance_normalisation},
    LoweringRow{.op = "LayerNormalization", .since = 17, .lower = layer_normalisation},
    LoweringRow{
        .op = "MeanVarianceNormalization", .since = 9, .lower = mean_variance_normalisation
    },
    LoweringRow{.op = "LpNormalization", .lower = norm_along_axis},
    LoweringRow{.op = "LRN", .lower = local_response},
};

}  // namespace

std::span<const LoweringRow> normalisation_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
