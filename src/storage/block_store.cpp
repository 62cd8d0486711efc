#include "storage/block_store.h"

#include "base/endian.h"
#include "base/hex.h"

namespace steelyard::storage {

using chain::Block;
using chain::BlockMeta;
using chain::Commit;
using chain::Hash256;
using chain::Height;
using chain::Part;

/// The first byte of a key. The numbers are stored.
enum class BlockStore::Column : std::uint8_t {
    range = 0,
    meta = 1,
    part = 2,
    commit = 3,
    seen_commit = 4,
    hash = 5,
};

std::string_view BlockStore::name(Column column) {
    switch (column) {
        case Column::range:
            return "range";
        case Column::meta:
            return "meta";
        case Column::part:
            return "part";
        case Column::commit:
            return "commit";
        case Column::seen_commit:
            return "seen commit";
        case Column::hash:
            return "hash";
    }
    CHECK(false);
}

namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::size_t range_size = 1 + 2 * sizeof(std::uint64_t);

/// A batch of erasures is full when it has so many; the parts of one block more may come on top.
constexpr std::size_t prune_operations_max = 1000;

template <typename Column>
Bytes key_of(Column column) {
    return {static_cast<std::uint8_t>(column)};
}

template <typename Column>
Bytes key_of(Column column, Height height) {
    Bytes key = key_of(column);
    append_be(key, static_cast<std::uint64_t>(height.value()));
    return key;
}

template <typename Column>
Bytes key_of(Column column, Height height, std::uint32_t index) {
    Bytes key = key_of(column, height);
    append_be(key, index);
    return key;
}

template <typename Column>
Bytes key_of(Column column, const Hash256& hash) {
    Bytes key = key_of(column);
    append(key, hash);
    return key;
}

Bytes encode_height(Height height) {
    Bytes out;
    append_be(out, static_cast<std::uint64_t>(height.value()));
    return out;
}

Result<Height> decode_height(ByteView bytes) {
    if (bytes.size() != sizeof(std::uint64_t)) {
        return invalid("a height of {} bytes", bytes.size());
    }
    return Height::parse(static_cast<std::int64_t>(load_be<std::uint64_t>(bytes.data())));
}

Bytes encode_range(const BlockRange& range) {
    Bytes out = {format_version};
    append(out, encode_height(range.base));
    append(out, encode_height(range.tip));
    return out;
}

Result<BlockRange> decode_range(ByteView bytes) {
    if (bytes.empty() || bytes[0] != format_version) {
        return fail(ErrorCode::unsupported, "another format than {}", format_version);
    }
    if (bytes.size() != range_size) {
        return invalid("{} bytes instead of {}", bytes.size(), range_size);
    }
    TRY_ASSIGN(const Height base, decode_height(bytes.subspan(1, sizeof(std::uint64_t))));
    TRY_ASSIGN(const Height tip, decode_height(bytes.subspan(1 + sizeof(std::uint64_t))));
    if (base == Height() || tip.next() < base) {
        return invalid("blocks {} to {}", base, tip);
    }
    return BlockRange{base, tip};
}

std::unexpected<Error> damaged(std::string_view column, Height height, std::string_view why) {
    return fail(ErrorCode::corrupt, "block store, height {}, {}: {}", height, column, why);
}

}  // namespace

Result<std::unique_ptr<BlockStore>> BlockStore::open(KvStore& store) {
    TRY_ASSIGN(const auto bytes, store.get(key_of(Column::range)));
    BlockRange range;
    if (bytes) {
        auto stored = decode_range(*bytes);
        if (!stored && stored.error().code() == ErrorCode::unsupported) {
            return std::unexpected(std::move(stored).error().in("block store"));
        }
        if (!stored) {
            return damaged(name(Column::range), Height(), stored.error().message());
        }
        range = *stored;
    }
    return std::unique_ptr<BlockStore>(new BlockStore(store, range));
}

BlockRange BlockStore::range() const {
    const std::lock_guard lock(range_mutex_);
    return range_;
}

void BlockStore::set_range(const BlockRange& range) {
    const std::lock_guard lock(range_mutex_);
    range_ = range;
}

Result<void> BlockStore::check_follows(const Block& block, const Commit& seen_commit) const {
    const BlockRange now = range();
    const Height height = block.header.height;
    if (now.base != Height() && height != now.tip.next()) {
        return invalid("block {} does not follow the stored block {}", height, now.tip);
    }
    if (height == Height()) {
        return invalid("block 0 is not a block");
    }
    if (now.base != Height()) {
        // Also after `start_after`, where the tip has this commit only.
        TRY_ASSIGN(const Commit tip, load_seen_commit(now.tip));
        if (block.header.last_block_id != tip.block_id()) {
            return invalid("block {} is built on another block {}", height, now.tip);
        }
    }
    if (seen_commit.height() != height) {
        return invalid("the commit of block {} is for height {}", height, seen_commit.height());
    }
    return {};
}

Result<void> BlockStore::save_block(
    const Block& block, const chain::PartSet& parts, const Commit& seen_commit
) {
    CHECK(parts.is_complete());
    const std::lock_guard lock(write_mutex_);
    TRY(chain::validate(block));
    TRY(check_follows(block, seen_commit));
    const Height height = block.header.height;
    const BlockMeta meta = make_block_meta(block, parts);
    if (seen_commit.block_id() != meta.block_id) {
        return invalid("the commit of block {} is for another block", height);
    }

    WriteBatch batch;
    for (std::uint32_t i = 0; i < parts.header().total; ++i) {
        const std::optional<Part>& part = parts.part(i);
        CHECK(part.has_value());
        batch.put(key_of(Column::part, height, i), encode_part(*part));
    }
    batch.put(key_of(Column::meta, height), encode_block_meta(meta));
    batch.put(key_of(Column::seen_commit, height), encode_commit(seen_commit));
    batch.put(key_of(Column::hash, meta.block_id.hash), encode_height(height));
    BlockRange grown = range();
    if (grown.empty()) {
        grown.base = height;
    } else {
        CHECK(block.last_commit.has_value());  // since the block is valid and has a last block id
        batch.put(key_of(Column::commit, height.previous()), encode_commit(*block.last_commit));
    }
    grown.tip = height;
    batch.put(key_of(Column::range), encode_range(grown));
    TRY(store_.write(batch, Durability::synced));
    set_range(grown);
    return {};
}

Result<void> BlockStore::start_after(const Commit& seen_commit) {
    const std::lock_guard lock(write_mutex_);
    if (range() != BlockRange()) {
        return invalid("the block store has had blocks, up to {}", range().tip);
    }
    const BlockRange start{seen_commit.height().next(), seen_commit.height()};
    WriteBatch batch;
    batch.put(key_of(Column::seen_commit, seen_commit.height()), encode_commit(seen_commit));
    batch.put(key_of(Column::range), encode_range(start));
    TRY(store_.write(batch, Durability::synced));
    set_range(start);
    return {};
}

/// A record that the range promises. What is not there is damage only if the range held the height
/// both before and after: saving puts it there, and pruning takes it away, at any moment.
Result<Bytes> BlockStore::load(Column column, Height height, ByteView key) const {
    const BlockRange before = range();
    TRY_ASSIGN(auto bytes, store_.get(key));
    if (bytes) {
        return *std::move(bytes);
    }
    if (column == Column::commit && height == before.tip) {
        return fail(ErrorCode::not_found, "block {} is the last: no block has its commit", height);
    }
    const BlockRange now = range();
    if (before.contains(height) && now.contains(height)) {
        return damaged(name(column), height, "missing");
    }
    if (now.empty()) {
        return fail(ErrorCode::not_found, "block {} is not available: no block is", height);
    }
    return fail(
        ErrorCode::not_found,
        "block {} is not available, only {} to {} are",
        height,
        now.base,
        now.tip
    );
}

Result<BlockMeta> BlockStore::load_meta(Height height) const {
    TRY_ASSIGN(const Bytes bytes, load(Column::meta, height, key_of(Column::meta, height)));
    auto meta = chain::decode_block_meta(bytes);
    if (!meta) {
        return damaged(name(Column::meta), height, meta.error().message());
    }
    if (meta->header.height != height) {
        return damaged(name(Column::meta), height, "it is of another height");
    }
    return meta;
}

Result<Part> BlockStore::load_part_of(const BlockMeta& meta, std::uint32_t index) const {
    const Height height = meta.header.height;
    TRY_ASSIGN(const Bytes bytes, load(Column::part, height, key_of(Column::part, height, index)));
    auto part = chain::decode_part(bytes);
    if (!part) {
        return damaged(name(Column::part), height, part.error().message());
    }
    if (part->index() != index || part->proof.total != meta.block_id.parts.total) {
        return damaged(name(Column::part), height, "it is another part");
    }
    const auto proven =
        crypto::verify_merkle_proof(part->proof, meta.block_id.parts.hash, part->bytes);
    if (!proven) {
        return damaged(name(Column::part), height, proven.error().message());
    }
    return part;
}

Result<Part> BlockStore::load_part(Height height, std::uint32_t index) const {
    TRY_ASSIGN(const BlockMeta meta, load_meta(height));
    const std::uint32_t total = meta.block_id.parts.total;
    if (index >= total) {
        return fail(ErrorCode::not_found, "block {} has no part {}, only {}", height, index, total);
    }
    return load_part_of(meta, index);
}

Result<Block> BlockStore::load_block(Height height) const {
    TRY_ASSIGN(const BlockMeta meta, load_meta(height));
    Bytes bytes;
    for (std::uint32_t i = 0; i < meta.block_id.parts.total; ++i) {
        TRY_ASSIGN(const Part part, load_part_of(meta, i));
        append(bytes, part.bytes);
    }
    auto block = chain::decode_block(bytes);
    if (!block) {
        return damaged(name(Column::part), height, block.error().message());
    }
    if (block->header != meta.header) {
        return damaged(name(Column::part), height, "its header is not the meta's");
    }
    if (meta.block_size != static_cast<std::int64_t>(bytes.size()) ||
        meta.num_txs != static_cast<std::int64_t>(block->txs.size())) {
        return damaged(name(Column::meta), height, "it counts other bytes or transactions");
    }
    return block;
}

Result<Commit> BlockStore::load_commit(Height height) const {
    TRY_ASSIGN(const Bytes bytes, load(Column::commit, height, key_of(Column::commit, height)));
    auto commit = chain::decode_commit(bytes);
    if (!commit) {
        return damaged(name(Column::commit), height, commit.error().message());
    }
    TRY_ASSIGN(const BlockMeta next, load_meta(height.next()));
    if (chain::last_commit_hash(*commit) != next.header.last_commit_hash ||
        commit->block_id() != next.header.last_block_id || commit->height() != height) {
        return damaged(name(Column::commit), height, "the next block has another one");
    }
    return commit;
}

Result<Commit> BlockStore::load_seen_commit(Height height) const {
    TRY_ASSIGN(
        const Bytes bytes, load(Column::seen_commit, height, key_of(Column::seen_commit, height))
    );
    auto commit = chain::decode_commit(bytes);
    if (!commit) {
        return damaged(name(Column::seen_commit), height, commit.error().message());
    }
    if (commit->height() != height) {
        return damaged(name(Column::seen_commit), height, "it is of another height");
    }
    if (range().contains(height)) {
        TRY_ASSIGN(const BlockMeta meta, load_meta(height));
        if (commit->block_id() != meta.block_id) {
            return damaged(name(Column::seen_commit), height, "it is of another block");
        }
    }
    return commit;
}

Result<Height> BlockStore::height_of(const Hash256& block_hash) const {
    TRY_ASSIGN(const auto bytes, store_.get(key_of(Column::hash, block_hash)));
    if (!bytes) {
        return fail(ErrorCode::not_found, "no block has the hash {}", to_hex(block_hash));
    }
    const auto height = decode_height(*bytes);
    if (!height) {
        return damaged(name(Column::hash), Height(), height.error().message());
    }
    TRY_ASSIGN(const BlockMeta meta, load_meta(*height));
    if (meta.block_id.hash != block_hash) {
        return damaged(name(Column::hash), *height, "the block there has another hash");
    }
    return *height;
}

Result<std::uint64_t> BlockStore::prune_below(Height height) {
    const std::lock_guard lock(write_mutex_);
    if (height > range().tip) {
        return invalid("blocks below {} cannot go: the last is {}", height, range().tip);
    }
    std::uint64_t pruned = 0;
    while (range().base < height) {
        TRY_ASSIGN(const std::uint64_t count, prune_batch(height));
        pruned += count;
    }
    return pruned;
}

Result<void> BlockStore::remove_tip() {
    const std::lock_guard lock(write_mutex_);
    const BlockRange before = range();
    if (before.empty() || before.base == before.tip) {
        return invalid("the block at height {} cannot go: none would be left", before.tip);
    }
    TRY_ASSIGN(const BlockMeta meta, load_meta(before.tip));
    WriteBatch batch;
    for (std::uint32_t i = 0; i < meta.block_id.parts.total; ++i) {
        batch.erase(key_of(Column::part, before.tip, i));
    }
    batch.erase(key_of(Column::meta, before.tip));
    batch.erase(key_of(Column::commit, before.tip.previous()));
    batch.erase(key_of(Column::seen_commit, before.tip));
    batch.erase(key_of(Column::hash, meta.block_id.hash));
    const BlockRange after{before.base, before.tip.previous()};
    batch.put(key_of(Column::range), encode_range(after));
    set_range(after);  // first, so that no reader misses what is gone
    return store_.write(batch, Durability::synced);
}

/// Moves the base up, as far as one batch allows. The new base and the erasures take effect
/// together; they need not be durable at once, since an older state is whole too.
Result<std::uint64_t> BlockStore::prune_batch(Height height) {
    const BlockRange before = range();
    WriteBatch batch;
    batch.erase(key_of(Column::seen_commit, before.base.previous()));  // of `start_after`
    Height base = before.base;
    for (; base < height && batch.size() < prune_operations_max; base = base.next()) {
        TRY_ASSIGN(const BlockMeta meta, load_meta(base));
        for (std::uint32_t i = 0; i < meta.block_id.parts.total; ++i) {
            batch.erase(key_of(Column::part, base, i));
        }
        batch.erase(key_of(Column::meta, base));
        batch.erase(key_of(Column::commit, base));
        batch.erase(key_of(Column::seen_commit, base));
        batch.erase(key_of(Column::hash, meta.block_id.hash));
    }
    const BlockRange after{base, before.tip};
    batch.put(key_of(Column::range), encode_range(after));
    set_range(after);  // first, so that no reader misses what is gone
    TRY(store_.write(batch, Durability::buffered));
    return static_cast<std::uint64_t>(base.value() - before.base.value());
}

}  // namespace steelyard::storage
