// A second guard, beside what the signer remembers, against two nodes with one validator's key.
#pragma once

#include "storage/block_store.h"

namespace steelyard::node {

/// Looks for the validator's own signature in the commits that this node saw for the last `count`
/// blocks. Denied, with the height and what to do, if there is one: another node may be signing
/// with the same key right now. (CometBFT's loop ends one block before the count.)
Result<void> check_double_sign(
    const storage::BlockStore& blocks, const chain::Address& validator, std::int64_t count
);

}  // namespace steelyard::node
