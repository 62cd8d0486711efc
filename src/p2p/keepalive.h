// Keepalive: when to ping a peer, and when it has been silent for too long.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace steelyard::p2p {

/// Pings every interval; each must be answered within the timeout. Time comes in and must not go
/// back.
class Keepalive {
public:
    using Time = std::chrono::nanoseconds;

    /// CHECKs that the timeout is shorter than the interval, so that one ping is out at a time.
    Keepalive(Time interval, Time timeout, Time now);

    enum class Action : std::uint8_t { none, ping, timed_out };

    /// What is due. A ping is reported once, and is taken to be sent now.
    Action tick(Time now);

    /// When `tick` has something to say again.
    Time deadline() const;

    /// An answer came. One that nobody asked for is none.
    void on_pong(Time now);

    /// Nothing was read of the peer until now, by our own decision: it gets the whole timeout
    /// again.
    void on_reading_resumed(Time now);

    /// Of the last answered ping.
    std::optional<Time> round_trip() const { return round_trip_; }

private:
    Time interval_;
    Time timeout_;
    Time next_ping_;
    std::optional<Time> pinged_at_;  ///< of the ping that is not answered
    Time pong_deadline_{};
    std::optional<Time> round_trip_;
};

}  // namespace steelyard::p2p
