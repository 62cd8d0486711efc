#include "p2p/keepalive.h"

#include "base/check.h"

namespace steelyard::p2p {

Keepalive::Keepalive(Time interval, Time timeout, Time now)
    : interval_(interval), timeout_(timeout), next_ping_(now + interval) {
    CHECK(timeout < interval);
}

Keepalive::Action Keepalive::tick(Time now) {
    if (pinged_at_ && now >= pong_deadline_) {
        return Action::timed_out;
    }
    if (now < next_ping_ || pinged_at_) {
        return Action::none;
    }
    next_ping_ = now + interval_;
    pinged_at_ = now;
    pong_deadline_ = now + timeout_;
    return Action::ping;
}

Keepalive::Time Keepalive::deadline() const {
    return pinged_at_ ? pong_deadline_ : next_ping_;
}

void Keepalive::on_pong(Time now) {
    if (pinged_at_) {
        round_trip_ = now - *pinged_at_;
        pinged_at_.reset();
    }
}

void Keepalive::on_reading_resumed(Time now) {
    pong_deadline_ = now + timeout_;
}

}  // namespace steelyard::p2p
