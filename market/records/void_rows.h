// Providers whose asks were made void and still stand in the books (J5): rows `z` of the store
// `market`.
#pragma once

#include "market/records/ids.h"

namespace steelyard::market {

Outcome<void> mark_for_sweep(StateView& state, AccountNumber provider);
Outcome<void> unmark_for_sweep(StateView& state, AccountNumber provider);

/// Ascending, `count_max` at most.
Outcome<std::vector<AccountNumber>> marked_for_sweep(const StateView& state, std::size_t count_max);

}  // namespace steelyard::market
