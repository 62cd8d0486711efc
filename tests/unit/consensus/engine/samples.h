// Random messages and inputs of consensus, and the same as generated messages.
#pragma once

#include "consensus/core/input.h"
#include "tests/unit/chain/samples.h"

#include "steelyard/consensus/v1/inputs.pb.h"

namespace steelyard::engine {

/// The only part of a block of `size` bytes, at most part_size.
chain::Part random_part(RandomSource& random, std::size_t size);

/// Well-formed, with a transaction and the commit of the block before.
chain::Block random_block(RandomSource& random);

consensus::PeerStatus random_status(RandomSource& random);

/// One of each alternative.
std::vector<consensus::Message> random_messages(RandomSource& random);

/// One of each event but StartHeight.
std::vector<consensus::Input> random_inputs(RandomSource& random);

// Field by field: the independent judge of the encoders.
consensus::v1::Message message_of(const consensus::Message& message);
consensus::v1::Input message_of(const consensus::Input& input);

}  // namespace steelyard::engine
