#include "p2p/rate_limit.h"

#include "base/checked.h"

#include <algorithm>
#include <limits>

namespace steelyard::p2p {
namespace {

constexpr std::uint64_t rate_max = std::uint64_t{1} << 40;  // faster is no limit
constexpr std::uint64_t second = 1'000'000'000;

}  // namespace

RateLimit::RateLimit(std::uint64_t rate, Time now)
    : rate_(rate > rate_max ? 0 : rate),
      burst_(static_cast<std::int64_t>(std::max(rate_ / 10, burst_min))),
      tokens_(burst_),
      filled_at_(now) {
}

std::size_t RateLimit::room(Time now) {
    if (rate_ == 0) {
        return std::numeric_limits<std::size_t>::max();
    }
    refill(now);
    return static_cast<std::size_t>(std::max<std::int64_t>(tokens_, 0));
}

void RateLimit::take(std::size_t bytes) {
    if (rate_ != 0) {
        tokens_ -= static_cast<std::int64_t>(bytes);
    }
}

RateLimit::Time RateLimit::wait(Time now) {
    if (rate_ == 0) {
        return Time(0);
    }
    refill(now);
    const std::int64_t missing = burst_ / 4 - tokens_;
    if (missing <= 0) {
        return Time(0);
    }
    const Uint128 needed = Uint128(static_cast<std::uint64_t>(missing)) * second;
    return Time(static_cast<std::int64_t>((needed + rate_ - 1) / rate_));
}

void RateLimit::refill(Time now) {
    const auto elapsed = static_cast<std::uint64_t>((now - filled_at_).count());
    const auto gained = Uint128{elapsed} * rate_ / second;
    const auto missing = static_cast<std::uint64_t>(burst_ - tokens_);
    if (gained >= missing) {
        tokens_ = burst_;
        filled_at_ = now;
        return;
    }
    // Only the time of whole bytes is used up, or often asking would give nothing.
    tokens_ += static_cast<std::int64_t>(gained);
    filled_at_ += Time(static_cast<std::int64_t>((gained * second + rate_ - 1) / rate_));
}

}  // namespace steelyard::p2p
