// When a validator may leave the chain so that it is missed least.
#pragma once

#include "chain/validator_set.h"

namespace steelyard::node {

/// Whether the turn to propose is far enough away that no round is lost while the validator
/// is away: it comes after `heights_enough` heights, or this is the longest time that ever lies
/// between two of its turns, as far as they can be foreseen. Always true for who has no turns, or
/// no company. `next` are the validators of the next height, with its proposer.
bool is_window_to_leave(const chain::ValidatorSet& next, const chain::Address& address);

/// Some seconds for most chains: what a new start takes.
inline constexpr int heights_enough = 20;

}  // namespace steelyard::node
