// Accounts: who may hold money and sign.
#pragma once

#include "ledger/state/context.h"
#include "ledger/state/key.h"
#include "tx/account_key.h"

#include <array>

namespace steelyard::auth {

using ledger::AccountNumber;
using ledger::Outcome;
using ledger::StateView;

struct Account {
    chain::Address address{};
    std::optional<tx::AccountKey> key{};  ///< known from the first transaction on
    std::uint64_t sequence = 0;           ///< of the next transaction
    std::string module_name{};            ///< not empty: it belongs to the chain and signs nothing

    bool operator==(const Account&) const = default;
};

/// The accounts that belong to the chain, which every genesis makes.
inline constexpr std::array<std::string_view, 5> module_names = {
    "fee_collector", "distribution", "bonded_tokens_pool", "not_bonded_tokens_pool", "market"
};

/// The address of a module's account: SHA-256 of its name, cut.
chain::Address module_address(std::string_view name);

/// Whether it is the address of one of `module_names`.
bool is_module_address(const chain::Address& address);

Outcome<std::optional<AccountNumber>> find(const StateView& state, const chain::Address& address);

/// The account of a number that is in use (CHECKed).
Outcome<Account> get(const StateView& state, AccountNumber number);

/// The address's account; a new one where it has none.
Outcome<AccountNumber> find_or_make(StateView& state, const chain::Address& address);

/// Makes an account, whose address must have none (CHECKed). Numbers count up.
Outcome<AccountNumber> make(StateView& state, const Account& account);

/// How many accounts there are: their numbers are 0 to one less.
Outcome<std::uint64_t> next_number(const StateView& state);

/// Replaces an account that exists; its address must stay.
Outcome<void> put(StateView& state, AccountNumber number, const Account& account);

// Accounts stand by their numbers: what their keys begin with, and the number of one.
ledger::Key accounts_prefix();
AccountNumber account_number(const ledger::Record& record);

/// Account of doc/spec/ledger.md.
Bytes encode_account(const Account& account);
Result<Account> decode_account(ByteView bytes);

}  // namespace steelyard::auth
