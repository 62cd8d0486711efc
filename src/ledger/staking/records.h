// How the records of stake are encoded: doc/spec/staking.md has the rows that hold them.
#pragma once

#include "ledger/staking/delegation.h"

namespace steelyard::staking {

/// {repeated 1: {1: creation height, 2: completion time, 3: initial balance, 4: balance}}
Bytes encode_unbonding(const Unbonding& unbonding);
Result<Unbonding> decode_unbonding(ByteView bytes);

/// {repeated 1: {1: creation height, 2: completion time, 3: initial balance, 4: shares}}
Bytes encode_redelegation(const Redelegation& redelegation);
Result<Redelegation> decode_redelegation(ByteView bytes);

// Validator numbers, as index rows hold them.
Bytes number_bytes(ValidatorNumber number);
ValidatorNumber read_number(ByteView bytes);

}  // namespace steelyard::staking
