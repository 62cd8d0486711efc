// Moment: a time of a monotonic clock, as the pure parts of this folder are told it.
#pragma once

#include <chrono>

namespace steelyard::p2p {

/// Since when means nothing; it never goes back.
using Moment = std::chrono::nanoseconds;

}  // namespace steelyard::p2p
