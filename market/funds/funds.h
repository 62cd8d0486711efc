// Funds: every way in which money passes through the module's account (doc/spec/market.md,
// "Money").
#pragma once

#include "ledger/bank/bank.h"
#include "market/records/ids.h"

namespace steelyard::market {

using ledger::Context;

inline constexpr std::string_view module_name = "market";

/// From an account into the module's. Errors: insufficient_funds. Nothing happens for 0.
Outcome<void> collect(Context& context, AccountNumber from, Money amount);

/// From one account to another, past the module. Errors: insufficient_funds.
Outcome<void> hand_over(Context& context, AccountNumber from, AccountNumber to, Money amount);

/// Out of the module's account, which has it (CHECKed: M1).
Outcome<void> pay(Context& context, AccountNumber to, Money amount);

/// Out of the module's account: destroyed, to `fee_collector`, or kept in the verification pool.
Outcome<void> burn(Context& context, Money amount, bank::Source source);
Outcome<void> pay_validators(Context& context, Money amount);
Outcome<void> keep_for_verification(Context& context, Money amount);

/// An account as the bank and events know it.
Outcome<bank::Party> party_of(const StateView& state, AccountNumber account);
Outcome<std::string> address_text(const StateView& state, AccountNumber account);

/// max(ceil(price x work units / 10^6), least): E1, E2. Nothing where that is over money_max.
std::optional<Money> job_price(Price price, WorkUnits work_units, Money least);

/// How a price is shared (E4).
struct Shares {
    Money fee = 0;
    Money burned = 0;
    Money validators = 0;
    Money pool = 0;
    Money provider = 0;
};
Shares shares_of(Money price, std::uint32_t fee_bps);

/// How a reservation is shared when it is slashed (E6).
struct SlashShares {
    Money user = 0;
    Money pool = 0;
    Money burned = 0;
};
SlashShares slash_shares(Money reserved, Money price);

/// ceil(price x percent / 100): E7.
Money damages(Money price, std::uint32_t percent);

/// What the gas of a proof's transaction is worth (E1, E5); nothing where that is over money_max.
std::optional<Money> proof_price(
    const ledger::Params& params, std::uint64_t proof_bytes, std::uint64_t proof_gas
);

}  // namespace steelyard::market
