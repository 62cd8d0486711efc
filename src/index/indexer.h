// Indexer: finds transactions and blocks again: by hash, and by the attributes of their events.
#pragma once

#include "index/ports.h"

#include <mutex>

namespace steelyard::index {

/// Where a transaction stands in the chain.
struct TxPlace {
    chain::Height height{};
    std::uint32_t index = 0;

    auto operator<=>(const TxPlace&) const = default;
};

/// Counters since the start.
struct IndexerStats {
    std::uint64_t blocks = 0;
    std::uint64_t txs = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  ///< keys and values of those rows
};

/// Owns all keys of its KvStore; doc/spec/index.md shows the rows. Thread-safe. A block is there as
/// a whole or not at all. Writes are not synced: what a crash takes, `recover` writes again.
class Indexer {
public:
    /// `store` outlives the Indexer. An index of another format is `unsupported`.
    static Result<std::unique_ptr<Indexer>> open(storage::KvStore& store);

    /// The heights that are indexed, without a gap.
    storage::BlockRange range() const;

    /// Indexes the block after the last one; or any, as the first one.
    Result<void> add(const chain::Block& block, const abci::BlockResults& results);

    /// Indexes all blocks of the source that are not indexed yet; at start. Returns how many. An
    /// index that has a gap to the source's base begins anew there.
    Result<std::uint64_t> recover(const BlockSource& source);

    /// Forgets the heights below `height`, which the source must still have: call it before the
    /// blocks are pruned. Heights that the source has not any more are forgotten all the same,
    /// though their rows stay.
    Result<void> prune_below(const BlockSource& source, chain::Height height);

    /// Forgets the heights above `height`, which the source must still have: for a rollback.
    Result<void> forget_above(const BlockSource& source, chain::Height height);

    /// Nothing if the transaction is not indexed. Of one that is in several blocks: the last one
    /// that took effect, or the last one if none did.
    Result<std::optional<TxPlace>> find_tx(const chain::Hash256& hash) const;

    const storage::KvStore& store() const { return store_; }

    IndexerStats stats() const;

private:
    Indexer(storage::KvStore& store, const storage::BlockRange& range)
        : store_(store), range_(range) {}

    Result<void> forget(const BlockSource& source, chain::Height height);
    Result<void> set_range(storage::WriteBatch& batch, const storage::BlockRange& range);

    storage::KvStore& store_;
    std::mutex write_mutex_;
    mutable std::mutex mutex_;
    storage::BlockRange range_;
    IndexerStats stats_;
};

}  // namespace steelyard::index
