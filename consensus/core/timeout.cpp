#include "consensus/core/timeout.h"

#include <algorithm>

namespace steelyard::consensus {

std::string_view to_string(TimeoutKind kind) {
    switch (kind) {
        case TimeoutKind::propose:
            return "propose";
        case TimeoutKind::prevote:
            return "prevote";
        case TimeoutKind::precommit:
            return "precommit";
        case TimeoutKind::commit:
            return "commit";
        case TimeoutKind::resend:
            return "resend";
    }
    CHECK(false);
}

std::chrono::nanoseconds TimeoutConfig::duration(TimeoutKind kind, chain::Round round) const {
    const auto grown = [&](std::chrono::nanoseconds base, std::chrono::nanoseconds delta) {
        const auto room = duration_max - std::min(base, duration_max);
        const bool over = delta.count() > 0 && round.value() > room / delta;
        return over ? duration_max : std::min(base + delta * round.value(), duration_max);
    };
    switch (kind) {
        case TimeoutKind::propose:
            return grown(propose, propose_delta);
        case TimeoutKind::prevote:
            return grown(prevote, prevote_delta);
        case TimeoutKind::precommit:
            return grown(precommit, precommit_delta);
        case TimeoutKind::commit:
            return std::min(commit, duration_max);
        case TimeoutKind::resend:
            return std::clamp(resend, resend_min, duration_max);
    }
    CHECK(false);
}

}  // namespace steelyard::consensus
