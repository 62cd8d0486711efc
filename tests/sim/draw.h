// Draws from a seed: one stream of numbers for each purpose, and choices without floats.
#pragma once

#include "base/random.h"
#include "tests/sim/scheduler.h"

#include <string_view>

namespace steelyard::sim {

/// Chances in thousandths.
using Permille = std::uint32_t;

/// A stream of its own for a purpose, so that one fault less does not change what another draws.
SeededRandom stream(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

bool chance(RandomSource& random, Permille permille);

/// Uniform, both ends included.
std::int64_t between(RandomSource& random, std::int64_t min, std::int64_t max);
Time between(RandomSource& random, Time min, Time max);

}  // namespace steelyard::sim
