// Rewards: what validators and their delegators earn, paid when it is asked for or before a stake
// changes (the F1 scheme; rules W1 to W6 of doc/spec/staking.md).
//
// A stake's earnings are the difference of two cumulative ratios, times the stake. Whoever changes
// a delegation calls, in this order, with what staking knows at each point:
//
//   open_period   before a delegation that is new     } tokens of the validator
//   settle        before one that exists              } before the change
//   start         after the change, if anything is left of it
#pragma once

#include "ledger/bank/bank.h"
#include "ledger/distribution/records.h"

#include <span>

namespace steelyard::distribution {

using bank::Party;

inline constexpr std::string_view module_name = "distribution";
inline constexpr std::string_view fee_collector_name = "fee_collector";

/// What the module's account has at most, of the base denomination, so that a Dec holds any part.
inline constexpr chain::Amount funds_max{10'000'000'000'000'000'000U};

/// The slashes since its start that a delegation is settled over one by one; rule W4.
inline constexpr std::size_t settled_slashes_max = 1'000;

namespace kinds {

inline constexpr std::string_view distribution = "distribution";
inline constexpr ledger::FailureKind no_delegation{
    distribution, 5, "no delegation distribution info"
};
inline constexpr ledger::FailureKind no_validator{
    distribution, 6, "no validator distribution info"
};
inline constexpr ledger::FailureKind no_commission{
    distribution, 7, "no validator commission to withdraw"
};

}  // namespace kinds

/// The part of a validator in a block's rewards.
struct Share {
    ValidatorNumber validator{};
    chain::Address operator_address{};  ///< for the events
    std::int64_t power = 0;             ///< in the block before; at least 1
    chain::Dec commission_rate{};
};

/// Rules W1 and W2: shares out what the fee collector has. Validators that were removed since that
/// block are left out by the caller. Events: rewards, commission.
Outcome<void> allocate(Context& context, std::span<const Share> shares);

/// A validator that has just been made.
Outcome<void> add_validator(StateView& state, ValidatorNumber validator);

/// Rule W5, for one that has no delegation left (CHECKed).
Outcome<void> remove_validator(
    Context& context, ValidatorNumber validator, const Party& operator_account
);

/// Before a delegation is made. `tokens` are the validator's, without those that come.
Outcome<void> open_period(StateView& state, ValidatorNumber validator, chain::Amount tokens);

/// Rule W3: pays what a delegation has earned to its withdraw address. `tokens` and `worth`, that
/// of the delegation's shares as staking rounds it, are those before the change. Returns what was
/// paid. Event: withdraw_rewards.
Outcome<chain::Amount> settle(
    Context& context,
    ValidatorNumber validator,
    const chain::Address& operator_address,
    chain::Amount tokens,
    const Party& delegator,
    chain::Dec worth
);

/// After a delegation was made or changed. `stake` is its worth now, cut to 18 places.
Outcome<void> start(
    Context& context, ValidatorNumber validator, AccountNumber delegator, chain::Dec stake
);

/// Before a validator's tokens are cut by `fraction` (more than 0, at most 1, rounded up to 18
/// places); rule W4.
Outcome<void> note_slash(
    Context& context, ValidatorNumber validator, chain::Amount tokens, chain::Dec fraction
);

/// Pays a validator's commission, all but a fraction of a unit. Errors: no_commission. Event:
/// withdraw_commission.
Outcome<chain::Amount> withdraw_commission(
    Context& context, ValidatorNumber validator, const Party& operator_account
);

/// Errors: a module's account may not be one (unauthorized). Event: set_withdraw_address.
Outcome<void> set_withdraw_address(
    Context& context, const Party& delegator, const Party& withdraw_to
);

/// Takes from an account into the community pool. Base denomination only. Errors:
/// insufficient_funds, invalid_request where the pool would get too large.
Outcome<void> fund_community_pool(Context& context, const Party& from, chain::Amount amount);

/// What `settle` would pay now, with its fraction. Changes the state as settle's first half does:
/// take it back.
Outcome<chain::Dec> pending(
    Context& context,
    ValidatorNumber validator,
    chain::Amount tokens,
    AccountNumber delegator,
    chain::Dec worth
);

}  // namespace steelyard::distribution
