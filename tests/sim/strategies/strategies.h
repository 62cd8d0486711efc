// The strategies, one function each that makes it.
#pragma once

#include "tests/sim/strategy.h"

namespace steelyard::sim {

/// Says nothing, ever.
std::unique_ptr<Strategy> make_silent();

/// Agrees with everybody: votes, towards each node, for whatever that node votes for, and proposes
/// one block to the one half of the nodes and another to the other. Many enough, such nodes fork a
/// chain.
std::unique_ptr<Strategy> make_parrot();

}  // namespace steelyard::sim
