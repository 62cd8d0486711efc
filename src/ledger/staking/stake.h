// What all operations on stake are made of: tokens that become shares, shares that become tokens,
// and the pools that hold the tokens (invariant I2 of doc/spec/ledger.md).
#pragma once

#include "ledger/staking/delegation.h"

namespace steelyard::staking {

/// Who has the tokens of validators of that status.
Outcome<Party> pool_of(const StateView& state, Status status);

/// Moves tokens of the base denomination; nothing happens for none, or from a party to itself.
Outcome<void> move(Context& context, const Party& from, const Party& to, chain::Amount amount);

/// Pays what the delegation has earned, takes the amount from `from` into the validator's pool, and
/// gives the delegator shares for it. Writes all records. Errors: delegator_share_rate_invalid,
/// insufficient_shares, insufficient_funds, invalid_request.
Outcome<chain::Dec> add_stake(
    Context& context, Member member, const Party& delegator, const Party& from, chain::Amount amount
);

/// Pays what the delegation has earned and takes the shares, which it must have (CHECKed). Returns
/// the tokens that they free, which the validator's pool still has. Writes all records: jails an
/// operator who has too little left, and removes a validator that nobody needs (rule D7).
Outcome<chain::Amount> take_shares(
    Context& context, Member member, const Party& delegator, chain::Dec shares
);

/// The validator with that operator; errors: no_validator_found.
Outcome<Member> require_validator(const StateView& state, const chain::Address& operator_address);

/// The shares that a delegator must give for an amount. Errors: no_delegation, insufficient_shares,
/// and invalid_request where there are fewer.
Outcome<chain::Dec> shares_to_give(
    const StateView& state, const Member& member, const Party& delegator, chain::Amount amount
);

/// When what begins now has waited for the unbonding time.
chain::Timestamp unbonding_end(const Context& context);

/// Rule D7, for a validator that is unbonded and has no shares: pays its commission and erases it.
Outcome<void> remove_validator(Context& context, const Member& member);

// For events.
std::string coin_text(chain::Amount amount);
std::string seconds_text(chain::Timestamp time);  ///< RFC 3339 to the second, as Go writes it

}  // namespace steelyard::staking
