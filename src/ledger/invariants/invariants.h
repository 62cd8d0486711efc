// Invariants: what holds of the ledger's state after every block, I1 to I6 of doc/spec/ledger.md,
// and M1 to M5 of doc/spec/market.md.
//
// They look at the rows of the state as they lie there, and not through the functions that keep
// them, as far as that can be. A whole state is read: for tests and for operators, not for a node
// at every block.
#pragma once

#include "chain/coin.h"
#include "ledger/state/state_view.h"

namespace steelyard::invariants {

/// Something that does not hold.
struct Breach {
    std::string rule;  ///< "I1"
    std::string what;  ///< one line: which record, what it says, what it should say

    bool operator==(const Breach&) const = default;
};

/// More of them tell nothing more.
inline constexpr std::size_t breaches_max = 20;

/// Looks at all invariants. The state must have been made by a genesis (CHECKed), and is as it was
/// afterwards; it has no meter (CHECKed).
std::vector<Breach> check(ledger::StateView& state);

/// What the base denomination's supply was in the genesis, as the state tells it: the same after
/// each block (I1).
chain::Amount genesis_supply(const ledger::StateView& state);

/// "I1: supply of uyard is 5, and balances add up to 4"
std::string to_string(const Breach& breach);

}  // namespace steelyard::invariants
