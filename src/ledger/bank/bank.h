// Bank: balances, supply, and every way in which money moves.
#pragma once

#include "chain/coin.h"
#include "ledger/auth/accounts.h"

namespace steelyard::bank {

using ledger::AccountNumber;
using ledger::Context;
using ledger::Outcome;
using ledger::StateView;

/// Why money came into being or went: rows `f` of doc/spec/ledger.md.
enum class Source : std::uint8_t {
    minted = 1,
    burned_fees = 2,
    slashed = 3,
    burned_by_market = 4,
};

namespace kinds {

inline constexpr std::string_view bank = "bank";
inline constexpr ledger::FailureKind no_inputs{bank, 2, "no inputs to send transaction"};
inline constexpr ledger::FailureKind no_outputs{bank, 3, "no outputs to send transaction"};
inline constexpr ledger::FailureKind input_output_mismatch{bank, 4, "sum inputs != sum outputs"};
inline constexpr ledger::FailureKind multiple_senders{bank, 9, "multiple senders not allowed"};

}  // namespace kinds

/// The most that there ever is of the base denomination: 10^12 YARD. It bounds every stake, reward
/// and power, so that what phases of a block compute with them stays in range.
inline constexpr chain::Amount base_supply_max{1'000'000'000'000'000'000};

/// An account with its address, which events name.
struct Party {
    AccountNumber number{};
    chain::Address address{};
};

/// The party at an address; makes the account where there is none.
Outcome<Party> party_at(StateView& state, const chain::Address& address);

/// A module's party. The genesis has made its account (CHECKed).
Outcome<Party> module_party(const StateView& state, std::string_view name);

Outcome<chain::Amount> balance(
    const StateView& state, AccountNumber account, const chain::Denom& denom
);

/// All of an account's balances, at most `chain::Coins::size_max` (CHECKed).
Outcome<chain::Coins> balances(const StateView& state, AccountNumber account);

Outcome<chain::Amount> supply(const StateView& state, const chain::Denom& denom);

/// How much has come or gone for a reason, of the base denomination.
Outcome<chain::Amount> total(const StateView& state, Source source);

/// Moves coins, with events coin_spent, coin_received and transfer. Errors: insufficient_funds.
Outcome<void> send(Context& context, const Party& from, const Party& to, const chain::Coins& coins);

/// Makes money of the base denomination, as far as base_supply_max has room, with events
/// coin_received and coinbase.
Outcome<void> mint(Context& context, const Party& to, chain::Amount amount);

/// Destroys money of the base denomination, with events coin_spent and burn. Errors:
/// insufficient_funds.
Outcome<void> burn(Context& context, const Party& from, chain::Amount amount, Source source);

/// Adds to a balance and to the supply, for a genesis: no event and no total.
Outcome<void> endow(StateView& state, AccountNumber account, const chain::Coins& coins);

}  // namespace steelyard::bank
