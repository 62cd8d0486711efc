// What both ends of the link keep to: versions, times, limits (doc/spec/worker-link.md, L2 to L7).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace steelyard::worker {

/// Monotonic; its zero means nothing.
using LinkTime = std::chrono::nanoseconds;

inline constexpr std::uint32_t link_version = 1;
inline constexpr std::size_t message_size_max = std::size_t{2} << 20;
inline constexpr std::size_t unanswered_max = 32;  ///< questions of a session
inline constexpr std::size_t malformed_max = 16;   ///< messages: so many end a session

struct LinkTimes {
    LinkTime heartbeat = std::chrono::seconds(2);  ///< of silence before one is sent
    LinkTime silence_max = std::chrono::seconds(10);
    LinkTime answer = std::chrono::seconds(30);             ///< for a question
    LinkTime retry_first = std::chrono::milliseconds(500);  ///< before the first new connection
    LinkTime retry_max = std::chrono::seconds(30);
    /// Of Hellos that are refused for a session of the same key: one whose worker is gone would be
    /// over after silence_max.
    LinkTime in_use_max = std::chrono::seconds(15);
};

}  // namespace steelyard::worker
