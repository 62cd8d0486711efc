#include "vm/build/gradient_rules.h"

#include <bit>

namespace steelyard::vm {

namespace {

/// A value of one number a row, as a column beside the rows that it is of.
ValueRef as_column(Ops& ops, ValueRef x) {
    Dims dims = ops.dims(x);
    dims.push_back(1);
    return ops.reshape(x, dims);
}

/// The gradient of a reduction, repeated along the axis that was reduced.
ValueRef repeated(Backward& back) {
    Ops& ops = back.ops;
    return ops.broadcast(as_column(ops, back.gradient), ops.dims(back.operand(0)));
}

float columns_of(Backward& back) {
    const Dims dims = back.ops.dims(back.operand(0));
    return dims.empty() ? 1.0F : static_cast<float>(dims.back());
}

/// The first greatest (or least) element of a row takes it all.
void extreme_backward(Backward& back, OpCode which) {
    Ops& ops = back.ops;
    const ValueRef at = as_column(ops, ops.node(which, {back.operand(0)}, {0}));
    const auto columns = static_cast<std::int64_t>(ops.dims(back.operand(0)).back());
    const ValueRef count =
        ops.node(OpCode::iota, {}, {static_cast<std::int64_t>(DType::i64), 0, columns});
    const ValueRef column = as_column(ops, back.gradient);
    back.give(0, ops.select(ops.node(OpCode::equal, {count, at}), column, ops.f32(0.0F)));
}

ValueRef row_sum(Ops& ops, ValueRef x) {
    return as_column(ops, ops.sum_last(x));
}

ValueRef row_mean(Ops& ops, ValueRef x, float columns) {
    return ops.scale(row_sum(ops, x), 1.0F / columns);
}

void softmax_backward(Backward& back) {
    Ops& ops = back.ops;
    const ValueRef weighted = ops.mul(back.gradient, back.output);
    const ValueRef sum = row_sum(ops, weighted);
    back.give(0, ops.sub(weighted, ops.mul(back.output, sum)));
}

void log_softmax_backward(Backward& back) {
    Ops& ops = back.ops;
    const ValueRef probability = ops.unary(OpCode::exp, back.output);
    const ValueRef sum = row_sum(ops, back.gradient);
    back.give(0, ops.sub(back.gradient, ops.mul(probability, sum)));
}

/// What layer_norm and rms_norm have in common: x^ = (x - mean) * r, y = x^ * gamma + beta.
void norm_backward(Backward& back, bool centred) {
    Ops& ops = back.ops;
    const float columns = columns_of(back);
    const auto epsilon =
        std::bit_cast<float>(static_cast<std::uint32_t>(back.node.attributes.back()));
    ValueRef x = back.operand(0);
    if (centred) {
        x = ops.sub(x, row_mean(ops, x, columns));
    }
    const ValueRef variance = row_mean(ops, ops.mul(x, x), columns);
    const ValueRef r = ops.unary(OpCode::rsqrt, ops.add(variance, ops.f32(epsilon)));
    const ValueRef normal = ops.mul(x, r);
    if (back.wants(1)) {
        back.give(1, ops.mul(back.gradient, normal));
    }
    if (centred) {
        back.give(2, back.gradient);
    }
    if (back.wants(0)) {
        const ValueRef d = ops.mul(back.gradient, back.operand(1));
        ValueRef inner = ops.sub(d, ops.mul(normal, row_mean(ops, ops.mul(d, normal), columns)));
        if (centred) {
            inner = ops.sub(inner, row_mean(ops, d, columns));
        }
        back.give(0, ops.mul(r, inner));
    }
}

/// With the statistics given: y = (x - mean) * (gamma * r) + beta.
void batch_norm_backward(Backward& back) {
    Ops& ops = back.ops;
    const auto epsilon =
        std::bit_cast<float>(static_cast<std::uint32_t>(back.node.attributes.back()));
    if (back.wants(3) || back.wants(4)) {
        back.refuse("the statistics of batch_norm are parameters");
        return;
    }
    const ValueRef r = ops.unary(OpCode::rsqrt, ops.add(back.operand(4), ops.f32(epsilon)));
    if (back.wants(0)) {
        back.give(0, ops.mul(back.gradient, ops.mul(back.operand(1), r)));
    }
    if (back.wants(1)) {
        const ValueRef normal = ops.mul(ops.sub(back.operand(0), back.operand(3)), r);
        back.give(1, ops.mul(back.gradient, normal));
    }
    back.give(2, back.gradient);
}

}  // namespace

bool row_backward(Backward& back) {
    Ops& ops = back.ops;
    switch (back.node.op) {
        case OpCode::reduce_sum:
            back.give(0, repeated(back));
            return true;
        case OpCode::reduce_mean:
            back.give(0, ops.scale(repeated(back), 1.0F / columns_of(back)));
            return true;
        case OpCode::reduce_max:
            extreme_backward(back, OpCode::argmax);
            return true;
        case OpCode::reduce_min:
            extreme_backward(back, OpCode::argmin);
            return true;
        case OpCode::argmax:
        case OpCode::argmin:
        case OpCode::argsort:
            return true;
        case OpCode::softmax:
            softmax_backward(back);
            return true;
        case OpCode::log_softmax:
            log_softmax_backward(back);
            return true;
        case OpCode::layer_norm:
            norm_backward(back, true);
            return true;
        case OpCode::rms_norm:
            norm_backward(back, false);
            return true;
        case OpCode::batch_norm:
            batch_norm_backward(back);
            return true;
        default:
            return false;
    }
}

}  // namespace steelyard::vm
