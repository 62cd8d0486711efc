// step: the one entry to the consensus core.
#pragma once

#include "consensus/core/effect.h"
#include "consensus/core/state.h"

namespace steelyard::consensus {

/// Heights after the current one whose messages are kept for later.
inline constexpr std::int64_t heights_ahead_max = 2;

/// How many peers that are further are asked for help at once, at each height.
inline constexpr std::size_t helpers_max = 3;

/// The most parts of a block in the answer to one status message.
inline constexpr std::size_t parts_per_answer_max = 16;

/// Lets one thing happen. Pure: the same states and inputs give the same effects, everywhere.
///
/// Any input is possible at any time. What is late, early beyond the limits, or known already
/// changes nothing; what no correct node sends is reported. Peers' votes, proposals and commits
/// count only after config.verify has admitted their signatures.
///
/// The effects must be carried out in their order. Replaying the appended inputs after StartHeight
/// gives the same state again, but for what is deferred.
Effects step(State& state, const Input& input);

}  // namespace steelyard::consensus
