// Failures of the codespace "slashing", with the numbers and texts of the Cosmos SDK.
#pragma once

#include "ledger/state/failure.h"

namespace steelyard::slashing::kinds {

using ledger::FailureKind;

inline constexpr std::string_view slashing = "slashing";
inline constexpr FailureKind no_validator_for_address{
    slashing, 2, "address is not associated with any known validator"
};
inline constexpr FailureKind validator_jailed{
    slashing, 4, "validator still jailed; cannot be unjailed"
};
inline constexpr FailureKind validator_not_jailed{
    slashing, 5, "validator not jailed; cannot be unjailed"
};
inline constexpr FailureKind missing_self_delegation{
    slashing, 6, "validator has no self-delegation; cannot be unjailed"
};
inline constexpr FailureKind self_delegation_too_low{
    slashing, 7, "validator's self delegation less than minimum; cannot be unjailed"
};

}  // namespace steelyard::slashing::kinds
