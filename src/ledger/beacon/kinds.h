// Failures of the codespace "beacon".
#pragma once

#include "ledger/state/failure.h"

namespace steelyard::beacon::kinds {

inline constexpr std::string_view beacon = "beacon";
inline constexpr ledger::FailureKind bad_key{beacon, 2, "invalid beacon key"};
inline constexpr ledger::FailureKind key_in_use{beacon, 3, "beacon key is in use"};
inline constexpr ledger::FailureKind key_due{beacon, 4, "next beacon key is due too soon"};

}  // namespace steelyard::beacon::kinds
