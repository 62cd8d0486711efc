// NodeClock: the clocks of one simulated machine, which are not quite right.
#pragma once

#include "base/clock.h"
#include "tests/sim/scheduler.h"

namespace steelyard::sim {

/// How a machine's clocks err.
struct ClockError {
    Time skew{};                 ///< of the wall clock
    std::int32_t drift_ppm = 0;  ///< of both: microseconds too many in each second
};

/// The wall clock of a perfect machine shows this at virtual time 0: 2026-01-01T00:00:00Z.
inline constexpr std::chrono::seconds simulation_epoch{1'767'225'600};

class NodeClock final : public Clock {
public:
    NodeClock(const Scheduler& scheduler, ClockError error)
        : scheduler_(scheduler), error_(error) {}

    Wall wall_now() const override;
    std::chrono::nanoseconds monotonic_now() const override;

    /// Virtual time as this machine lives it: it may be busy, and so ahead of the scheduler.
    Time now() const { return scheduler_.now() + busy_; }
    Time busy() const { return busy_; }
    void be_busy(Time more) { busy_ += more; }
    void be_idle() { busy_ = Time(0); }

    /// The wall clock is set to another error.
    void set_skew(Time skew) { error_.skew = skew; }

    /// How long what this machine takes for `duration` really is.
    Time virtual_duration(std::chrono::nanoseconds duration) const;

private:
    const Scheduler& scheduler_;
    ClockError error_;
    Time busy_{};
};

}  // namespace steelyard::sim
