// What a step costs: computing, memory, commitment (doc/spec/vm.md, W1).
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

/// Gas of one step, in fp32 fmas of the reference core; saturates at 2^64 - 1.
std::uint64_t step_gas(const Operator& op, const NodeCall& call);

/// The part of it that is memory: the bytes of the operands that are read.
std::uint64_t memory_gas(const Operator& op, const NodeCall& call);

/// The part of it that is hashing: whole chunks of the output.
std::uint64_t commitment_gas(const TensorType& output);

}  // namespace steelyard::vm
