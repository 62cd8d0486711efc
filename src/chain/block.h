// Block: a header and what its hashes stand for; and BlockMeta, what is kept of it beside its
// parts.
#pragma once

#include "chain/evidence.h"
#include "chain/header.h"
#include "chain/part_set.h"
#include "chain/txs.h"

namespace steelyard::chain {

struct Block {
    Header header{};
    std::vector<Bytes> txs{};
    std::vector<Evidence> evidence{};
    std::optional<Commit> last_commit{};  ///< nothing in the first block

    bool operator==(const Block&) const = default;
};

/// Sets the header's data_hash, evidence_hash and last_commit_hash from the rest of the block.
void seal_contents(Block& block);

/// The rules that need no state: the header's hashes are those of the contents; and either there is
/// neither a last block nor a commit, or the commit is for that block, one height below.
Result<void> validate(const Block& block);

/// The block in the parts in which it travels, and by which votes name it.
PartSet make_part_set(const Block& block);

/// The name of a block that was cut into these parts.
BlockId block_id(const Header& header, const PartSet& parts);

/// tendermint.types.Block. The reader refuses more than block_size_max bytes, and validates.
Bytes encode_block(const Block& block);
Result<Block> decode_block(ByteView bytes);

/// The bytes of a block that are left for transactions, each with its tag and length, when the
/// header is the longest, and each of so many validators has signed; or nothing if it is negative.
std::optional<std::int64_t> data_size_max(
    std::size_t block_size, std::size_t evidence_size, std::size_t validators
);

/// What answers questions about a block without loading it.
struct BlockMeta {
    BlockId block_id{};
    std::int64_t block_size = 0;  ///< in bytes, encoded
    Header header{};
    std::int64_t num_txs = 0;

    bool operator==(const BlockMeta&) const = default;
};

BlockMeta make_block_meta(const Block& block, const PartSet& parts);

/// tendermint.types.BlockMeta. The reader refuses a block id that is not the header's hash or
/// has not as many parts as the block's size takes.
Bytes encode_block_meta(const BlockMeta& meta);
Result<BlockMeta> decode_block_meta(ByteView bytes);

}  // namespace steelyard::chain
