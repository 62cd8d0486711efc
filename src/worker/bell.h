// Bell: wakes a thread that waits for something to happen.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace steelyard::worker {

/// Thread-safe.
class Bell {
public:
    void ring() {
        const std::lock_guard lock(mutex_);
        has_rung_ = true;
        rung_.notify_all();
    }

    /// Until it rings, or has rung since the last wait; or the time is over.
    void wait(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        rung_.wait_for(lock, patience, [this] { return has_rung_; });
        has_rung_ = false;
    }

private:
    std::mutex mutex_{};
    std::condition_variable rung_{};
    bool has_rung_ = false;
};

}  // namespace steelyard::worker
