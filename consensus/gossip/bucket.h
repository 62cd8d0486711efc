// Bucket: how much a peer may make us do, filled by time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace steelyard::gossip {

/// Holds up to `capacity` tokens, full at first; one more comes every `interval`.
class Bucket {
public:
    using Time = std::chrono::nanoseconds;

    Bucket(std::int64_t capacity, Time interval)
        : capacity_(capacity), interval_(interval), tokens_(capacity) {}

    /// Takes tokens, if there is one at least; what more is taken is owed.
    bool take(Time now, std::int64_t count = 1) {
        fill(now);
        if (tokens_ <= 0) {
            return false;
        }
        tokens_ -= count;
        return true;
    }

    /// When there will be a token.
    Time ready_at() const {
        return tokens_ > 0 ? filled_at_ : filled_at_ + (1 - tokens_) * interval_;
    }

private:
    void fill(Time now) {
        if (now <= filled_at_) {
            return;
        }
        const std::int64_t came = (now - filled_at_) / interval_;
        tokens_ = came >= capacity_ - tokens_ ? capacity_ : tokens_ + came;
        filled_at_ = tokens_ == capacity_ ? now : filled_at_ + came * interval_;
    }

    std::int64_t capacity_;
    Time interval_;
    std::int64_t tokens_;
    Time filled_at_{};
};

}  // namespace steelyard::gossip
