// Shrinking: less of a failing seed that still fails.
#pragma once

#include "tests/sim/simulation.h"

namespace steelyard::sim {

/// Drops fault classes, then nodes, then time, one at a time, as long as something still fails (of
/// the same oracle). Runs at most `runs_max` simulations.
struct Shrunk {
    Fixed fixed{};
    Report report{};
    std::size_t runs = 0;
};
Shrunk shrink(std::uint64_t seed, const Fixed& fixed, const Report& report, std::size_t runs_max);

}  // namespace steelyard::sim
