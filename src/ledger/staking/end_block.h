// What staking does by itself: phases B6 and B9 of doc/spec/ledger.md.
#pragma once

#include "chain/header.h"
#include "ledger/staking/delegation.h"

namespace steelyard::staking {

/// What the drawing of the active set came to.
struct SetChange {
    std::vector<chain::ValidatorUpdate> updates{};  ///< rule D9, one for each key
    std::vector<Member> bonded{};  ///< those that came into the set, as they are now
};

/// Rule D8 and D9: draws the active set anew and moves tokens between the pools. Also the genesis
/// calls it.
Outcome<SetChange> draw_active_set(Context& context);

/// Rule D10: ends what has matured. Events: complete_unbonding, complete_redelegation.
Outcome<void> end_matured(Context& context);

/// Phase B6: keeps the header and the active set of this block, forgets the oldest.
Outcome<void> keep_historical_info(Context& context, const chain::Header& header);

/// The powers that consensus knows: of the active set as drawn last, by number.
Outcome<std::vector<std::pair<ValidatorNumber, std::int64_t>>> active_set(const StateView& state);

/// Zero: not in it.
Outcome<std::int64_t> active_power(const StateView& state, ValidatorNumber validator);

}  // namespace steelyard::staking
