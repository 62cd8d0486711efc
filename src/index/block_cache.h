// BlockCache: the last blocks that were read, decoded, so that asking for one transaction of a
// block after the other is cheap.
#pragma once

#include "chain/txs.h"
#include "index/ports.h"

#include <list>
#include <memory>
#include <mutex>
#include <optional>

namespace steelyard::index {

/// A block and what it gave. Thread-safe when it is const.
struct ExecutedBlock {
    chain::Block block{};
    abci::BlockResults results{};

    /// That transaction `index`, below their count, stands in the block. The first proof hashes all
    /// transactions, the others none.
    chain::TxProof prove(std::size_t index) const;

private:
    mutable std::once_flag tree_once_;
    mutable std::optional<crypto::MerkleTree> tree_;
};

/// Thread-safe.
class BlockCache {
public:
    /// How many blocks are kept, and of how many bytes of transactions; one always is.
    static constexpr std::size_t blocks_max = 8;
    static constexpr std::size_t tx_bytes_max = 8 << 20;

    /// `source` outlives the cache.
    explicit BlockCache(const BlockSource& source) : source_(source) {}

    /// The errors are the source's; corrupt, where block and results do not fit.
    Result<std::shared_ptr<const ExecutedBlock>> get(chain::Height height);

private:
    struct Entry {
        std::shared_ptr<const ExecutedBlock> block;
        std::size_t tx_bytes;
    };

    std::shared_ptr<const ExecutedBlock> find(chain::Height height);
    void insert(const std::shared_ptr<const ExecutedBlock>& block);

    const BlockSource& source_;
    std::mutex mutex_;
    std::list<Entry> entries_;  ///< the last one read first
    std::size_t tx_bytes_ = 0;
};

}  // namespace steelyard::index
