#include "vm/build/gradient_rules.h"

namespace steelyard::vm {

namespace {

constexpr float one = 1.0F;
constexpr float half = 0.5F;
constexpr float two_over_root_pi = 1.12837917F;
constexpr float one_over_root_two_pi = 0.398942280F;
constexpr float one_over_root_two = 0.707106781F;
constexpr float ln_two = 0.693147181F;

bool is_power(OpCode op) {
    switch (op) {
        case OpCode::sqrt:
        case OpCode::reciprocal:
        case OpCode::rsqrt:
        case OpCode::exp:
        case OpCode::expm1:
        case OpCode::exp2:
        case OpCode::log:
        case OpCode::log1p:
        case OpCode::log2:
        case OpCode::sin:
        case OpCode::cos:
            return true;
        default:
            return false;
    }
}

bool is_activation(OpCode op) {
    switch (op) {
        case OpCode::tanh:
        case OpCode::sigmoid:
        case OpCode::erf:
        case OpCode::gelu:
        case OpCode::silu:
        case OpCode::softplus:
            return true;
        default:
            return false;
    }
}

/// d y / d x, from x and y.
ValueRef slope_of_power(Ops& ops, OpCode op, ValueRef x, ValueRef y) {
    switch (op) {
        case OpCode::sqrt:
            return ops.div(ops.f32(half), y);
        case OpCode::reciprocal:
            return ops.unary(OpCode::neg, ops.mul(y, y));
        case OpCode::rsqrt:
            return ops.scale(ops.mul(y, ops.mul(y, y)), -half);
        case OpCode::exp:
            return y;
        case OpCode::expm1:
            return ops.add(y, ops.f32(one));
        case OpCode::exp2:
            return ops.scale(y, ln_two);
        case OpCode::log:
            return ops.unary(OpCode::reciprocal, x);
        case OpCode::log1p:
            return ops.unary(OpCode::reciprocal, ops.add(x, ops.f32(one)));
        case OpCode::log2:
            return ops.unary(OpCode::reciprocal, ops.scale(x, ln_two));
        case OpCode::sin:
            return ops.unary(OpCode::cos, x);
        default:
            return ops.unary(OpCode::neg, ops.unary(OpCode::sin, x));  // cos
    }
}

/// exp(-factor * x^2)
ValueRef bell(Ops& ops, ValueRef x, float factor) {
    return ops.unary(OpCode::exp, ops.scale(ops.mul(x, x), -factor));
}

ValueRef slope_of_activation(Ops& ops, OpCode op, ValueRef x, ValueRef y) {
    switch (op) {
        case OpCode::tanh:
            return ops.sub(ops.f32(one), ops.mul(y, y));
        case OpCode::sigmoid:
            return ops.mul(y, ops.sub(ops.f32(one), y));
        case OpCode::erf:
            return ops.scale(bell(ops, x, one), two_over_root_pi);
        case OpCode::gelu: {
            const ValueRef phi = ops.scale(bell(ops, x, half), one_over_root_two_pi);
            const ValueRef erf = ops.unary(OpCode::erf, ops.scale(x, one_over_root_two));
            const ValueRef cdf = ops.scale(ops.add(erf, ops.f32(one)), half);
            return ops.add(cdf, ops.mul(x, phi));
        }
        case OpCode::silu: {
            const ValueRef gate = ops.unary(OpCode::sigmoid, x);
            return ops.add(gate, ops.mul(y, ops.sub(ops.f32(one), gate)));
        }
        default:
            return ops.unary(OpCode::sigmoid, x);  // softplus
    }
}

bool one_operand(Backward& back) {
    Ops& ops = back.ops;
    const OpCode op = back.node.op;
    const ValueRef dy = back.gradient;
    if (is_power(op)) {
        back.give(0, ops.mul(dy, slope_of_power(ops, op, back.operand(0), back.output)));
        return true;
    }
    if (is_activation(op)) {
        back.give(0, ops.mul(dy, slope_of_activation(ops, op, back.operand(0), back.output)));
        return true;
    }
    switch (op) {
        case OpCode::neg:
            back.give(0, ops.unary(OpCode::neg, dy));
            return true;
        case OpCode::abs:
            back.give(0, ops.mul(dy, ops.unary(OpCode::sign, back.operand(0))));
            return true;
        case OpCode::relu:
            back.give(0, ops.select(ops.positive(back.operand(0)), dy, ops.f32(0.0F)));
            return true;
        case OpCode::cast: {
            const DType from = ops.type(back.operand(0)).dtype;
            if (!is_float(from)) {
                return true;  // integers have no gradient
            }
            back.give(0, ops.node(OpCode::cast, {dy}, {static_cast<std::int64_t>(from)}));
            return true;
        }
        // Constant but for jumps.
        case OpCode::sign:
        case OpCode::floor:
        case OpCode::ceil:
        case OpCode::round:
        case OpCode::trunc:
            return true;
        default:
            return false;
    }
}

/// a / b and what follows from it; pow with a constant exponent or base.
void quotient(Backward& back) {
    Ops& ops = back.ops;
    const ValueRef b = back.operand(1);
    back.give(0, ops.div(back.gradient, b));
    if (back.wants(1)) {
        const ValueRef slope = ops.div(back.output, b);
        back.give(1, ops.unary(OpCode::neg, ops.mul(back.gradient, slope)));
    }
}

void power(Backward& back) {
    Ops& ops = back.ops;
    const ValueRef a = back.operand(0);
    const ValueRef b = back.operand(1);
    if (back.wants(0)) {
        const ValueRef less = ops.node(OpCode::pow, {a, ops.sub(b, ops.f32(one))});
        back.give(0, ops.mul(back.gradient, ops.mul(b, less)));
    }
    if (back.wants(1)) {
        back.give(1, ops.mul(back.gradient, ops.mul(back.output, ops.unary(OpCode::log, a))));
    }
}

/// The gradient goes where the output came from.
void choice(Backward& back, ValueRef takes_first) {
    Ops& ops = back.ops;
    const ValueRef none = ops.f32(0.0F);
    if (back.wants(0)) {
        back.give(0, ops.select(takes_first, back.gradient, none));
    }
    if (back.wants(1)) {
        back.give(1, ops.select(takes_first, none, back.gradient));
    }
}

bool two_operands(Backward& back) {
    Ops& ops = back.ops;
    const ValueRef dy = back.gradient;
    switch (back.node.op) {
        case OpCode::add:
            back.give(0, dy);
            back.give(1, dy);
            return true;
        case OpCode::sub:
            back.give(0, dy);
            if (back.wants(1)) {
                back.give(1, ops.unary(OpCode::neg, dy));
            }
            return true;
        case OpCode::mul:
            if (back.wants(0)) {
                back.give(0, ops.mul(dy, back.operand(1)));
            }
            if (back.wants(1)) {
                back.give(1, ops.mul(dy, back.operand(0)));
            }
            return true;
        case OpCode::div:
            quotient(back);
            return true;
        case OpCode::pow:
            power(back);
            return true;
        case OpCode::max:
            choice(back, ops.node(OpCode::less_equal, {back.operand(1), back.operand(0)}));
            return true;
        case OpCode::min:
            choice(back, ops.node(OpCode::less_equal, {back.operand(0), back.operand(1)}));
            return true;
        // Whether something holds is no number.
        case OpCode::equal:
        case OpCode::less:
        case OpCode::less_equal:
            return true;
        default:
            return false;
    }
}

void clipped(Backward& back) {
    Ops& ops = back.ops;
    if (back.wants(1) || back.wants(2)) {
        back.refuse("a limit of clip is a parameter");
        return;
    }
    const ValueRef inside = ops.node(
        OpCode::bit_and,
        {ops.node(OpCode::less_equal, {back.operand(1), back.operand(0)}),
         ops.node(OpCode::less_equal, {back.operand(0), back.operand(2)})}
    );
    back.give(0, ops.select(inside, back.gradient, ops.f32(0.0F)));
}

}  // namespace

bool elementwise_backward(Backward& back) {
    if (one_operand(back) || two_operands(back)) {
        return true;
    }
    Ops& ops = back.ops;
    const ValueRef dy = back.gradient;
    switch (back.node.op) {
        case OpCode::fma:
            if (back.wants(0)) {
                back.give(0, ops.mul(dy, back.operand(1)));
            }
            if (back.wants(1)) {
                back.give(1, ops.mul(dy, back.operand(0)));
            }
            back.give(2, dy);
            return true;
        case OpCode::select:
            if (back.wants(1)) {
                back.give(1, ops.select(back.operand(0), dy, ops.f32(0.0F)));
            }
            if (back.wants(2)) {
                back.give(2, ops.select(back.operand(0), ops.f32(0.0F), dy));
            }
            return true;
        case OpCode::clip:
            clipped(back);
            return true;
        default:
            return false;
    }
}

}  // namespace steelyard::vm
