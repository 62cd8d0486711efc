// What stands between the engine of a Byzantine node and its signer and application.
#pragma once

#include "tests/sim/strategy.h"

namespace steelyard::sim {

/// Signs whatever it is asked to, as often as it is asked. The key outlives it.
class UnsafeSigner final : public engine::Signer {
public:
    UnsafeSigner(const engine::SigningKey& key, chain::ChainId chain_id)
        : key_(key), chain_id_(std::move(chain_id)) {}

    const crypto::PublicKey& public_key() const override { return key_.public_key(); }
    Result<chain::Vote> sign_vote(chain::Vote vote) override;
    Result<chain::Proposal> sign_proposal(chain::Proposal proposal) override;

private:
    const engine::SigningKey& key_;
    chain::ChainId chain_id_;
};

/// An application whose answers a strategy may change. All three outlive it.
class AdversaryApplication final : public abci::Application {
public:
    AdversaryApplication(abci::Application& inner, Strategy& strategy, Adversary& adversary)
        : inner_(inner), strategy_(strategy), adversary_(adversary) {}

    Result<abci::ApplicationInfo> info() override { return inner_.info(); }
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) override {
        return inner_.init_chain(genesis);
    }
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest& request) override;
    Result<bool> process_proposal(const chain::Block& block) override;
    Result<abci::BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) override;
    Result<void> commit() override { return inner_.commit(); }
    Result<abci::CheckTxResult> check_tx(ByteView tx, abci::CheckType type) override {
        return inner_.check_tx(tx, type);
    }
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override {
        return inner_.query(request);
    }

private:
    abci::Application& inner_;
    Strategy& strategy_;
    Adversary& adversary_;
};

}  // namespace steelyard::sim
