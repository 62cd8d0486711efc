// BlockExecutor: makes, checks and applies blocks: the way between consensus and the application.
#pragma once

#include "consensus/core/block_rules.h"
#include "consensus/engine/ports.h"
#include "consensus/engine/state_store.h"
#include "consensus/evidence/pool.h"
#include "storage/block_store.h"

namespace steelyard::engine {

/// What the next state depends on.
consensus::BlockOutcome outcome_of(const abci::BlockResults& results);

/// Called with the transactions of a block before the application gets it, and returns when it may:
/// the node's threads call Application::prepare_tx for them.
using TxPreparer = std::function<void(std::span<const Bytes>)>;

/// Holds the chain's state, which moves with `apply` only.
class BlockExecutor {
public:
    struct Parts {
        StateStore& states;
        storage::BlockStore& blocks;
        evidence::Pool& evidence;
        abci::Application& application;
        TxPool* pool = nullptr;  ///< nothing: the application has transactions of its own
        TxPreparer prepare{};    ///< nothing: the application does without
    };

    /// Restores the state, or makes the first one from the genesis document and the application's
    /// answer to it; then brings the application and the evidence pool, which may be behind after a
    /// crash, to where the state is. All of `parts` outlive the executor. Corrupt: a state of
    /// another genesis, an application that is elsewhere than any crash leaves it.
    static Result<std::unique_ptr<BlockExecutor>> open(
        const Parts& parts,
        const chain::GenesisDoc& genesis,
        chain::SignatureVerifier verify = chain::verify_one_by_one
    );

    const consensus::ChainState& state() const { return state_; }

    /// Whether a block would have anything in it: transactions, which an application without a pool
    /// may always have, or evidence.
    bool has_work() const;

    using Built = std::variant<chain::Block, abci::Abstention>;

    /// A block for us to propose, without evidence if the application refuses it with what waits;
    /// or none, if the application abstains. `last_commit` is of the state's last block.
    Result<Built> build(
        const std::optional<chain::Commit>& last_commit, const chain::Address& proposer
    );

    /// Whether the block may follow the state, its evidence is true and the application takes it.
    /// An error is ours; a bad block is a verdict, with the reason.
    struct Verdict {
        bool valid = false;
        std::string reason{};
    };
    Result<Verdict> check(const chain::BlockId& id, const chain::Block& block);

    /// The same without asking the application: for a block that is decided.
    Result<Verdict> validate(const chain::BlockId& id, const chain::Block& block);

    /// Tells of a commit that is verified already: the next block that holds it need not have it
    /// verified again.
    void know(chain::VerifiedCommit commit) { known_commit_ = std::move(commit); }

    /// Executes a decided block and moves the state on, durably.
    Result<abci::BlockResults> apply(const chain::BlockId& id, const chain::Block& block);

private:
    BlockExecutor(const Parts& parts, chain::SignatureVerifier verify, consensus::ChainState state);

    static Result<consensus::ChainState> begin_chain(
        const Parts& parts, const chain::GenesisDoc& genesis, const abci::ApplicationInfo& info
    );
    Result<void> resume(const chain::GenesisDoc& genesis);
    Result<void> repeat_for_application(chain::Height height);
    Result<void> commit(const chain::Block& block, const abci::BlockResults& results);
    Result<abci::BlockResults> finalize(const chain::BlockId& id, const chain::Block& block);
    void prepare(const chain::BlockId& id, const chain::Block& block);

    Parts parts_;
    chain::SignatureVerifier verify_;
    consensus::ChainState state_;
    chain::Height application_height_{};                  ///< what the application has committed
    std::optional<consensus::VerifiedBlock> verified_{};  ///< the last block that was validated
    std::optional<chain::VerifiedCommit> known_commit_{};
    std::optional<chain::Hash256> prepared_{};  ///< the last block whose transactions were
};

}  // namespace steelyard::engine
