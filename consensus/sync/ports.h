// What block sync needs of the node: the chain that it extends.
#pragma once

#include "chain/block.h"
#include "chain/commit_verifier.h"
#include "consensus/core/chain_state.h"

namespace steelyard::sync {

/// A block that the chain has decided: more than two thirds of its height's validators signed the
/// commit, every signature of which was verified.
struct DecidedBlock {
    chain::BlockId id{};
    const chain::Block& block;
    const chain::PartSet& parts;
    const chain::VerifiedCommit& commit;
};

/// The chain of this node: its state, and how it grows. Consensus may grow it too, while block sync
/// does not.
class Chain {
public:
    virtual ~Chain() = default;

    virtual const consensus::ChainState& state() const = 0;

    /// Checks, stores and applies the next block, durably. An error is fatal: a write failed, or
    /// what the validators have decided is not valid by our rules.
    virtual Result<void> append(const DecidedBlock& decided) = 0;
};

}  // namespace steelyard::sync
