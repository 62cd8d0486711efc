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

/// A step of a run whose output may be changed before anybody reads it.
struct TamperedStep {
    std::uint64_t step = 0;
    std::uint32_t node = 0;
    const std::vector<TestTensor>& operands;
    TestTensor& output;
};

/// What a cheat does.
using Tamper = std::function<void(const TamperedStep& step)>;

/// The lowest bit of every element: each is wrong, and what follows is computed from it.
void flip_all(const TamperedStep& at);

/// By the reference, with values copied from step to step. A tampered run goes on from what it
/// says, whatever the bounds are, and commits to it.
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
