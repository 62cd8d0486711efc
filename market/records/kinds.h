// Failures of the codespace "market". Numbers never change.
#pragma once

#include "ledger/state/failure.h"

namespace steelyard::market::kinds {

using ledger::FailureKind;

inline constexpr std::string_view market = "market";
inline constexpr FailureKind unknown_class{market, 2, "class does not exist"};
inline constexpr FailureKind class_exists{market, 3, "class name is taken"};
inline constexpr FailureKind unknown_program{market, 4, "program is not registered"};
inline constexpr FailureKind program_exists{market, 5, "program is registered already"};
inline constexpr FailureKind bad_program{market, 6, "program is not valid"};
inline constexpr FailureKind program_in_use{market, 7, "program is in use"};
inline constexpr FailureKind not_provider{market, 8, "account is no provider"};
inline constexpr FailureKind provider_exists{market, 9, "account is a provider already"};
inline constexpr FailureKind provider_jailed{market, 10, "provider is jailed"};
inline constexpr FailureKind provider_removed{market, 11, "provider was removed"};
inline constexpr FailureKind not_jailed{market, 12, "provider is not jailed"};
inline constexpr FailureKind bond_too_small{market, 13, "bond is too small"};
inline constexpr FailureKind too_many_withdrawals{market, 14, "too many withdrawals are waiting"};
inline constexpr FailureKind worker_exists{market, 15, "account is a worker already"};
inline constexpr FailureKind not_worker{market, 16, "account is no worker of the provider"};
inline constexpr FailureKind too_many_workers{market, 17, "too many workers"};
inline constexpr FailureKind bad_order{market, 18, "order is not valid"};
inline constexpr FailureKind too_many_orders{market, 19, "too many open orders"};
inline constexpr FailureKind unknown_order{market, 20, "order does not exist"};
inline constexpr FailureKind not_owner{market, 21, "not the owner"};
inline constexpr FailureKind order_closed{market, 22, "order is closed"};
inline constexpr FailureKind unknown_job{market, 23, "job does not exist"};
inline constexpr FailureKind not_assigned{market, 24, "job is not given to this signer"};
inline constexpr FailureKind wrong_state{market, 25, "job is in another state"};
inline constexpr FailureKind too_late{market, 26, "deadline is over"};
inline constexpr FailureKind bad_commit{market, 27, "result is not that of the program"};
inline constexpr FailureKind too_many_attempts{market, 29, "no attempt is left"};
inline constexpr FailureKind block_is_full{market, 30, "block has no room for the proof"};
inline constexpr FailureKind no_verifier{market, 31, "this node judges no proofs"};
inline constexpr FailureKind bad_text{market, 32, "text is not valid"};
inline constexpr FailureKind unknown_ask{market, 33, "ask does not exist"};

}  // namespace steelyard::market::kinds
