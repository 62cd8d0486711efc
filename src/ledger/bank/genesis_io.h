// What a genesis says of money beside balances.
#pragma once

#include "ledger/bank/bank.h"

namespace steelyard::bank {

/// Sets how much has come or gone so far: a chain that starts from an export goes on counting.
Outcome<void> set_total(StateView& state, Source source, chain::Amount amount);

/// Keeps `cosmos.bank.v1beta1.Metadata` of a denomination.
Outcome<void> put_metadata(StateView& state, const chain::Denom& denom, ByteView metadata);

/// In the order of the denominations.
Outcome<void> walk_metadata(
    const StateView& state, const std::function<Outcome<bool>(ByteView metadata)>& visit
);

/// In the order of the denominations; none is zero.
Outcome<void> walk_supply(
    const StateView& state, const std::function<Outcome<bool>(const chain::Coin&)>& visit
);

}  // namespace steelyard::bank
