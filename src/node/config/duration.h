// Durations as configurations write them: "500ms", "1m30s".
#pragma once

#include "base/result.h"

#include <chrono>

namespace steelyard::node {

/// As Go writes durations: numbers with the units h, m, s, ms, us and ns, each unit at most once
/// and from large to small, or "0". Whole milliseconds, no sign, no fraction.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "0s", "500ms", "10s", "1m30s": one text for each duration, which must not be negative.
std::string print_duration(std::chrono::milliseconds duration);

}  // namespace steelyard::node
