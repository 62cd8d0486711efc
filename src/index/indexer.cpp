#include "index/indexer.h"

#include "base/check.h"
#include "base/protowire.h"
#include "chain/txs.h"
#include "index/rows.h"

namespace steelyard::index {

using chain::Height;
using storage::BlockRange;
using storage::WriteBatch;

namespace {

/// The rows of a block that events make.
struct BlockRows {
    EventRows txs;
    EventRows block;

    explicit BlockRows(const abci::BlockResults& results) {
        for (std::size_t i = 0; i < results.tx_results.size(); ++i) {
            txs.add(static_cast<std::uint32_t>(i), results.tx_results[i].events);
        }
        block.add(0, results.events);
    }
};

/// Puts a row for each transaction. One that failed does not hide an earlier one that did not.
Result<void> put_tx_places(
    WriteBatch& batch,
    const storage::KvStore& store,
    const chain::Block& block,
    const abci::BlockResults& results
) {
    for (std::size_t i = 0; i < block.txs.size(); ++i) {
        const Bytes key = tx_place_key(chain::tx_hash(block.txs[i]));
        const bool failed = results.tx_results[i].code != 0;
        if (failed) {
            TRY_ASSIGN(const auto stored, store.get(key));
            if (stored) {
                TRY_ASSIGN(const TxRow before, decode_tx_row(*stored));
                if (!before.failed) {
                    continue;
                }
            }
        }
        const TxPlace place{block.header.height, static_cast<std::uint32_t>(i)};
        batch.put(key, encode_tx_row({place, failed}));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Indexer>> Indexer::open(storage::KvStore& store) {
    TRY_ASSIGN(const auto stored, store.get(range_key()));
    BlockRange range;
    if (stored) {
        TRY_ASSIGN(range, decode_range(*stored));
    }
    return std::unique_ptr<Indexer>(new Indexer(store, range));
}

BlockRange Indexer::range() const {
    const std::lock_guard lock(mutex_);
    return range_;
}

IndexerStats Indexer::stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
}

Result<void> Indexer::set_range(WriteBatch& batch, const BlockRange& range) {
    batch.put(range_key(), encode_range(range));
    TRY(store_.write(batch, storage::Durability::buffered));
    const std::lock_guard lock(mutex_);
    range_ = range;
    return {};
}

Result<void> Indexer::add(const chain::Block& block, const abci::BlockResults& results) {
    const std::lock_guard lock(write_mutex_);
    const Height height = block.header.height;
    BlockRange grown = range();
    if (!grown.empty() && height != grown.tip.next()) {
        return invalid("index: block {} does not follow block {}", height, grown.tip);
    }
    if (results.tx_results.size() != block.txs.size()) {
        return invalid(
            "index: block {} has {} transactions and {} results",
            height,
            block.txs.size(),
            results.tx_results.size()
        );
    }
    WriteBatch batch;
    TRY(put_tx_places(batch, store_, block, results));
    const BlockRows rows(results);
    rows.txs.put(batch, Table::tx_events, height);
    rows.block.put(batch, Table::block_events, height);
    Bytes count;
    append_uvarint(count, block.txs.size());
    batch.put(tx_count_key(height), count);
    if (grown.empty()) {
        grown.base = height;
    }
    grown.tip = height;
    TRY(set_range(batch, grown));

    const std::lock_guard stats_lock(mutex_);
    ++stats_.blocks;
    stats_.txs += block.txs.size();
    stats_.rows += batch.size();
    stats_.bytes += batch.byte_size();
    return {};
}

Result<std::uint64_t> Indexer::recover(const BlockSource& source) {
    const BlockRange blocks = source.range();
    if (blocks.empty()) {
        return 0;
    }
    BlockRange indexed = range();
    if (!indexed.empty() && indexed.tip > blocks.tip) {
        WriteBatch batch;
        indexed.tip = blocks.tip;
        TRY(set_range(batch, indexed));
    }
    if (indexed.empty() || indexed.tip.next() < blocks.base) {
        WriteBatch batch;
        TRY(set_range(batch, {blocks.base, blocks.base.previous()}));
        indexed = {blocks.base, blocks.base.previous()};
    }
    std::uint64_t added = 0;
    for (Height height = indexed.tip.next(); height <= blocks.tip; height = height.next()) {
        TRY_ASSIGN(const auto block, source.load_block(height));
        TRY_ASSIGN(const auto results, source.load_results(height));
        TRY(add(block, results));
        ++added;
    }
    return added;
}

Result<void> Indexer::forget(const BlockSource& source, Height height) {
    const auto block = source.load_block(height);
    const auto results = source.load_results(height);
    for (const Error* error :
         {block ? nullptr : &block.error(), results ? nullptr : &results.error()}) {
        if (error != nullptr) {
            return error->code() == ErrorCode::not_found ? Result<void>() : std::unexpected(*error);
        }
    }
    WriteBatch batch;
    for (const Bytes& tx : block->txs) {
        const chain::Hash256 hash = chain::tx_hash(tx);
        TRY_ASSIGN(const auto place, find_tx(hash));
        if (place && place->height == height) {
            batch.erase(tx_place_key(hash));
        }
    }
    const BlockRows rows(*results);
    rows.txs.erase(batch, Table::tx_events, height);
    rows.block.erase(batch, Table::block_events, height);
    batch.erase(tx_count_key(height));
    return store_.write(batch, storage::Durability::buffered);
}

Result<void> Indexer::prune_below(const BlockSource& source, Height height) {
    const std::lock_guard lock(write_mutex_);
    BlockRange kept = range();
    while (!kept.empty() && kept.base < std::min(height, kept.tip)) {
        TRY(forget(source, kept.base));
        kept.base = kept.base.next();
        WriteBatch batch;
        TRY(set_range(batch, kept));
    }
    return {};
}

Result<void> Indexer::forget_above(const BlockSource& source, Height height) {
    const std::lock_guard lock(write_mutex_);
    BlockRange kept = range();
    while (!kept.empty() && kept.tip > height) {
        TRY(forget(source, kept.tip));
        kept.tip = kept.tip.previous();
        WriteBatch batch;
        TRY(set_range(batch, kept));
    }
    return {};
}

Result<std::optional<TxPlace>> Indexer::find_tx(const chain::Hash256& hash) const {
    TRY_ASSIGN(const auto row, store_.get(tx_place_key(hash)));
    if (!row) {
        return std::nullopt;
    }
    TRY_ASSIGN(const TxRow found, decode_tx_row(*row));
    return found.place;
}

}  // namespace steelyard::index
