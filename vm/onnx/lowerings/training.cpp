// One step of an optimiser for several tensors (ai.onnx.preview.training).
#include "vm/onnx/lowering.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

/// Operands after the rate and the count of steps: `kinds` groups of as many tensors each.
std::size_t tensors_of(Call& c, std::size_t kinds) {
    if (c.operands.size() < 2 + kinds || (c.operands.size() - 2) % kinds != 0) {
        c.fail("{} operands", c.operands.size());
        return 0;
    }
    return (c.operands.size() - 2) / kinds;
}

/// The gradient with that of the regularisation.
Value gradient_of(Call& c, const Value& x, const Value& gradient) {
    return c.add(c.mul(x, c.real("norm_coefficient", 0)), gradient);
}

Value count_of(Call& c, DType dtype) {
    return c.cast(c.reshape(c.in(1), {}), dtype);
}

Values adagrad(Call& c) {
    const std::size_t count = tensors_of(c, 3);
    const Value rate = c.reshape(c.in(0), {});
    const Value steps = c.mul(count_of(c, rate.dtype()), c.real("decay_factor", 0));
    const Value slowed = c.div(rate, c.add(steps, 1));
    Values xs;
    Values squares;
    for (std::size_t at = 0; at < count; ++at) {
        const Value x = c.in(2 + at);
        const Value gradient = gradient_of(c, x, c.in(2 + count + at));
        const Value square = c.add(c.in(2 + 2 * count + at), c.mul(gradient, gradient));
        const Value width = c.add(c.op(OpCode::sqrt, {square}), c.real("epsilon", 1e-6));
        xs.push_back(c.sub(x, c.div(c.mul(slowed, gradient), width)));
        squares.push_back(square);
    }
    xs.insert(xs.end(), squares.begin(), squares.end());
    return xs;
}

/// rate * sqrt(1 - beta^t) / (1 - alpha^t), from the first step on.
Value adjusted_rate(Call& c, double alpha, double beta) {
    const Value rate = c.reshape(c.in(0), {});
    const DType dtype = rate.dtype();
    const Value steps = count_of(c, dtype);
    const auto left = [&](double base) {
        return c.rsub(1, c.op(OpCode::pow, {c.scalar(dtype, base), steps}));
    };
    const Value adjusted = c.div(c.mul(rate, c.op(OpCode::sqrt, {left(beta)})), left(alpha));
    return c.select(c.less(c.scalar(dtype, 0), steps), adjusted, rate);
}

Values adam(Call& c) {
    const std::size_t count = tensors_of(c, 4);
    const double alpha = c.real("alpha", 0.9);
    const double beta = c.real("beta", 0.999);
    const Value rate = adjusted_rate(c, alpha, beta);
    const double decay = c.real("norm_coefficient_post", 0);
    std::array<Values, 3> out;
    for (std::size_t at = 0; at < count; ++at) {
        const Value x = c.in(2 + at);
        const Value gradient = gradient_of(c, x, c.in(2 + count + at));
        const Value mean =
            c.add(c.mul(c.in(2 + 2 * count + at), alpha), c.mul(gradient, 1 - alpha));
        const Value square = c.add(
            c.mul(c.in(2 + 3 * count + at), beta), c.mul(c.mul(gradient, gradient), 1 - beta)
        );
        const Value width = c.add(c.op(OpCode::sqrt, {square}), c.real("epsilon", 1e-6));
        const Value moved = c.sub(x, c.div(c.mul(rate, mean), width));
        out[0].push_back(c.mul(moved, 1 - decay));
        out[1].push_back(mean);
        out[2].push_back(square);
    }
    out[0].insert(out[0].end(), out[1].begin(), out[1].end());
    out[0].insert(out[0].end(), out[2].begin(), out[2].end());
    return out[0];
}

Values momentum(Call& c) {
    const std::size_t count = tensors_of(c, 3);
    const Value rate = c.reshape(c.in(0), {});
    const DType dtype = rate.dtype();
    const Value is_later = c.less(c.scalar(dtype, 0), count_of(c, dtype));
    const Value beta = c.select(is_later, c.scalar(dtype, c.real("beta", 0)), c.scalar(dtype, 1));
    const double alpha = c.real("alpha", 0);
    const bool looks_ahead = c.text("mode", "standard") == "nesterov";
    Values xs;
    Values speeds;
    for (std::size_t at = 0; at < count; ++at) {
        const Value x = c.in(2 + at);
        const Value gradient = gradient_of(c, x, c.in(2 + count + at));
        const Value speed = c.add(c.mul(c.in(2 + 2 * count + at), alpha), c.mul(gradient, beta));
        const Value way = looks_ahead ? c.add(gradient, c.mul(speed, alpha)) : speed;
        xs.push_back(c.sub(x, c.mul(rate, way)));
        speeds.push_back(speed);
    }
    xs.insert(xs.end(), speeds.begin(), speeds.end());
    return xs;
}

constexpr std::array rows = {
    LoweringRow{.op = "Adagrad", .lower = adagrad},
    LoweringRow{.op = "Adam", .lower = adam},
    LoweringRow{.op = "Momentum", .lower = momentum},
};

}  // namespace

std::span<const LoweringRow> training_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
