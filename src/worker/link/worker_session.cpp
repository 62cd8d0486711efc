#include "worker/link/worker_session.h"

namespace steelyard::worker {

WorkerSession::Due WorkerSession::due(LinkTime now) const {
    if (phase_ == Phase::waiting) {
        return now >= retry_at_ ? Due::connect : Due::nothing;
    }
    if (liveness_.is_gone(now)) {
        return Due::lost;
    }
    return phase_ == Phase::open && liveness_.must_send(now) ? Due::heartbeat : Due::nothing;
}

LinkTime WorkerSession::deadline() const {
    switch (phase_) {
        case Phase::waiting:
            return retry_at_;
        case Phase::greeting:
            return liveness_.gone_at();
        case Phase::open:
            break;
    }
    return liveness_.deadline();
}

void WorkerSession::connected(LinkTime now) {
    phase_ = Phase::greeting;
    liveness_ = Liveness(times_, now);
}

void WorkerSession::welcomed() {
    phase_ = Phase::open;
    retry_after_ = times_.retry_first;
}

void WorkerSession::lost(LinkTime now, RandomSource& random) {
    const auto quarter = static_cast<std::uint64_t>(retry_after_.count()) / 4;
    phase_ = Phase::waiting;
    retry_at_ = now + retry_after_ + LinkTime(random.below(quarter + 1));
    retry_after_ = std::min(retry_after_ * 2, times_.retry_max);
}

}  // namespace steelyard::worker
