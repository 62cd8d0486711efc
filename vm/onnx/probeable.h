// Whether a node may be in a program.
#pragma once

#include "vm/ops/operator.h"

#include <vector>

namespace steelyard::vm::onnx {

/// Whether the probe of one element is within the limits (doc/spec/vm.md, W3) for a node with such
/// operands; not if its operator does not take them.
bool is_probeable(
    OpCode code, const std::vector<TensorType>& operands, std::span<const std::int64_t> attributes
);

}  // namespace steelyard::vm::onnx
