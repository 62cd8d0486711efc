// Funds: how parts of what the module's account has pass from one owner to another. For .cpp files
// of this folder.
//
// The account has the community pool and the outstanding rewards of all validators; every function
// keeps that (invariant I4).
#pragma once

#include "ledger/distribution/rewards.h"

namespace steelyard::distribution {

// Sums of what the account has: out of range is a bug (CHECKed).
chain::Dec plus(chain::Dec a, chain::Dec b);
chain::Dec minus(chain::Dec a, chain::Dec b);
chain::Dec whole(chain::Amount amount);

/// From a validator's outstanding rewards to the community pool.
Outcome<void> give_to_pool(StateView& state, ValidatorNumber validator, chain::Dec amount);

/// Out of the account, to the withdraw address of `owner`. Nothing happens for zero.
Outcome<void> pay(Context& context, const Party& owner, chain::Amount amount);

/// Coins of the base denomination, of which there is at least one.
chain::Coins base_coins(chain::Amount amount);

/// "12uyard", also for zero.
std::string coin_text(chain::Amount amount);

}  // namespace steelyard::distribution
