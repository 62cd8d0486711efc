// Inspection: a ledger's state on disk, for the tools of operators.
#pragma once

#include "chain/genesis.h"
#include "ledger/app/tree_reader.h"
#include "ledger/invariants/invariants.h"
#include "ledger/state/context.h"

#include <memory>

namespace steelyard::ledger {

class Inspection {
public:
    /// Reads the whole state, whose records must give its app hash; the store outlives it. Errors:
    /// those of StateTree::open, and not_found where no block was committed.
    static Result<std::unique_ptr<Inspection>> open(storage::KvStore& store);

    const BlockInfo& block() const { return block_; }
    const crypto::Hash256& app_hash() const { return tree_->head()->app_hash; }

    /// What does not hold of the state (doc/spec/ledger.md, "Invariants").
    std::vector<invariants::Breach> breaches() const;

    /// What the supply of the base denomination was in the genesis, as the state tells it.
    chain::Amount genesis_supply() const;

    /// A document from which a chain goes on at the next height.
    chain::GenesisDoc export_genesis() const;

private:
    Inspection(std::unique_ptr<storage::StateTree> tree, BlockInfo block);

    std::unique_ptr<storage::StateTree> tree_;
    TreeReader reader_;
    BlockInfo block_;
};

/// What a genesis document says that the supply of the base denomination is.
Result<chain::Amount> supply_of(const chain::GenesisDoc& doc);

}  // namespace steelyard::ledger
