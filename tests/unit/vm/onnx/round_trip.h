// Programs on their way through a model and back.
#pragma once

#include "tests/support/vm/op_harness.h"
#include "vm/onnx/export.h"

namespace steelyard::vm::onnx::test {

using vm::test::TestTensor;

/// What became of a program that was exported and imported.
struct RoundTrip {
    std::string refusal{};     ///< of the export: the first reason; empty if there is none
    std::string difference{};  ///< of the outputs; empty if bits and types are the same
    std::size_t nodes = 0;     ///< of the model
    bool is_fault = false;     ///< the program's own run ends so
};

/// A program of one node without a bound; operands that `is_constant` says become constants.
Program program_of(
    OpCode op,
    const std::vector<TestTensor>& operands,
    const std::vector<std::int64_t>& attributes,
    const std::vector<bool>& is_constant = {}
);

/// Exports, imports and runs the program and what came back. Inputs of the program by its order.
RoundTrip round_trip(
    Program program, const std::vector<TestTensor>& inputs, const ExportOptions& options = {}
);

}  // namespace steelyard::vm::onnx::test
