// The two thresholds that safety and liveness rest on.
#pragma once

#include "chain/validator.h"

#include <limits>

namespace steelyard::consensus {

/// Whether `power` is more than two thirds of `total`: the paper's 2f + 1. Any two such quorums
/// share an honest validator.
constexpr bool is_quorum(chain::VotingPower power, chain::VotingPower total) {
    static_assert(
        chain::total_voting_power_max <= std::numeric_limits<chain::VotingPower>::max() / 3
    );
    return power * 3 > total * 2;
}

/// Whether `power` is more than one third of `total`, so that an honest validator is part of it:
/// the paper's f + 1.
constexpr bool has_honest_member(chain::VotingPower power, chain::VotingPower total) {
    return power * 3 > total;
}

}  // namespace steelyard::consensus
