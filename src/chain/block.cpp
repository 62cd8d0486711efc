#include "chain/block.h"

#include "base/hex.h"
#include "base/protowire.h"

namespace steelyard::chain {
namespace {

// The tags and lengths of a block's header, data, evidence and commit, as CometBFT counts them.
constexpr std::int64_t block_overhead_max = 11;

Result<void> check_hash(std::string_view name, const Hash256& stated, const Hash256& actual) {
    if (stated != actual) {
        return invalid(
            "Block.header: {} is {}, the contents have {}",
            name,
            to_hex_upper(stated),
            to_hex_upper(actual)
        );
    }
    return {};
}

Result<void> check_last_commit(const Header& header, const std::optional<Commit>& commit) {
    if (header.last_block_id.has_value() != commit.has_value()) {
        return invalid("Block.last_commit: a last block and its commit go together");
    }
    if (!commit) {
        return {};
    }
    if (commit->height().next() != header.height) {
        return invalid(
            "Block.last_commit: is of height {} in block {}", commit->height(), header.height
        );
    }
    if (commit->block_id() != header.last_block_id) {
        return invalid("Block.last_commit: is not for the last block");
    }
    return {};
}

/// Reads a count that is not negative and not over its limit.
std::int64_t read_count(ProtoReader& reader, std::string_view name, std::size_t limit) {
    const std::int64_t count = reader.int64(name);
    if (count < 0 || count > static_cast<std::int64_t>(limit)) {
        reader.refuse(name, fmt::format("{} is not in 0..{}", count, limit));
        return 0;
    }
    return count;
}

}  // namespace

void seal_contents(Block& block) {
    block.header.last_commit_hash = last_commit_hash(block.last_commit);
    block.header.data_hash = data_hash(block.txs);
    block.header.evidence_hash = evidence_hash(block.evidence);
}

Result<void> validate(const Block& block) {
    const Header& header = block.header;
    TRY(check_last_commit(header, block.last_commit));
    TRY(check_hash("last_commit_hash", header.last_commit_hash, last_commit_hash(block.last_commit))
    );
    TRY(check_hash("data_hash", header.data_hash, data_hash(block.txs)));
    return check_hash("evidence_hash", header.evidence_hash, evidence_hash(block.evidence));
}

PartSet make_part_set(const Block& block) {
    return PartSet::cut(encode_block(block));
}

BlockId block_id(const Header& header, const PartSet& parts) {
    return BlockId{.hash = header_hash(header), .parts = parts.header()};
}

Bytes encode_block(const Block& block) {
    ProtoWriter writer;
    writer.message(1, encode_header(block.header));
    writer.message(2, encode_data(block.txs));
    writer.message(3, encode_evidence_list(block.evidence));
    writer.message(4, encode_last_commit(block.last_commit));
    return std::move(writer).take();
}

Result<Block> decode_block(ByteView bytes) {
    if (bytes.size() > block_size_max) {
        return fail(
            ErrorCode::too_large, "Block: has {} bytes, limit {}", bytes.size(), block_size_max
        );
    }
    Block block;
    ProtoReader reader("Block", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                block.header = reader.nested("header", decode_header(reader.message("header")));
                break;
            case 2:
                block.txs = reader.nested("data", decode_data(reader.message("data")));
                break;
            case 3:
                block.evidence =
                    reader.nested("evidence", decode_evidence_list(reader.message("evidence")));
                break;
            case 4:
                block.last_commit =
                    reader.nested("last_commit", decode_last_commit(reader.message("last_commit")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "header");
    reader.require(2, "data");
    reader.require(3, "evidence");
    reader.require(4, "last_commit");
    TRY(reader.finish());
    TRY(validate(block));
    return block;
}

std::optional<std::int64_t> data_size_max(
    std::size_t block_size, std::size_t evidence_size, std::size_t validators
) {
    const std::int64_t rest = static_cast<std::int64_t>(block_size) - block_overhead_max -
                              header_size_max - commit_size_max(validators) -
                              static_cast<std::int64_t>(evidence_size);
    return rest < 0 ? std::nullopt : std::optional(rest);
}

BlockMeta make_block_meta(const Block& block, const PartSet& parts) {
    return BlockMeta{
        .block_id = block_id(block.header, parts),
        .block_size = static_cast<std::int64_t>(parts.size()),
        .header = block.header,
        .num_txs = static_cast<std::int64_t>(block.txs.size()),
    };
}

Bytes encode_block_meta(const BlockMeta& meta) {
    ProtoWriter writer;
    writer.message(1, encode_block_id(meta.block_id));
    writer.int64(2, meta.block_size);
    writer.message(3, encode_header(meta.header));
    writer.int64(4, meta.num_txs);
    return std::move(writer).take();
}

Result<BlockMeta> decode_block_meta(ByteView bytes) {
    BlockMeta meta;
    ProtoReader reader("BlockMeta", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                meta.block_id =
                    reader.nested("block_id", decode_block_id(reader.message("block_id")));
                break;
            case 2:
                meta.block_size = read_count(reader, "block_size", block_size_max);
                break;
            case 3:
                meta.header = reader.nested("header", decode_header(reader.message("header")));
                break;
            case 4:
                meta.num_txs = read_count(reader, "num_txs", txs_max);
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "block_id");
    reader.require(3, "header");
    TRY(reader.finish());
    if (meta.block_id.hash != header_hash(meta.header)) {
        return invalid("BlockMeta.block_id: is not the header's hash");
    }
    if (meta.block_id.parts.total != parts_of(static_cast<std::size_t>(meta.block_size))) {
        return invalid(
            "BlockMeta.block_id: {} parts for {} bytes", meta.block_id.parts.total, meta.block_size
        );
    }
    return meta;
}

}  // namespace steelyard::chain
