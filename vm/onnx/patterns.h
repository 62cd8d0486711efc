// Patterns: what exporters write as many nodes though one operator does it.
#pragma once

#include "vm/program/program.h"

namespace steelyard::vm::onnx {

/// One node instead of several, where these compute gelu by erf, silu, or a layer norm or RMS norm
/// of rows: what exporters write for opsets that have no such operator. All in f32; results change
/// by roundings alone, and inner ones have no bounds any more. What was joined is left without
/// readers: dead code. `node_types` are the nodes' outputs.
void join_patterns(Program& program, const std::vector<TensorType>& node_types);

}  // namespace steelyard::vm::onnx
