#include "index/block_cache.h"

namespace steelyard::index {

chain::TxProof ExecutedBlock::prove(std::size_t index) const {
    std::call_once(tree_once_, [this] { tree_.emplace(chain::tx_tree(block.txs)); });
    return chain::prove_tx(block.txs, index, *tree_);
}

Result<std::shared_ptr<const ExecutedBlock>> BlockCache::get(chain::Height height) {
    if (auto found = find(height)) {
        return found;
    }
    auto loaded = std::make_shared<ExecutedBlock>();
    TRY_ASSIGN(loaded->block, source_.load_block(height));
    TRY_ASSIGN(loaded->results, source_.load_results(height));
    if (loaded->results.tx_results.size() != loaded->block.txs.size()) {
        return fail(
            ErrorCode::corrupt,
            "height {}: {} transactions and {} results",
            height,
            loaded->block.txs.size(),
            loaded->results.tx_results.size()
        );
    }
    insert(loaded);
    return loaded;
}

std::shared_ptr<const ExecutedBlock> BlockCache::find(chain::Height height) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
        return entry.block->block.header.height == height;
    });
    if (found == entries_.end()) {
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found);
    return found->block;
}

void BlockCache::insert(const std::shared_ptr<const ExecutedBlock>& block) {
    std::size_t tx_bytes = 0;
    for (const Bytes& tx : block->block.txs) {
        tx_bytes += tx.size();
    }
    const std::lock_guard lock(mutex_);
    entries_.push_front({block, tx_bytes});
    tx_bytes_ += tx_bytes;
    while (entries_.size() > 1 && (entries_.size() > blocks_max || tx_bytes_ > tx_bytes_max)) {
        tx_bytes_ -= entries_.back().tx_bytes;
        entries_.pop_back();
    }
}

}  // namespace steelyard::index
