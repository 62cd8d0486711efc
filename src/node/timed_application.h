// TimedApplication: an application whose calls are timed and counted.
#pragma once

#include "abci/application.h"
#include "base/clock.h"
#include "rpc/metrics.h"

namespace steelyard::node {

/// Passes everything on. As thread-safe as what it wraps.
class TimedApplication final : public abci::Application {
public:
    /// The metrics and the clock outlive it.
    TimedApplication(
        std::unique_ptr<abci::Application> application, rpc::Metrics& metrics, const Clock& clock
    );

    Result<abci::ApplicationInfo> info() override;
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) override;
    bool prepares_txs() const override { return application_->prepares_txs(); }
    void prepare_tx(ByteView tx) override { application_->prepare_tx(tx); }
    Result<abci::CheckTxResult> check_tx(ByteView tx, abci::CheckType type) override;
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest& request) override;
    Result<bool> process_proposal(const chain::Block& block) override;
    Result<abci::BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) override;
    Result<void> commit() override;
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override;
    Result<std::vector<abci::Snapshot>> list_snapshots() override;
    Result<std::optional<Bytes>> load_snapshot_chunk(
        const abci::Snapshot& snapshot, std::uint32_t index
    ) override;
    Result<abci::SnapshotVerdict> offer_snapshot(
        const abci::Snapshot& snapshot, const chain::AppHash& app_hash
    ) override;
    Result<abci::ChunkAnswer> apply_snapshot_chunk(
        std::uint32_t index, ByteView chunk, std::string_view sender
    ) override;

private:
    class Timer;

    rpc::HistogramSeries timing(std::string_view method);

    std::unique_ptr<abci::Application> application_;
    rpc::Metrics& metrics_;
    const Clock& clock_;
    rpc::HistogramSeries check_tx_seconds_;
};

}  // namespace steelyard::node
