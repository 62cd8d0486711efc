// Missed blocks: a bit for each place of a validator's window, set if the block was not signed.
//
// The bits lie in rows of 1,024, so that a block changes one row of a validator; a row without a
// set bit is not there.
#pragma once

#include "chain/ids.h"
#include "ledger/state/state_view.h"

namespace steelyard::slashing {

using ledger::Outcome;
using ledger::StateView;

/// Sets or clears the bit of a place, from 0; returns what it was.
Outcome<bool> exchange_missed(
    StateView& state, const chain::Address& consensus_address, std::int64_t place, bool missed
);

/// All places whose bit is set, ascending.
Outcome<std::vector<std::int64_t>> missed_places(
    const StateView& state, const chain::Address& consensus_address
);

/// Clears all bits.
Outcome<void> forget_missed(StateView& state, const chain::Address& consensus_address);

}  // namespace steelyard::slashing
