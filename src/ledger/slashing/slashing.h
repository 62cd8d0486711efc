// Slashing: who pays for silence and for double signs. Rules P1 to P5 of doc/spec/staking.md.
#pragma once

#include "chain/commit_verifier.h"
#include "chain/evidence.h"
#include "ledger/slashing/signing_info.h"
#include "ledger/staking/validator.h"

#include <span>

namespace steelyard::slashing {

/// Rule P1, phase B4: who signed the block before this one. Events: slash, liveness.
Outcome<void> judge_signatures(
    Context& context, std::span<const chain::CommitParticipant> participants
);

/// Rule P2, phase B5. Event: slash.
Outcome<void> punish(Context& context, std::span<const chain::Evidence> evidence);

/// Begins, or goes on with, the record of validators that came into the active set.
Outcome<void> watch(Context& context, std::span<const staking::Member> bonded);

/// Rule P5. Errors: no_validator_for_address, missing_self_delegation, self_delegation_too_low,
/// validator_not_jailed, validator_jailed (kinds.h).
Outcome<void> unjail(Context& context, const chain::Address& operator_address);

}  // namespace steelyard::slashing
