// The bytes of the messages of consensus, between nodes and in the write-ahead log.
#pragma once

#include "consensus/core/message.h"

namespace steelyard::engine {

/// The largest message: a commit of validators_max signatures, each as long as one can be.
inline constexpr std::size_t message_size_max = 1'110'099;

/// doc/spec/consensus-messages.md. Proposals, parts and votes have the bytes of CometBFT's
/// tendermint.consensus.Message.
Bytes encode_message(const consensus::Message& message);

/// Refuses, by rules M1 to M5, what is over message_size_max, CometBFT's other messages, and
/// whatever no correct node sends, as far as the message alone shows it. Accepted bytes are those
/// that the encoder writes.
Result<consensus::Message> decode_message(ByteView bytes);

}  // namespace steelyard::engine
