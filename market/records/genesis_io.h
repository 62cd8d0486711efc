// Whole stores of rows, as an export asks for them: those that nothing else walks over all owners.
#pragma once

#include "market/records/book_rows.h"
#include "market/records/counters.h"
#include "market/records/deadline.h"
#include "market/records/standing.h"

namespace steelyard::market {

// In key order, until `visit` returns false.

Outcome<void> walk_asks(
    const StateView& state, const std::function<Outcome<bool>(const AskKey&, const Ask&)>& visit
);
Outcome<void> walk_bids(
    const StateView& state, const std::function<Outcome<bool>(const BidKey&, const Bid&)>& visit
);
Outcome<void> walk_task_inputs(
    const StateView& state,
    const std::function<Outcome<bool>(const JobId&, const std::vector<Hash256>&)>& visit
);
Outcome<void> walk_all_workers(
    const StateView& state, const std::function<Outcome<bool>(AccountNumber, const Worker&)>& visit
);
Outcome<void> walk_all_standings(
    const StateView& state,
    const std::function<Outcome<bool>(AccountNumber provider, ClassId, const Standing&)>& visit
);
Outcome<void> walk_all_payers(
    const StateView& state,
    const std::function<Outcome<bool>(AccountNumber provider, ClassId, const Payer&)>& visit
);
Outcome<void> walk_queue(
    const StateView& state, const std::function<Outcome<bool>(const Queued&)>& visit
);
Outcome<void> walk_proposers(
    const StateView& state, const std::function<Outcome<bool>(Height, const ProposerRow&)>& visit
);

}  // namespace steelyard::market
