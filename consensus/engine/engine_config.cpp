#include "consensus/engine/engine.h"

namespace steelyard::engine {
namespace {

using Time = std::chrono::nanoseconds;

std::int64_t milliseconds_of(Time time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

Result<void> check_range(std::string_view name, Time value, Time min, Time max) {
    if (value < min || value > max) {
        return invalid(
            "{}: is {} ms, must be {} to {} ms",
            name,
            milliseconds_of(value),
            milliseconds_of(min),
            milliseconds_of(max)
        );
    }
    return {};
}

}  // namespace

Result<void> validate(const EngineConfig& config) {
    constexpr Time step_min = std::chrono::milliseconds(1);
    constexpr Time max = consensus::TimeoutConfig::duration_max;
    constexpr Time resend_min = consensus::TimeoutConfig::resend_min;
    const consensus::TimeoutConfig& timeouts = config.timeouts;
    TRY(check_range("timeout_propose", timeouts.propose, step_min, max));
    TRY(check_range("timeout_propose_delta", timeouts.propose_delta, Time(0), max));
    TRY(check_range("timeout_prevote", timeouts.prevote, step_min, max));
    TRY(check_range("timeout_prevote_delta", timeouts.prevote_delta, Time(0), max));
    TRY(check_range("timeout_precommit", timeouts.precommit, step_min, max));
    TRY(check_range("timeout_precommit_delta", timeouts.precommit_delta, Time(0), max));
    TRY(check_range("timeout_resend", timeouts.resend, resend_min, max));
    const PacingConfig& pacing = config.pacing;
    TRY(check_range("block_interval", pacing.block_interval, Time(0), max));
    if (pacing.empty_interval) {
        TRY(check_range("empty_block_interval", *pacing.empty_interval, pacing.block_interval, max)
        );
    }
    return {};
}

}  // namespace steelyard::engine
