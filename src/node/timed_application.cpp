#include "node/timed_application.h"

namespace steelyard::node {

/// From its making to its end.
class TimedApplication::Timer {
public:
    Timer(const Clock& clock, rpc::HistogramSeries series)
        : clock_(clock), series_(series), began_(clock.monotonic_now()) {}
    ~Timer() { series_.observe(seconds()); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    double seconds() const {
        return std::chrono::duration<double>(clock_.monotonic_now() - began_).count();
    }

private:
    const Clock& clock_;
    rpc::HistogramSeries series_;
    std::chrono::nanoseconds began_;
};

TimedApplication::TimedApplication(
    std::unique_ptr<abci::Application> application, rpc::Metrics& metrics, const Clock& clock
)
    : application_(std::move(application)),
      metrics_(metrics),
      clock_(clock),
      check_tx_seconds_(timing("check_tx")) {
}

/// Our caller always waits for the answer, which CometBFT calls "sync".
rpc::HistogramSeries TimedApplication::timing(std::string_view method) {
    return metrics_.histogram(
        "abci_connection_method_timing_seconds", {{"method", method}, {"type", "sync"}}
    );
}

Result<abci::ApplicationInfo> TimedApplication::info() {
    const Timer timer(clock_, timing("info"));
    return application_->info();
}

Result<abci::GenesisOutcome> TimedApplication::init_chain(const chain::GenesisDoc& genesis) {
    const Timer timer(clock_, timing("init_chain"));
    return application_->init_chain(genesis);
}

Result<abci::CheckTxResult> TimedApplication::check_tx(ByteView tx, abci::CheckType type) {
    const Timer timer(clock_, check_tx_seconds_);
    return application_->check_tx(tx, type);
}

Result<abci::PreparedTxs> TimedApplication::prepare_proposal(const abci::ProposalRequest& request) {
    const Timer timer(clock_, timing("prepare_proposal"));
    auto prepared = application_->prepare_proposal(request);
    if (prepared && std::holds_alternative<abci::Abstention>(*prepared)) {
        metrics_.add("consensus_proposals_omitted_total", 1);
    } else {
        metrics_.add("consensus_proposal_create_count", 1);
    }
    return prepared;
}

Result<bool> TimedApplication::process_proposal(const chain::Block& block) {
    const Timer timer(clock_, timing("process_proposal"));
    auto accepted = application_->process_proposal(block);
    if (accepted) {
        const std::string_view status = *accepted ? "accepted" : "rejected";
        metrics_.add("consensus_proposal_receive_count", 1, {{"status", status}});
    }
    return accepted;
}

Result<abci::BlockResults> TimedApplication::finalize_block(
    const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
) {
    const Timer timer(clock_, timing("finalize_block"));
    auto results = application_->finalize_block(block, last_commit);
    metrics_.observe("state_block_processing_time", timer.seconds() * 1000);
    return results;
}

Result<void> TimedApplication::commit() {
    const Timer timer(clock_, timing("commit"));
    return application_->commit();
}

Result<abci::QueryResult> TimedApplication::query(const abci::QueryRequest& request) {
    const Timer timer(clock_, timing("query"));
    return application_->query(request);
}

Result<std::vector<abci::Snapshot>> TimedApplication::list_snapshots() {
    const Timer timer(clock_, timing("list_snapshots"));
    return application_->list_snapshots();
}

Result<std::optional<Bytes>> TimedApplication::load_snapshot_chunk(
    const abci::Snapshot& snapshot, std::uint32_t index
) {
    const Timer timer(clock_, timing("load_snapshot_chunk"));
    return application_->load_snapshot_chunk(snapshot, index);
}

Result<abci::SnapshotVerdict> TimedApplication::offer_snapshot(
    const abci::Snapshot& snapshot, const chain::AppHash& app_hash
) {
    const Timer timer(clock_, timing("offer_snapshot"));
    return application_->offer_snapshot(snapshot, app_hash);
}

Result<abci::ChunkAnswer> TimedApplication::apply_snapshot_chunk(
    std::uint32_t index, ByteView chunk, std::string_view sender
) {
    const Timer timer(clock_, timing("apply_snapshot_chunk"));
    return application_->apply_snapshot_chunk(index, chunk, sender);
}

}  // namespace steelyard::node
