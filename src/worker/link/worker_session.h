// WorkerSession: when a worker connects to its node, greets it, and takes it for gone.
#pragma once

#include "base/random.h"
#include "worker/link/liveness.h"

namespace steelyard::worker {

/// L3 and L4, the worker's side. Pure: times are arguments.
class WorkerSession {
public:
    enum class Phase : std::uint8_t {
        waiting,   ///< for the time to connect
        greeting,  ///< connected, and Hello is sent
        open,
    };

    enum class Due : std::uint8_t { nothing, connect, heartbeat, lost };

    /// Connects at once.
    WorkerSession(const LinkTimes& times, LinkTime now)
        : times_(times), retry_after_(times.retry_first), retry_at_(now), liveness_(times, now) {}

    Phase phase() const { return phase_; }

    /// What is to be done now; whoever does it says so by one of the functions below.
    Due due(LinkTime now) const;
    LinkTime deadline() const;

    void connected(LinkTime now);
    void welcomed();
    void heard(LinkTime now) { liveness_.heard(now); }
    void sent(LinkTime now) { liveness_.sent(now); }

    /// The connection is over. Until when to wait is drawn: each time twice as long, and up to a
    /// quarter more, so that the workers of a node that was gone do not all come at once.
    void lost(LinkTime now, RandomSource& random);

private:
    LinkTimes times_;
    Phase phase_ = Phase::waiting;
    LinkTime retry_after_;
    LinkTime retry_at_;
    Liveness liveness_;
};

}  // namespace steelyard::worker
