// The messages of transaction gossip: CometBFT's on channel 0x30, ours on channel 0x3f.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <variant>
#include <vector>

namespace steelyard::mempool {

/// The first eight bytes of a transaction's hash, little-endian: its name among peers of ours.
using ShortId = std::uint64_t;

ShortId short_id(const crypto::Hash256& tx_key);

/// For tables: spreads names, which peers choose, by a secret of the process.
struct ShortIdHash {
    std::size_t operator()(ShortId id) const;
};

/// The most transactions of a message; CometBFT sends one.
inline constexpr std::size_t txs_per_message_max = 16'384;

/// The most names of a message.
inline constexpr std::size_t ids_per_message_max = 4'096;

/// The longest message on channel 0x3f.
inline constexpr std::size_t announce_message_size_max = 8 * ids_per_message_max + 16;

/// Bytes that a transaction takes in a message: those before it, and its own.
std::size_t tx_size_in_message(std::size_t tx_size);

/// tendermint.mempool.Message with Txs.
Bytes encode_txs(std::span<const ByteView> txs);

/// Views into the message. Refuses more than txs_per_message_max.
Result<std::vector<ByteView>> decode_txs(ByteView message);

/// "I have these."
struct Announce {
    std::vector<ShortId> ids{};

    bool operator==(const Announce&) const = default;
};

/// "Send me these."
struct Want {
    std::vector<ShortId> ids{};

    bool operator==(const Want&) const = default;
};

using AnnounceMessage = std::variant<Announce, Want>;

/// steelyard.mempool.v1.Message: 1 to ids_per_message_max names.
Bytes encode_announce_message(const AnnounceMessage& message);
Result<AnnounceMessage> decode_announce_message(ByteView bytes);

}  // namespace steelyard::mempool
