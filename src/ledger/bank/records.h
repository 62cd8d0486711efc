// The records of the bank store, for those that walk over them.
#pragma once

#include "ledger/bank/bank.h"

namespace steelyard::bank {

using ledger::Key;

// What the keys of all balances of an account, all supplies, all metadata begin with.
Key balances_prefix(AccountNumber account);
Key supplies_prefix();
Key metadata_prefix();

// The keys of one.
Key balance_key(AccountNumber account, const chain::Denom& denom);
Key supply_key(const chain::Denom& denom);
Key metadata_key(const chain::Denom& denom);  ///< its value is a cosmos.bank.v1beta1.Metadata

/// The denomination and the amount of a balance or a supply whose key begins with `prefix`.
chain::Coin read_coin(ByteView prefix, const ledger::Record& record);

}  // namespace steelyard::bank
