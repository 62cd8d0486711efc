// BlockStore: the blocks of the chain, their parts and their commits, from a base to a tip.
#pragma once

#include "chain/block.h"
#include "storage/kv_store.h"

#include <mutex>

namespace steelyard::storage {

/// The heights that a store holds, without a gap. Empty where base is above tip: the next block is
/// then that of height `base`, or of any height if `base` is 0.
struct BlockRange {
    chain::Height base{};
    chain::Height tip{};

    bool empty() const { return base > tip || tip == chain::Height(); }
    bool contains(chain::Height height) const {
        return !empty() && base <= height && height <= tip;
    }

    bool operator==(const BlockRange&) const = default;
};

/// Thread-safe. Owns all keys of its KvStore; doc/spec/storage.md shows them. Loading checks every
/// hash that covers what is loaded. Errors of loading: not_found, for a height outside of the
/// range; corrupt, with the height and the column, for what is inside of it and missing or wrong;
/// and those of KvStore.
class BlockStore {
public:
    /// `store` outlives the BlockStore.
    static Result<std::unique_ptr<BlockStore>> open(KvStore& store);

    BlockRange range() const;

    /// Makes durable the block that follows the tip, or the first one, together with the commit
    /// that this node has seen for it. Invalid, and nothing is written, if it breaks its own rules
    /// or does not follow. `parts` is complete, and is how this block was cut: that is not checked
    /// again.
    Result<void> save_block(
        const chain::Block& block, const chain::PartSet& parts, const chain::Commit& seen_commit
    );

    /// Makes the next block that of the height after `seen_commit`, in a store that never had one:
    /// how state sync begins.
    Result<void> start_after(const chain::Commit& seen_commit);

    Result<chain::Block> load_block(chain::Height height) const;
    Result<chain::BlockMeta> load_meta(chain::Height height) const;

    /// `index` is below the meta's count of parts, or the error is not_found.
    Result<chain::Part> load_part(chain::Height height, std::uint32_t index) const;

    /// The commit that the next block contains: not_found for the tip.
    Result<chain::Commit> load_commit(chain::Height height) const;

    /// What this node had seen when it saved the block, or was told by `start_after`.
    Result<chain::Commit> load_seen_commit(chain::Height height) const;

    Result<chain::Height> height_of(const chain::Hash256& block_hash) const;

    /// Removes everything of the heights below `height`, which is at most the tip. Returns how many
    /// blocks it removed: none, if they are gone already. A crash leaves some of them removed.
    Result<std::uint64_t> prune_below(chain::Height height);

    /// Removes the last block, durably: the one before it is the last then. Invalid if no block
    /// would be left.
    Result<void> remove_tip();

private:
    enum class Column : std::uint8_t;

    BlockStore(KvStore& store, const BlockRange& range) : store_(store), range_(range) {}

    static std::string_view name(Column column);
    Result<void> check_follows(const chain::Block& block, const chain::Commit& seen_commit) const;
    Result<Bytes> load(Column column, chain::Height height, ByteView key) const;
    Result<chain::Part> load_part_of(const chain::BlockMeta& meta, std::uint32_t index) const;
    Result<std::uint64_t> prune_batch(chain::Height height);
    void set_range(const BlockRange& range);

    KvStore& store_;
    std::mutex write_mutex_;
    mutable std::mutex range_mutex_;
    BlockRange range_;
};

}  // namespace steelyard::storage
