// Beacon: the chain of random values, and the keys that make it. Rules R1 to R7 of
// doc/spec/beacon.md.
#pragma once

#include "crypto/hash.h"
#include "crypto/vrf.h"
#include "ledger/state/context.h"
#include "ledger/state/key.h"

#include <optional>

namespace steelyard::beacon {

using ledger::Context;
using ledger::Outcome;
using ledger::StateView;
using ledger::ValidatorNumber;

using Value = crypto::Hash256;
using PublicKey = ByteArray<33>;

/// A validator's keys, rule R6.
struct Keys {
    std::optional<PublicKey> current{};
    std::optional<PublicKey> next{};
    chain::Height next_mature{};  ///< from this height on `next` is in force; 0 where there is none

    /// The same keys as they stand at a height: a next one that is mature then is the current one.
    Keys at(chain::Height height) const;

    bool operator==(const Keys&) const = default;
};

struct Latest {
    chain::Height height{};
    Value value{};

    bool operator==(const Latest&) const = default;
};

/// beacon(0).
Value first_value(const chain::ChainId& chain_id, const crypto::Hash256& genesis_hash);

/// alpha(h), which the proposer of height h proves an output for.
Bytes input_of(const Value& before, chain::Height height);

/// The value that an output of the function for `alpha(h)` gives.
Value value_of(const crypto::Hash256& output);

/// Rule R2: the value that the proof gives for this height, where it is good under the key.
Result<Value> verify(
    const PublicKey& key, const Value& before, chain::Height height, ByteView proof
);

/// Keeps the first value; the genesis calls it once.
Outcome<void> begin(StateView& state, const Latest& first);

/// The last value; `begin` was called (CHECKed).
Outcome<Latest> latest(const StateView& state);

/// Nothing: too old, or to come.
Outcome<std::optional<Value>> value_at(const StateView& state, chain::Height height);

/// How many values a block forgets at most; more than one wait where history_blocks was lowered.
inline constexpr int forgotten_max = 100;

/// Phase B1: keeps this block's value, and forgets what is too old (R7). The block follows the
/// last value's (CHECKed).
Outcome<void> advance(Context& context, const Value& value);

/// The key that the validator's proof for a height must be under; R5. Nothing: none is mature.
Outcome<std::optional<PublicKey>> key_in_force(
    const StateView& state, ValidatorNumber validator, chain::Height height
);

/// As they were registered; Keys::at tells which is in force.
Outcome<Keys> keys_of(const StateView& state, ValidatorNumber validator);

/// Whether the bytes can be a key at all. Errors: bad_key.
Outcome<void> check_key(ByteView public_key);

/// Rules R4 to R6. Returns the height at which it is mature; in the genesis (height 0) it is so at
/// once. Errors: bad_key, key_in_use, key_due. Event: register_beacon_key.
Outcome<chain::Height> register_key(
    Context& context, ValidatorNumber validator, ByteView public_key
);

/// A key of the genesis, in force at once. Same errors.
Outcome<void> endow(StateView& state, ValidatorNumber validator, ByteView public_key);

/// When a validator is removed: its keys may not be used again.
Outcome<void> remove_validator(StateView& state, ValidatorNumber validator);

/// Keys of doc/spec/beacon.md.
Bytes encode_keys(const Keys& keys);
Result<Keys> decode_keys(ByteView bytes);

}  // namespace steelyard::beacon
