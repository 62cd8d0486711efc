// A run of a program as slowly and plainly as it is said: every step's output a tensor of its own.
#pragma once

#include "tests/support/vm/op_harness.h"
#include "vm/run/runner.h"
#include "vm/trace/proof.h"

namespace steelyard::vm::test {

struct SlowRun {
    RunOutcome outcome{};
    std::vector<TestTensor> steps{};  ///< the outputs of those that ran without fault
    std::vector<Hash256> leaves{};
    std::vector<TestTensor> outputs{};  ///< none after a fault
};

/// Changes a step's output before anybody reads it: what a cheat does.
using Tamper = std::function<void(std::uint64_t step, std::uint32_t node, TestTensor& output)>;

/// By the reference, with values copied from step to step. A tampered run commits to what it says.
SlowRun slow_run(
    const CheckedProgram& program, const std::vector<TestTensor>& inputs, const Tamper& tamper = {}
);

/// The proof of a run whose every tensor was kept, made from these alone: of an honest run the one
/// proof, of a tampered one what a cheat would show.
Proof slow_prove(
    const CheckedProgram& program,
    const std::vector<TestTensor>& inputs,
    const SlowRun& run,
    std::span<const Probe> probes
);

std::vector<TensorView> views(const std::vector<TestTensor>& tensors);

/// The ids that a claim names its inputs by.
std::vector<Hash256> ids(const std::vector<TestTensor>& tensors);

}  // namespace steelyard::vm::test
