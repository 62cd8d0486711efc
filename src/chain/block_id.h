// BlockId: the hash of a block's header together with the root of the parts that carry it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "chain/ids.h"

#include <optional>

namespace steelyard::chain {

/// The largest block, encoded.
inline constexpr std::size_t block_size_max = 100 << 20;

/// A block travels in parts of this size; only the last one may be shorter.
inline constexpr std::size_t part_size = 65'536;

/// The most parts of a block. CometBFT allows one more than 100 MiB need. Votes for more are votes
/// all the same: anyone may claim a total, but no such block can be proposed or gathered.
inline constexpr std::uint32_t parts_max = 1601;

/// How many parts a block has, and the Merkle root over them.
struct PartSetHeader {
    std::uint32_t total = 0;  ///< from 1
    Hash256 hash{};

    auto operator<=>(const PartSetHeader&) const = default;
};

/// A block. "No block" (a vote for nil, the parent of the first block) is an empty optional.
struct BlockId {
    Hash256 hash{};
    PartSetHeader parts;

    auto operator<=>(const BlockId&) const = default;
};

/// tendermint.types.PartSetHeader.
Bytes encode_part_set_header(const PartSetHeader& header);
Result<PartSetHeader> decode_part_set_header(ByteView bytes);

/// tendermint.types.BlockID, and byte for byte also CanonicalBlockID.
Bytes encode_block_id(const BlockId& id);
Result<BlockId> decode_block_id(ByteView bytes);

/// The same where there may be no block, whose encoding is `12 00`.
Bytes encode_optional_block_id(const std::optional<BlockId>& id);
Result<std::optional<BlockId>> decode_optional_block_id(ByteView bytes);

}  // namespace steelyard::chain
