// Runner: runs a program on a backend, step by step, and commits to what it does.
#pragma once

#include "vm/backend/backend.h"
#include "vm/check/checked_program.h"
#include "vm/trace/outcome.h"

#include <functional>
#include <span>

namespace steelyard::vm {

/// A tensor in memory: dense, row-major.
struct TensorView {
    TensorType type{};
    ByteView data{};
};

struct Tensor {
    TensorType type{};
    Bytes data{};

    TensorView view() const { return {type, data}; }
    bool operator==(const Tensor&) const = default;
};

/// What a run does besides computing.
struct RunOptions {
    Backend* backend = nullptr;  ///< never null when a run starts
    Parallel parallel{};
    bool trace = true;  ///< false: no hashes but those of the results

    /// After each step: for progress, and to stop (false). A stopped run is an error.
    std::function<bool(std::uint64_t steps_done)> on_step{};
};

struct RunResult {
    RunOutcome outcome{};
    std::vector<Tensor> outputs{};       ///< none after a fault
    std::vector<Hash256> step_leaves{};  ///< 32 bytes a step: what proofs are made from
    std::uint64_t arena_bytes = 0;       ///< that were really taken
};

/// Errors: inputs that are not the program's, by name; memory that the machine has not got;
/// stopped.
Result<RunResult> run(
    const CheckedProgram& program, std::span<const TensorView> inputs, const RunOptions& options
);

}  // namespace steelyard::vm
