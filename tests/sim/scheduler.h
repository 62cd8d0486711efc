// Scheduler: virtual time, and the queue of what happens next.
#pragma once

#include "base/check.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace steelyard::sim {

/// Virtual time since the start of the simulation: what a perfect clock would show.
using Time = std::chrono::nanoseconds;

/// A place in the cluster, from 0.
using NodeIndex = std::uint32_t;

/// What is due first happens first; of what is due at one moment, what was scheduled first. So one
/// seed has one history.
class Scheduler {
public:
    using Action = std::move_only_function<void()>;

    /// The most actions that may wait at once: a simulation that floods itself is wrong.
    static constexpr std::size_t actions_max = 1 << 20;

    Time now() const { return now_; }
    std::size_t size() const { return heap_.size(); }

    /// `when` is not in the past.
    void at(Time when, Action action);

    /// Lets the next action happen, if it is due by `end`; else lets time pass to `end`. False if
    /// nothing happened.
    bool run_next(Time end);

private:
    struct Entry {
        Time when;
        std::uint64_t sequence;
        Action action;
    };
    static bool is_later(const Entry& a, const Entry& b);

    Time now_{};
    std::uint64_t sequence_ = 0;
    std::vector<Entry> heap_;
};

}  // namespace steelyard::sim
