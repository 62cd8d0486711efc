// Runner: runs a program on a backend, step by step, and commits to what it does.
#pragma once

#include "vm/backend/backend.h"
#include "vm/check/checked_program.h"
#include "vm/trace/outcome.h"

#include <functional>
#include <span>

namespace steelyard::vm {

/// A tensor in memory: dense, row-major. Data at a multiple of 64 bytes is used where it lies,
/// other is copied.
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

    /// A run or proof that takes more is not begun: what run() and prove() say that they take.
    std::uint64_t memory_bytes_max = ~std::uint64_t{0};

    /// After each step: for progress, and to stop (false). A stopped run is an error.
    std::function<bool(std::uint64_t steps_done)> on_step{};
};

struct RunResult {
    RunOutcome outcome{};
    std::vector<Tensor> outputs{};       ///< none after a fault
    std::vector<Hash256> step_leaves{};  ///< 32 bytes a step: what proofs are made from
    std::uint64_t arena_bytes = 0;       ///< that were really taken
};

/// Takes the program's peak_bytes(), of which the inputs' are the caller's; copies of inputs that
/// are not aligned; and 32 bytes a step if it traces. Errors: inputs that are not the program's, by
/// name; memory that the machine has not got, or over the options' (no_space); stopped (denied).
Result<RunResult> run(
    const CheckedProgram& program, std::span<const TensorView> inputs, const RunOptions& options
);

}  // namespace steelyard::vm
