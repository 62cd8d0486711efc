// Delegations, and what of them is on its way out or to another validator.
#pragma once

#include "ledger/staking/validator.h"

namespace steelyard::staking {

/// Tokens that are paid back when their time has come.
struct UnbondingEntry {
    chain::Height creation_height{};
    chain::Timestamp completion_time{};
    chain::Amount initial_balance{};
    chain::Amount balance{};  ///< less what was slashed or cancelled

    bool operator==(const UnbondingEntry&) const = default;
};

/// In the order in which they were made; at most StakingParams::max_entries.
using Unbonding = std::vector<UnbondingEntry>;

/// Shares that moved, and can still be slashed for what the source did before.
struct RedelegationEntry {
    chain::Height creation_height{};
    chain::Timestamp completion_time{};
    chain::Amount initial_balance{};
    chain::Dec destination_shares{};

    bool operator==(const RedelegationEntry&) const = default;
};

using Redelegation = std::vector<RedelegationEntry>;

/// Zero where there is no delegation.
Outcome<chain::Dec> delegated_shares(
    const StateView& state, AccountNumber delegator, ValidatorNumber validator
);

// Walks in key order, until `visit` returns false.

struct Delegation {
    AccountNumber delegator{};
    ValidatorNumber validator{};
    chain::Dec shares{};
};
using VisitDelegation = std::function<Outcome<bool>(const Delegation&)>;

Outcome<void> walk_delegations_of(
    const StateView& state, AccountNumber delegator, const VisitDelegation& visit
);
Outcome<void> walk_delegations_to(
    const StateView& state, ValidatorNumber validator, const VisitDelegation& visit
);

Outcome<std::optional<Unbonding>> get_unbonding(
    const StateView& state, AccountNumber delegator, ValidatorNumber validator
);
Outcome<std::optional<Redelegation>> get_redelegation(
    const StateView& state,
    AccountNumber delegator,
    ValidatorNumber source,
    ValidatorNumber destination
);

}  // namespace steelyard::staking
