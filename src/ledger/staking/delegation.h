// Delegations, and what of them is on its way out or to another validator.
#pragma once

#include "ledger/staking/validator.h"

namespace steelyard::staking {

/// Tokens that are paid back when their time has come.
struct UnbondingEntry {
    chain::Height creation_height{};
    chain::Timestamp completion_time{};
    chain::Amount initial_balance{};  ///< less what was cancelled
    chain::Amount balance{};          ///< less what was slashed, too

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

/// Of a delegator's redelegation from one validator to another.
struct Route {
    AccountNumber delegator{};
    ValidatorNumber source{};
    ValidatorNumber destination{};

    auto operator<=>(const Route&) const = default;
};

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

// Empty where there is none.

Outcome<Unbonding> get_unbonding(
    const StateView& state, AccountNumber delegator, ValidatorNumber validator
);
Outcome<Redelegation> get_redelegation(const StateView& state, const Route& route);

/// With the delegator and the validator.
using VisitUnbonding =
    std::function<Outcome<bool>(AccountNumber delegator, ValidatorNumber validator)>;

Outcome<void> walk_unbondings_of(
    const StateView& state, AccountNumber delegator, const VisitUnbonding& visit
);
Outcome<void> walk_unbondings_from(
    const StateView& state, ValidatorNumber validator, const VisitUnbonding& visit
);

using VisitRedelegation = std::function<Outcome<bool>(const Route&)>;

Outcome<void> walk_redelegations_of(
    const StateView& state, AccountNumber delegator, const VisitRedelegation& visit
);
Outcome<void> walk_redelegations_from(
    const StateView& state, ValidatorNumber source, const VisitRedelegation& visit
);

/// Whether stake that was redelegated to the validator is still on record.
Outcome<bool> receives_redelegation(
    const StateView& state, AccountNumber delegator, ValidatorNumber destination
);

// Each writes a record with all rows that follow from it (indexes, places in the queue), or erases
// it where nothing is in it. Neither moves money; for this folder and for the genesis.

Outcome<void> put_delegation(StateView& state, const Delegation& delegation);
Outcome<void> put_unbonding(
    StateView& state, AccountNumber delegator, ValidatorNumber validator, const Unbonding& unbonding
);
Outcome<void> put_redelegation(
    StateView& state, const Route& route, const Redelegation& redelegation
);

}  // namespace steelyard::staking
