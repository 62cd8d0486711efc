// The weighted round robin of proposers: arithmetic on the priorities of a list of validators.
//
// Consensus depends on every bit of it; doc/spec/consensus-data.md states the rules (P1..P6).
#pragma once

#include "chain/validator.h"

#include <span>

namespace steelyard::chain {

/// Divides every priority by ceil(spread / window), towards zero, if the spread between the highest
/// and the lowest exceeds `window`. P1. A window below 1 changes nothing.
void rescale_priorities(std::span<Validator> validators, std::int64_t window);

/// Subtracts the average, rounded down, from every priority. P2. There must be a validator.
void centre_priorities(std::span<Validator> validators);

/// The index of the highest priority; among equals, of the lowest address. There must be a
/// validator.
ValidatorIndex index_of_highest_priority(std::span<const Validator> validators);

/// One turn: everyone gains its power, then the highest pays `total_power` and is the proposer. P3.
/// Returns its index.
ValidatorIndex take_proposer_turn(std::span<Validator> validators, VotingPower total_power);

/// Where a validator starts that joins a set with `total_power` (its own included, removals not yet
/// made): low enough that leaving and joining again gains nothing. P4.
std::int64_t priority_of_newcomer(VotingPower total_power);

}  // namespace steelyard::chain
