// Joins nodes that a product or convolution can do on the way.
#pragma once

#include "vm/program/program.h"

namespace steelyard::vm::onnx {

/// `add` of a vector to an f32 product that nothing else reads becomes the product's bias; `relu`
/// of a product or convolution that nothing else reads becomes its activation, and in f32 gelu,
/// silu, tanh and sigmoid do: where both stand in the same loop, and what comes of it can be
/// proven. The results' bits stay. What was joined is left without readers: dead code.
/// `node_types` are the nodes' outputs.
void fuse(Program& program, const std::vector<TensorType>& node_types);

}  // namespace steelyard::vm::onnx
