// Time as an interface, so that a simulator can own it.
#pragma once

#include <chrono>

namespace steelyard {

/// Where a component reads the time. Pure cores take times as arguments instead.
class Clock {
public:
    using Wall = std::chrono::sys_time<std::chrono::nanoseconds>;

    virtual ~Clock() = default;

    /// UTC. May jump; for timestamps in messages only.
    virtual Wall wall_now() const = 0;

    /// Never goes back; for timeouts. Its zero means nothing.
    virtual std::chrono::nanoseconds monotonic_now() const = 0;
};

/// The operating system's clocks. Thread-safe.
class SystemClock final : public Clock {
public:
    Wall wall_now() const override;
    std::chrono::nanoseconds monotonic_now() const override;
};

}  // namespace steelyard
