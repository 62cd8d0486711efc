// Failures of the codespace "params".
#pragma once

#include "ledger/state/failure.h"

namespace steelyard::proposals::kinds {

inline constexpr std::string_view params = "params";
inline constexpr ledger::FailureKind not_active{params, 2, "validator is not in the active set"};
inline constexpr ledger::FailureKind bad_params{params, 3, "invalid parameters"};
inline constexpr ledger::FailureKind too_many{params, 4, "too many open proposals"};
inline constexpr ledger::FailureKind one_is_open{params, 5, "validator has an open proposal"};
inline constexpr ledger::FailureKind no_proposal{params, 6, "proposal does not exist"};
inline constexpr ledger::FailureKind other_hash{params, 7, "proposal has another hash"};
inline constexpr ledger::FailureKind approved_before{params, 8, "proposal was approved before"};

}  // namespace steelyard::proposals::kinds
