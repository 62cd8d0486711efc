// What the messages of staking do: rules D1 to D7 of doc/spec/staking.md. Errors have the SDK's
// codes of the codespace "staking" (kinds.h).
#pragma once

#include "ledger/staking/delegation.h"

#include <span>

namespace steelyard::staking {

/// The kinds of key that a consensus key may be of, from the consensus parameters: the genesis sets
/// them. Where it has not, all kinds are allowed. Not empty (CHECKed).
Outcome<void> set_key_types(StateView& state, std::span<const crypto::KeyType> types);
Outcome<std::vector<crypto::KeyType>> key_types(const StateView& state);

// Rules D1 and D2 as far as they need no state; errors: invalid_request, the kinds of commissions.
Outcome<void> check(const Description& description);
Outcome<void> check(const CommissionRates& rates);

struct NewValidator {
    Description description{};
    CommissionRates commission{};
    chain::Amount min_self_delegation{};
    crypto::PublicKey consensus_key;
    chain::Amount self_delegation{};
};

/// All of rule D1 that needs no state. Errors: those above, self_delegation_below_minimum.
Outcome<void> check(const NewValidator& validator);

/// Rule D1. Event: create_validator.
Outcome<ValidatorNumber> create_validator(
    Context& context, const Party& operator_account, const NewValidator& validator
);

struct ValidatorEdit {
    static constexpr std::string_view do_not_modify = "[do-not-modify]";

    Description description{};  ///< `do_not_modify` leaves a text as it is
    std::optional<chain::Dec> commission_rate{};
    std::optional<chain::Amount> min_self_delegation{};
};

/// Rule D2. Event: edit_validator.
Outcome<void> edit_validator(
    Context& context, const chain::Address& operator_address, const ValidatorEdit& edit
);

/// Rule D3. Returns the new shares. Event: delegate.
Outcome<chain::Dec> delegate(
    Context& context,
    const Party& delegator,
    const chain::Address& operator_address,
    chain::Amount amount
);

struct Departure {
    chain::Timestamp completion_time{};  ///< of this block where nothing waits
    chain::Amount amount{};
};

/// Rules D4 and D7. Event: unbond.
Outcome<Departure> undelegate(
    Context& context,
    const Party& delegator,
    const chain::Address& operator_address,
    chain::Amount amount
);

/// Rules D5 and D7. Event: redelegate.
Outcome<Departure> redelegate(
    Context& context,
    const Party& delegator,
    const chain::Address& source,
    const chain::Address& destination,
    chain::Amount amount
);

/// Rule D6. Event: cancel_unbonding_delegation.
Outcome<void> cancel_unbonding(
    Context& context,
    const Party& delegator,
    const chain::Address& operator_address,
    chain::Amount amount,
    chain::Height creation_height
);

/// Pays the rewards of a delegation (distribution, rule W3). Errors: no such validator or
/// delegation.
Outcome<chain::Amount> withdraw_rewards(
    Context& context, const Party& delegator, const chain::Address& operator_address
);

}  // namespace steelyard::staking
