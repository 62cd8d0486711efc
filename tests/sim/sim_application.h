// SimApplication: a small replicated state machine, whose state is the hash of all that it did.
#pragma once

#include "consensus/engine/ports.h"
#include "storage/kv_store.h"
#include "tests/sim/options.h"

namespace steelyard::sim {

/// What every node's application knows before the first block.
struct SimChain {
    std::vector<crypto::PublicKey> keys{};     ///< of the nodes
    std::vector<PowerChange> power_changes{};  ///< by ascending height
};

/// Transactions are texts that begin with "tx"; anything else in a block makes it unacceptable. A
/// transaction's result depends on its bytes and on the state before it. State lasts from `commit`
/// on. Errors: blocks that come in a wrong order, or are executed without what they stand on.
class SimApplication final : public abci::Application {
public:
    struct Habits {
        Permille large = 0;     ///< blocks that have more than one part can hold
        Permille abstains = 0;  ///< turns without a proposal
    };

    /// `store` and `chain` outlive the application. `seed` is for what this node proposes.
    SimApplication(
        storage::KvStore& store, const SimChain& chain, std::uint64_t seed, Habits habits
    );

    Result<abci::ApplicationInfo> info() override;
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) override;
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest& request) override;
    Result<bool> process_proposal(const chain::Block& block) override;
    Result<abci::BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) override;
    Result<void> commit() override;
    Result<abci::CheckTxResult> check_tx(ByteView, abci::CheckType) override {
        return abci::CheckTxResult{};
    }
    Result<abci::QueryResult> query(const abci::QueryRequest&) override {
        return abci::QueryResult{};
    }

private:
    struct State {
        chain::Height height{};
        chain::Hash256 hash{};
    };

    Result<State> load() const;

    storage::KvStore& store_;
    const SimChain& chain_;
    std::uint64_t seed_;
    Habits habits_;
    SeededRandom abstaining_;
    std::optional<State> finalized_{};  ///< not yet committed
};

}  // namespace steelyard::sim
