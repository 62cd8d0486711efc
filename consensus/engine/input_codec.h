// The records of the write-ahead log: inputs of the consensus core as bytes.
#pragma once

#include "consensus/core/input.h"

namespace steelyard::engine {

/// steelyard.consensus.v1.Input (doc/spec/consensus-messages.md, section "Inputs"). StartHeight is
/// never logged, as it follows from the chain's state: it must not be given. At most
/// wal_record_size_max bytes if the block, where there is one, has at most block_size_max.
Bytes encode_input(const consensus::Input& input);

/// Refuses what the encoder does not write. Whatever a peer sent and decode_message took, and
/// whatever the node made itself, can be read again.
Result<consensus::Input> decode_input(ByteView record);

}  // namespace steelyard::engine
