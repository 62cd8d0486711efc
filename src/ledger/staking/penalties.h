// What slashing does to stake: rule P3 of doc/spec/staking.md.
#pragma once

#include "ledger/staking/delegation.h"

namespace steelyard::staking {

/// Burns fraction x (power x 10^6) of the validator's stake, as it was at `height`: first from
/// unbondings and redelegations that began at or after it, then from its tokens. Returns what was
/// burned. An unbonded validator is a CHECK: there is nothing to slash.
Outcome<chain::Amount> slash(
    Context& context,
    ValidatorNumber validator,
    chain::Height height,
    std::int64_t power,
    chain::Dec fraction
);

/// Takes a validator out of the order of powers, or puts it back. Doing it twice is a CHECK.
Outcome<void> jail(Context& context, ValidatorNumber validator);
Outcome<void> unjail(Context& context, ValidatorNumber validator);

}  // namespace steelyard::staking
