// The beacon's records as a genesis brings them and an export asks for them.
#pragma once

#include "ledger/beacon/beacon.h"

#include <functional>

namespace steelyard::beacon {

/// Keeps a value that an earlier chain had; heights ascend, and `begin` follows with the last.
Outcome<void> restore_value(StateView& state, const Latest& value);

/// A validator's keys as they were registered. They must be among the used ones too.
Outcome<void> restore_keys(StateView& state, ValidatorNumber validator, const Keys& keys);

/// A key that nobody may register any more, and whose it was.
Outcome<void> restore_used_key(StateView& state, const PublicKey& key, ValidatorNumber validator);

// Walks in key order, until `visit` returns false.

Outcome<void> walk_values(
    const StateView& state, const std::function<Outcome<bool>(const Latest& value)>& visit
);
Outcome<void> walk_used_keys(
    const StateView& state,
    const std::function<Outcome<bool>(const PublicKey& key, ValidatorNumber validator)>& visit
);

}  // namespace steelyard::beacon
