// Timeouts of consensus: which there are, and how long each waits.
#pragma once

#include "chain/ids.h"

#include <chrono>
#include <string_view>

namespace steelyard::consensus {

enum class TimeoutKind : std::uint8_t {
    propose,    ///< no acceptable proposal came in time (paper L57)
    prevote,    ///< prevotes of two thirds came, but no polka (L61)
    precommit,  ///< precommits of two thirds came, but no decision (L65)
    commit,     ///< the pause after a decision, in which late precommits are gathered
    resend,     ///< nothing moved: what we have said may have been lost
};

std::string_view to_string(TimeoutKind kind);

/// A timeout of one height and round. One that comes late, for a round or step that has passed, is
/// ignored: cancelling is a courtesy, not a condition of safety.
struct Timeout {
    TimeoutKind kind = TimeoutKind::propose;
    chain::Height height{};
    chain::Round round{};

    auto operator<=>(const Timeout&) const = default;
};

/// CometBFT 0.38's defaults. A round waits `delta` longer than the one before it, so that any delay
/// of the network is outlasted at some round.
struct TimeoutConfig {
    std::chrono::nanoseconds propose = std::chrono::milliseconds(3'000);
    std::chrono::nanoseconds propose_delta = std::chrono::milliseconds(500);
    std::chrono::nanoseconds prevote = std::chrono::milliseconds(1'000);
    std::chrono::nanoseconds prevote_delta = std::chrono::milliseconds(500);
    std::chrono::nanoseconds precommit = std::chrono::milliseconds(1'000);
    std::chrono::nanoseconds precommit_delta = std::chrono::milliseconds(500);
    std::chrono::nanoseconds commit = std::chrono::milliseconds(1'000);
    std::chrono::nanoseconds resend = std::chrono::milliseconds(1'000);

    /// No wait is longer than this, whatever the round.
    static constexpr std::chrono::nanoseconds duration_max = std::chrono::hours(1);

    /// What was said is not said again sooner than after this.
    static constexpr std::chrono::nanoseconds resend_min = std::chrono::milliseconds(10);

    std::chrono::nanoseconds duration(TimeoutKind kind, chain::Round round) const;
};

}  // namespace steelyard::consensus
