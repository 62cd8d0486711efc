// CommitPipeline: what happens when a block is committed: it is indexed, told to subscribers,
// counted and logged.
#pragma once

#include "consensus/engine/ports.h"
#include "index/indexer.h"
#include "node/commit_meter.h"
#include "node/pruner.h"
#include "rpc/event_bus.h"
#include "rpc/tx_waits.h"
#include "rpc/zmq_publisher.h"

#include <atomic>

namespace steelyard::node {

/// Called by the consensus thread.
class CommitPipeline final : public engine::Observer {
public:
    /// All of them outlive the pipeline; those that may be null are switched off.
    struct Parts {
        index::Indexer* indexer = nullptr;
        rpc::EventBus& events;
        rpc::TxWaits& waits;
        CommitMeter& meter;
        std::atomic<std::int64_t>& applied;  ///< the last height that RPC may show
        rpc::ZmqPublisher* publisher = nullptr;
        Pruner* pruner = nullptr;

        /// Called when all others know of the block; must not block. May be nothing.
        std::function<void(const chain::Header&)> on_block{};

        /// The index could not be written: the node cannot go on.
        std::function<void(const Error&)> failed{};
    };

    explicit CommitPipeline(Parts parts) : parts_(std::move(parts)) {}

    void on_committed(
        const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
    ) override;
    void on_block_refused(const chain::BlockId& id, std::string_view reason) override;
    void on_proposal_omitted(chain::Height height, chain::Round round, std::string_view reason)
        override;
    void on_signing_refused(const Error& error) override;
    void on_conflict(const chain::Vote& first, const chain::Vote& second) override;

private:
    void publish(
        const chain::Block& block, const chain::BlockId& id, const abci::BlockResults& results
    ) const;

    Parts parts_;
};

}  // namespace steelyard::node
