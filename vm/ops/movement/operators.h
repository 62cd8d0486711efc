// The operators of the movement family that have files of their own, and what all of them share.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

extern const Operator concat_operator;
extern const Operator pad_operator;
extern const Operator resize_operator;
extern const Operator im2col_operator;

/// Gas of an operator that moves or makes each element of its output once.
std::uint64_t movement_gas(const NodeCall& call);

}  // namespace steelyard::vm
