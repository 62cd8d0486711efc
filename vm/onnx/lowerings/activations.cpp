// Activation functions that are several nodes.
#include "vm/onnx/lowering.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

/// x where it is not negative, else `below`: which must be finite for any x.
Value above_zero(Call& c, const Value& x, const Value& below) {
    return c.select(c.less(x, c.scalar(x.dtype(), 0)), below, x);
}

/// exp(x) - 1 of min(x, 0): no infinity for a large x that is not taken.
Value negative_exp(Call& c, const Value& x) {
    return c.narrow(OpCode::expm1, c.min(x, 0));
}

Values elu(Call& c) {
    const Value x = c.in(0);
    return {above_zero(c, x, c.mul(negative_exp(c, x), c.real("alpha", 1)))};
}

Values selu(Call& c) {
    const Value x = c.in(0);
    const bool is_first = c.opset() < 6;
    const double alpha = c.real("alpha", is_first ? 1.6732 : 1.67326319217681884765625);
    const double gamma = c.real("gamma", is_first ? 1.0507 : 1.05070102214813232421875);
    return {c.mul(above_zero(c, x, c.mul(negative_exp(c, x), alpha)), gamma)};
}

Values celu(Call& c) {
    const Value x = c.in(0);
    const double alpha = c.real("alpha", 1);
    return {above_zero(c, x, c.mul(negative_exp(c, c.div(x, alpha)), alpha))};
}

Values leaky_relu(Call& c) {
    const Value x = c.in(0);
    return {above_zero(c, x, c.mul(x, c.real("alpha", 0.01)))};
}

Values parametric_relu(Call& c) {
    const Value x = c.in(0);
    Value slope = c.in(1);
    // Before opset 7 a vector has one slope a channel.
    if (c.opset() < 7 && slope.rank() == 1 && x.rank() > 1) {
        slope = c.per_channel(slope, x.rank());
    }
    return {above_zero(c, x, c.mul(x, slope))};
}

Values thresholded_relu(Call& c) {
    const Value x = c.in(0);
    const Value is_above = c.less(c.scalar(x.dtype(), c.real("alpha", 1)), x);
    return {c.select(is_above, x, c.scalar(x.dtype(), 0))};
}

Value hard_sigmoid_of(Call& c, const Value& x, double alpha, double beta) {
    return c.max(c.min(c.add(c.mul(x, alpha), beta), 1), 0);
}

Values hard_sigmoid(Call& c) {
    return {hard_sigmoid_of(c, c.in(0), c.real("alpha", 0.2), c.real("beta", 0.5))};
}

Values hard_swish(Call& c) {
    const Value x = c.in(0);
    return {c.mul(x, hard_sigmoid_of(c, x, 1.0 / 6, 0.5))};
}

Values softsign(Call& c) {
    const Value x = c.in(0);
    return {c.div(x, c.add(c.op(OpCode::abs, {x}), 1))};
}

Values shrink(Call& c) {
    const Value x = c.in(0);
    const Value zero = c.scalar(x.dtype(), 0);
    const double lambda = c.real("lambd", 0.5);
    const double bias = c.real("bias", 0);
    const Value below = c.less(x, c.scalar(x.dtype(), -lambda));
    const Value above = c.less(c.scalar(x.dtype(), lambda), x);
    const Value right = c.select(above, c.sub(x, bias), zero);
    return {c.select(below, c.add(x, bias), right)};
}

constexpr std::array rows = {
    LoweringRow{.op = "Elu", .lower = elu},
    LoweringRow{.op = "Selu", .lower = selu},
    LoweringRow{.op = "Celu", .since = 12, .lower = celu},
    LoweringRow{.op = "LeakyRelu", .lower = leaky_relu},
    LoweringRow{.op = "PRelu", .lower = parametric_relu},
    LoweringRow{.op = "ThresholdedRelu", .lower = thresholded_relu},
    LoweringRow{.op = "HardSigmoid", .lower = hard_sigmoid},
    LoweringRow{.op = "HardSwish", .since = 14, .lower = hard_swish},
    LoweringRow{.op = "Softsign", .lower = softsign},
    LoweringRow{.op = "Shrink", .since = 9, .lower = shrink},
};

}  // namespace

std::span<const LoweringRow> activation_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
