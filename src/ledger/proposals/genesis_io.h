// Proposals as a genesis brings them.
#pragma once

#include "ledger/proposals/proposals.h"

#include <span>

namespace steelyard::proposals {

/// A proposal with its number and approvals; the params are valid.
Outcome<void> restore_proposal(
    StateView& state, const Proposal& proposal, std::span<const ValidatorNumber> approvals
);

/// The number of the next proposal; at least 1.
Outcome<std::uint64_t> next_id(const StateView& state);
Outcome<void> restore_next_id(StateView& state, std::uint64_t id);

}  // namespace steelyard::proposals
