// How often a program has asked for memory; for benchmarks that link allocations.cpp.
#pragma once

#include <cstdint>

namespace steelyard {

/// By all threads.
std::uint64_t allocations_so_far();

}  // namespace steelyard
