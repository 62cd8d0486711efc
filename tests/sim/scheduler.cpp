#include "tests/sim/scheduler.h"

#include <algorithm>
#include <tuple>

namespace steelyard::sim {

void Scheduler::at(Time when, Action action) {
    CHECK(when >= now_ && heap_.size() < actions_max);
    heap_.push_back({when, sequence_++, std::move(action)});
    std::ranges::push_heap(heap_, is_later);
}

bool Scheduler::run_next(Time end) {
    if (heap_.empty() || heap_.front().when > end) {
        now_ = std::max(now_, end);
        return false;
    }
    std::ranges::pop_heap(heap_, is_later);
    Entry entry = std::move(heap_.back());
    heap_.pop_back();
    now_ = entry.when;
    entry.action();
    return true;
}

bool Scheduler::is_later(const Entry& a, const Entry& b) {
    return std::tie(a.when, a.sequence) > std::tie(b.when, b.sequence);
}

}  // namespace steelyard::sim
