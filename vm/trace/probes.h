// Probes: which elements of which steps a seed asks for (doc/spec/vm-trace.md, P1 to P4).
#pragma once

#include "vm/check/checked_program.h"
#include "vm/trace/outcome.h"

#include <vector>

namespace steelyard::vm {

constexpr std::uint32_t probe_count_max = 64;  ///< of one challenge

/// Rows x columns of one step's output. Rows and columns are as drawn: two may be equal where the
/// output has few.
struct Probe {
    std::uint64_t step = 0;
    std::vector<std::uint64_t> rows{};
    std::vector<std::uint64_t> columns{};

    bool operator==(const Probe&) const = default;
};

/// The probes of a seed, a function of program, number of steps, seed and count alone: nothing
/// that whoever ran the program could vary. After a fault the draws are over the steps before it;
/// the fault itself is always proven. None where no step before the fault has elements.
/// CHECKed: count <= probe_count_max, outcome.steps <= program.step_count().
std::vector<Probe> derive_probes(
    const CheckedProgram& program,
    const RunOutcome& outcome,
    const Hash256& seed,
    std::uint32_t count
);

}  // namespace steelyard::vm
