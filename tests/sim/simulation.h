// Simulation: one seed from its first event to the verdict.
#pragma once

#include "tests/sim/cluster.h"

namespace steelyard::sim {

struct Report {
    std::uint64_t seed = 0;
    std::vector<Violation> violations{};
    Counters counters{};
    NetworkCounters network{};
    Time virtual_time{};
    std::uint64_t trace_hash = 0;

    bool passed() const { return violations.empty(); }
};

/// Runs the safety phase, with faults, and the liveness phase, without. Ends at the first
/// violation. Deterministic.
Report run(const Options& options, bool prints_trace = false);

/// The command that shows a seed again: what was fixed, as options of steelyard-sim.
std::string replay_command(std::uint64_t seed, const Fixed& fixed);

}  // namespace steelyard::sim
