// RateLimit: how many bytes may go now.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace steelyard::p2p {

/// A token bucket that holds what the rate allows in a tenth of a second, but at least one large
/// write. Time comes in and must not go back.
class RateLimit {
public:
    using Time = std::chrono::nanoseconds;

    /// In bytes per second; 0 is no limit.
    RateLimit(std::uint64_t rate, Time now);

    /// Bytes that may go now; 0 when there are none.
    std::size_t room(Time now);

    /// So many bytes went; more than there was room for makes the next ones wait.
    void take(std::size_t bytes);

    /// Until there is room for something worth while; 0 if there is.
    Time wait(Time now);

    /// The least that the bucket holds.
    static constexpr std::uint64_t burst_min = 65'536;

private:
    void refill(Time now);

    std::uint64_t rate_;
    std::int64_t burst_;
    std::int64_t tokens_;
    Time filled_at_;
};

}  // namespace steelyard::p2p
