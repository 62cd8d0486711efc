// BlockExecutor: makes, checks and applies blocks: the way between consensus and the application.
#pragma once

#include "consensus/engine/ports.h"
#include "storage/kv_store.h"

namespace steelyard::evidence {
class Pool;
}

namespace steelyard::engine {

/// Holds the chain's state, which moves with `apply` only. Stores in `store`: the state, and for
/// each height the validator set and what the block gave.
class BlockExecutor {
public:
    /// Restores the state, or makes the first one from the genesis document and the application.
    /// All arguments outlive the executor.
    static Result<std::unique_ptr<BlockExecutor>> open(
        storage::KvStore& store,
        const chain::GenesisDoc& genesis,
        Application& application,
        evidence::Pool& evidence,
        chain::SignatureVerifier verify = chain::verify_one_by_one
    );

    const consensus::ChainState& state() const { return state_; }

    /// A block for us to propose. `last_commit` is of the state's last block.
    Result<chain::Block> build(
        const std::optional<chain::Commit>& last_commit, const chain::Address& proposer
    );

    /// Whether the block may follow the state, its evidence is true and the application takes it.
    /// An error is ours; a bad block is a verdict, with the reason.
    struct Verdict {
        bool valid = false;
        std::string reason{};
    };
    Result<Verdict> check(const chain::BlockId& id, const chain::Block& block);

    /// Executes a decided block and moves the state on, durably.
    Result<BlockResults> apply(const chain::BlockId& id, const chain::Block& block);

    /// The validators of a height up to the next one but one, as long as they are kept.
    Result<chain::ValidatorSet> validators(chain::Height height) const;

private:
    storage::KvStore& store_;
    Application& application_;
    evidence::Pool& evidence_;
    chain::SignatureVerifier verify_;
    consensus::ChainState state_;
    std::optional<consensus::VerifiedBlock> verified_{};  ///< the last block that `check` admitted
};

}  // namespace steelyard::engine
