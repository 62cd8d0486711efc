// Gradients: reverse-mode differentiation of a program that is being built.
#pragma once

#include "vm/build/builder.h"

namespace steelyard::vm {

/// The gradients of the f32 scalar `loss` with respect to each of `parameters` (f32: inputs,
/// carries or nodes), of the parameters' types: adds the nodes of the reverse pass to the builder.
/// A parameter that the loss does not depend on has a gradient of zeros. Carries and results of
/// loops are leaves: the gradient is that of the loop body or program that is being written, not
/// of what happened in other iterations. Where a function has no derivative (relu at 0, max of
/// equal ones) it takes the left one, or that of the operand that the operator chose.
/// Errors: operators on the way that have no derivative here: the node and name of each, up to 20.
Result<std::vector<ValueRef>> gradients(
    Builder& builder, ValueRef loss, std::span<const ValueRef> parameters
);

}  // namespace steelyard::vm
