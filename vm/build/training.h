// Losses and steps of training, as nodes.
#pragma once

#include "vm/build/ops.h"

namespace steelyard::vm {

/// The mean over the rows of `logits` [N, C] of -log softmax at `labels` (i64 or i32 [N]): f32[].
/// A label out of bounds ends the run as a fault.
ValueRef cross_entropy(Ops& ops, ValueRef logits, ValueRef labels);

/// The mean over all elements of (a - b)^2: f32[].
ValueRef mean_squared_error(Ops& ops, ValueRef a, ValueRef b);

/// w - rate * g
ValueRef sgd_step(Ops& ops, ValueRef weight, ValueRef gradient, float rate);

/// What Adam keeps for one weight.
struct AdamState {
    ValueRef weight{};
    ValueRef first{};   ///< running mean of gradients, zeros at first
    ValueRef second{};  ///< running mean of their squares, zeros at first
};

struct AdamNumbers {
    float beta1 = 0.9F;
    float beta2 = 0.999F;
    float epsilon = 1e-8F;
};

/// beta1^t and beta2^t, f32[]: one before the first step, and carried from step to step.
struct AdamPowers {
    ValueRef beta1{};
    ValueRef beta2{};
};

AdamPowers next_powers(Ops& ops, const AdamPowers& powers, const AdamNumbers& numbers);

/// One step of Adam (Kingma and Ba, algorithm 1) at `rate` (f32[]), `powers` those of this step.
/// The epsilon stands beside the corrected root, as there.
AdamState adam_step(
    Ops& ops,
    const AdamState& state,
    ValueRef gradient,
    const AdamPowers& powers,
    ValueRef rate,
    const AdamNumbers& numbers
);

}  // namespace steelyard::vm
