// Validators that are gone, as a genesis brings them and an export asks for them: keys are used
// once, and what is on its way out of them still has their numbers.
#pragma once

#include "ledger/staking/validator.h"

namespace steelyard::staking {

/// A validator that was removed.
struct EndedValidator {
    ValidatorNumber number{};
    chain::Address operator_address{};
    chain::Address consensus_address{};
};

Outcome<void> restore_ended(StateView& state, const EndedValidator& validator);

/// All consensus addresses that were ever in use, with the numbers of their validators, in key
/// order, until `visit` returns false.
Outcome<void> walk_consensus_addresses(
    const StateView& state,
    const std::function<Outcome<bool>(const chain::Address&, ValidatorNumber)>& visit
);

}  // namespace steelyard::staking
