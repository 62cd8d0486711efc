// Pacer: how long the pause before a height lasts: the chain's pace, as long as votes come faster.
#pragma once

#include "chain/ids.h"

#include <chrono>
#include <optional>

namespace steelyard::engine {

/// How often blocks are made.
struct PacingConfig {
    /// From the start of a height's first round to that of the next; 0: as fast as votes come.
    std::chrono::nanoseconds block_interval = std::chrono::milliseconds(500);

    /// The same where nothing waits for a block. Nothing: four times the block interval.
    std::optional<std::chrono::nanoseconds> empty_interval{};
};

/// One node's view of it. Monotonic times, of any zero.
class Pacer {
public:
    using Time = std::chrono::nanoseconds;

    static constexpr int empty_factor = 4;

    /// `wait_max`: an empty block is late by no more than this, so that nobody's time for a
    /// proposal runs out.
    Pacer(const PacingConfig& config, Time wait_max);

    /// The pause before a height has begun. `at_once`: nothing is waited for, as at a node's start.
    void begin(chain::Height height, Time now, bool at_once);

    /// There is something to put into a block, or others have begun: waits for no more than the
    /// block interval. True if that is new.
    bool wake();

    /// Every vote of the last height is here: the block interval is not waited for either.
    void skip_interval(Time now) { interval_over_ = std::min(interval_over_, now); }

    /// When the pause is over, as far as is known.
    Time due() const { return is_awake_ ? interval_over_ : empty_over_; }

    /// Whether this height is waited for.
    bool waits_for(chain::Height height) const { return waits_ && height_ == height; }
    bool waits() const { return waits_; }

    chain::Height height() const { return height_; }

    /// The height's first round begins.
    void end(Time now);

private:
    Time interval_;
    Time empty_interval_;
    chain::Height height_{};
    bool waits_ = false;
    bool is_awake_ = false;
    Time interval_over_{};
    Time empty_over_{};
    std::optional<Time> last_began_{};
};

}  // namespace steelyard::engine
