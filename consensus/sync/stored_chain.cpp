#include "consensus/sync/stored_chain.h"

#include "consensus/engine/recovery.h"

namespace steelyard::sync {

Result<std::unique_ptr<StoredChain>> StoredChain::open(const Parts& parts) {
    TRY(engine::apply_stored_block(parts.executor, parts.blocks, parts.observer));
    return std::unique_ptr<StoredChain>(new StoredChain(parts));
}

Result<void> StoredChain::append(const DecidedBlock& decided) {
    const chain::Block& block = decided.block;
    TRY_ASSIGN(const auto verdict, parts_.executor.validate(decided.id, block));
    if (!verdict.valid) {
        return invalid(
            "more than two thirds precommitted an invalid block at height {}: {}",
            block.header.height,
            verdict.reason
        );
    }
    const chain::Commit& commit = decided.commit.commit();
    TRY(parts_.blocks.save_block(block, decided.parts, commit));
    TRY_ASSIGN(const auto results, parts_.executor.apply(decided.id, block));
    parts_.executor.know(decided.commit);  // not before: until then that of the block before counts
    if (parts_.observer) {
        parts_.observer->on_committed(block, commit, results);
    }
    return {};
}

}  // namespace steelyard::sync
