// Liveness: whether the other end is still there, and when it must be told that this one is.
#pragma once

#include "worker/link/rules.h"

#include <algorithm>

namespace steelyard::worker {

/// L4. Pure: times are arguments.
class Liveness {
public:
    Liveness(const LinkTimes& times, LinkTime now)
        : heartbeat_(times.heartbeat), silence_max_(times.silence_max), heard_(now), sent_(now) {}

    void heard(LinkTime now) { heard_ = now; }
    void sent(LinkTime now) { sent_ = now; }

    bool is_gone(LinkTime now) const { return now - heard_ >= silence_max_; }
    bool must_send(LinkTime now) const { return now - sent_ >= heartbeat_; }

    LinkTime gone_at() const { return heard_ + silence_max_; }

    /// When one of the two becomes true.
    LinkTime deadline() const { return std::min(gone_at(), sent_ + heartbeat_); }

private:
    LinkTime heartbeat_;
    LinkTime silence_max_;
    LinkTime heard_;
    LinkTime sent_;
};

}  // namespace steelyard::worker
