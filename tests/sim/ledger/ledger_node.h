// LedgerNode: the ledger as a simulated node's application, with people who use it.
#pragma once

#include "ledger/app/application.h"
#include "tests/sim/ledger/town.h"
#include "tests/support/ledger/app_witness.h"

namespace steelyard::sim {

/// Invents transactions when a block is proposed. Tells the town what it does, if the node is
/// correct.
class LedgerNode final : public abci::Application {
public:
    /// What it is made from outlives it.
    struct Setup {
        storage::KvStore& store;
        Town& town;
        NodeIndex node = 0;
        bool is_correct = true;
        std::uint64_t seed = 0;
    };

    static Result<std::unique_ptr<LedgerNode>> open(const Setup& setup);

    Result<abci::ApplicationInfo> info() override { return inner_->info(); }
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) override {
        return inner_->init_chain(genesis);
    }
    Result<abci::CheckTxResult> check_tx(ByteView tx, abci::CheckType type) override {
        return inner_->check_tx(tx, type);
    }
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override {
        return inner_->query(request);
    }
    Result<bool> process_proposal(const chain::Block& block) override {
        return inner_->process_proposal(block);
    }
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest& request) override;
    Result<abci::BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) override;
    Result<void> commit() override;

private:
    void draw_market(
        const ledger::StateView& state,
        const ledger::BlockInfo& block,
        test::Dice& dice,
        std::vector<Bytes>& txs
    ) const;

    explicit LedgerNode(const Setup& setup) : setup_(setup) {}

    Setup setup_;
    std::unique_ptr<ledger::Application> inner_{};
};

}  // namespace steelyard::sim
