// Accounts and validators by their addresses in a document. Private to the .cpp files of this
// folder.
#pragma once

#include "ledger/staking/validator.h"

namespace steelyard::genesis {

/// Errors: no address, or nobody has it.
Result<ledger::AccountNumber> account_at(const ledger::StateView& state, std::string_view address);
Result<ledger::ValidatorNumber> validator_at(
    const ledger::StateView& state, std::string_view operator_address
);

std::string account_text(const ledger::StateView& state, ledger::AccountNumber number);

/// Of a validator that is there (CHECKed).
std::string operator_text(const ledger::StateView& state, ledger::ValidatorNumber number);

}  // namespace steelyard::genesis
