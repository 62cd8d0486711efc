// Providers: who they are, what they risk, who works for them.
#pragma once

#include "market/funds/funds.h"
#include "market/records/instrument.h"
#include "market/records/party.h"

namespace steelyard::market {

/// What a provider says of itself.
struct Profile {
    std::string moniker{};
    std::string region{};
    std::string contact{};
    std::vector<Attribute> attributes{};
};

/// Errors: bad_text: sizes, characters, order of attributes.
Outcome<void> check_profile(const Profile& profile);

// By the provider's account. Events: provider. Errors: those named, not_provider.

/// provider_exists, worker_exists, bond_too_small, insufficient_funds.
Outcome<void> register_provider(
    Context& context, AccountNumber account, const Profile& profile, Money bond
);
Outcome<void> update_provider(Context& context, AccountNumber account, const Profile& profile);

/// insufficient_funds, provider_removed.
Outcome<void> add_bond(Context& context, AccountNumber account, Money amount);

/// Paid out after `withdraw_blocks`. bond_too_small (more than is free), too_many_withdrawals.
Outcome<void> withdraw_bond(Context& context, AccountNumber account, Money amount);

/// not_jailed, provider_removed.
Outcome<void> unjail_provider(Context& context, AccountNumber account);

/// The worker's account is made where there is none, and funded. worker_exists, unknown_class,
/// too_many_workers, provider_exists, insufficient_funds, bad_order (slots).
Outcome<void> add_worker(
    Context& context,
    AccountNumber account,
    const chain::Address& worker,
    ClassId class_id,
    std::uint32_t slots,
    Money funds
);

/// Goes at once, or with its last job; by the worker itself too, whom nobody has asked. not_worker.
Outcome<void> remove_worker(Context& context, AccountNumber account, const chain::Address& worker);

// For jobs. The provider exists; what is reserved covers what is taken (CHECKed: M2).

/// A slot, and a part of the free bond, for a match; back when the job has left the provider.
Outcome<void> engage(
    Context& context, AccountNumber provider, AccountNumber worker, Money reserved
);
Outcome<void> disengage(
    Context& context, AccountNumber provider, AccountNumber worker, Money reserved
);

/// From the bond to the user: E7. At most the bond.
Outcome<void> pay_damages(
    Context& context, AccountNumber provider, AccountNumber user, Money amount
);

/// E6 and K6, for a reservation that was given back by `disengage`. `price` is the job's.
Outcome<void> slash_provider(
    Context& context, AccountNumber provider, AccountNumber user, Money reserved, Money price
);

/// J5: all asks that there are now.
Outcome<void> void_asks(Context& context, AccountNumber provider);

/// J2: one more; whether the asks were made void.
Outcome<bool> note_decline(Context& context, AccountNumber provider);

/// Its settled jobs count on (K2).
Outcome<void> note_settled(Context& context, AccountNumber provider);

/// A deadline of kind withdraw.
Outcome<void> end_withdrawal(Context& context, AccountNumber provider, std::uint32_t number);

/// Whether an account signs for a job: its worker, if that is not retired, or its provider.
Outcome<bool> may_sign(
    const StateView& state, AccountNumber signer, AccountNumber provider, AccountNumber worker
);

}  // namespace steelyard::market
