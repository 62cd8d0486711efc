// What lies beside the state on disk: {1: chain id, 2: time of the block}.
#pragma once

#include "ledger/state/context.h"

namespace steelyard::ledger {

Bytes encode_head_extra(const BlockInfo& block);

/// The height is in the head itself.
Result<BlockInfo> decode_head_extra(ByteView bytes, chain::Height height);

}  // namespace steelyard::ledger
