// The parameters as the state holds them: row `p` of doc/spec/ledger.md.
#pragma once

#include "ledger/params/params.h"
#include "ledger/state/state_view.h"

namespace steelyard::ledger {

/// Those in force. The genesis has stored some (CHECKed).
Outcome<Params> load_params(const StateView& state);

/// They are valid.
Outcome<void> store_params(StateView& state, const Params& params);

/// What is minted in the block of a height.
chain::Amount minted_at(const Params& params, chain::Height height);

}  // namespace steelyard::ledger
