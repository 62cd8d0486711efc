// Time, as block sync is told it: monotonic, its zero means nothing.
#pragma once

#include <chrono>

namespace steelyard::sync {

using Time = std::chrono::nanoseconds;

}  // namespace steelyard::sync
