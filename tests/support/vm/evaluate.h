// A program without loops, node by node on the reference backend.
#pragma once

#include "tests/support/vm/op_harness.h"
#include "vm/program/program.h"

namespace steelyard::vm::test {

/// The values of all nodes (CHECKed: no loops, inputs as the program has them, no bad index).
std::vector<TestTensor> evaluate_nodes(
    const Program& program, const std::vector<TestTensor>& inputs
);

/// The program's outputs.
std::vector<TestTensor> evaluate(const Program& program, const std::vector<TestTensor>& inputs);

}  // namespace steelyard::vm::test
