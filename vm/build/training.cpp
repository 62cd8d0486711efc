#include "vm/build/training.h"

#include <bit>

namespace steelyard::vm {

namespace {

std::int64_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

/// a * x + b * y, in one fma and one product.
ValueRef axpby(Ops& ops, float a, ValueRef x, float b, ValueRef y) {
    return ops.node(OpCode::axpby, {x, y}, {bits_of(a), bits_of(b)});
}

}  // namespace

ValueRef cross_entropy(Ops& ops, ValueRef logits, ValueRef labels) {
    const Dims dims = ops.dims(logits);
    if (ops.failed() || dims.size() != 2) {
        ops.fail_with(Error(ErrorCode::invalid, "cross entropy takes logits of rank 2"));
        return {};
    }
    const ValueRef column = ops.reshape(labels, {dims[0], 1});
    const ValueRef likelihood =
        ops.node(OpCode::gather_elements, {ops.unary(OpCode::log_softmax, logits), column}, {1});
    const ValueRef sum = ops.sum_last(ops.reshape(likelihood, {dims[0]}));
    return ops.scale(sum, -1.0F / static_cast<float>(dims[0]));
}

ValueRef mean_squared_error(Ops& ops, ValueRef a, ValueRef b) {
    const ValueRef difference = ops.sub(a, b);
    const std::uint64_t count = ops.type(difference).elements();
    const ValueRef sum = ops.sum_last(ops.reshape(ops.mul(difference, difference), {count}));
    return ops.scale(sum, 1.0F / static_cast<float>(count));
}

ValueRef sgd_step(Ops& ops, ValueRef weight, ValueRef gradient, float rate) {
    return axpby(ops, 1.0F, weight, -rate, gradient);
}

AdamPowers next_powers(Ops& ops, const AdamPowers& powers, const AdamNumbers& numbers) {
    return {
        .beta1 = ops.scale(powers.beta1, numbers.beta1),
        .beta2 = ops.scale(powers.beta2, numbers.beta2),
    };
}

AdamState adam_step(
    Ops& ops,
    const AdamState& state,
    ValueRef gradient,
    const AdamPowers& powers,
    ValueRef rate,
    const AdamNumbers& numbers
) {
    AdamState next;
    next.first = axpby(ops, numbers.beta1, state.first, 1.0F - numbers.beta1, gradient);
    next.second =
        axpby(ops, numbers.beta2, state.second, 1.0F - numbers.beta2, ops.mul(gradient, gradient));
    // The corrections of both means: m / (1 - beta1^t), v / (1 - beta2^t).
    const ValueRef one = ops.f32(1.0F);
    const ValueRef first = ops.div(next.first, ops.sub(one, powers.beta1));
    const ValueRef second = ops.div(next.second, ops.sub(one, powers.beta2));
    next.weight = ops.node(
        OpCode::adam_update, {state.weight, first, second, rate}, {bits_of(numbers.epsilon)}
    );
    return next;
}

}  // namespace steelyard::vm
