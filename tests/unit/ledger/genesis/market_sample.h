// A market with a row of every kind, whose sums are right: what its account holds, what is reserved
// and busy, what stands in the queue.
#pragma once

#include "tests/unit/ledger/genesis_builder.h"

namespace steelyard::ledger {

/// On a state that GenesisBuilder's document led to.
void make_market(StateView& state);

}  // namespace steelyard::ledger
