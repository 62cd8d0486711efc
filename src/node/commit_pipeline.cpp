#include "node/commit_pipeline.h"

#include "base/log.h"
#include "chain/txs.h"
#include "rpc/event_data.h"

namespace steelyard::node {
namespace {

const log::Logger& logger() {
    static const log::Logger instance("consensus");
    return instance;
}

double missing_in(const chain::Commit& commit) {
    return static_cast<double>(std::ranges::count_if(
        commit.signatures(), [](const chain::CommitSig& signature) { return signature.is_absent(); }
    ));
}

}  // namespace

/// The index first: whoever hears of a transaction finds it.
void CommitPipeline::on_committed(
    const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
) {
    if (parts_.indexer) {
        if (const auto added = parts_.indexer->add(block, results); !added) {
            parts_.failed(added.error());
            return;
        }
    }
    parts_.applied = block.header.height.value();
    parts_.waits.on_committed(block, results);
    parts_.events.on_committed(block, commit, results);
    if (parts_.publisher) {
        publish(block, commit.block_id(), results);
    }
    count(block, commit);
    if (parts_.pruner) {
        parts_.pruner->committed();
    }
    logger().info(
        "committed a block",
        {{"height", block.header.height.value()},
         {"round", commit.round().value()},
         {"txs", block.txs.size()},
         {"hash", ByteView(commit.block_id().hash)},
         {"app_hash", results.app_hash.view()}}
    );
}

void CommitPipeline::publish(
    const chain::Block& block, const chain::BlockId& id, const abci::BlockResults& results
) const {
    using enum rpc::ZmqTopic;
    rpc::ZmqPublisher& publisher = *parts_.publisher;
    if (publisher.publishes(hash_block)) {
        publisher.publish(hash_block, id.hash);
    }
    if (publisher.publishes(raw_block)) {
        publisher.publish(raw_block, chain::encode_block(block));
    }
    if (publisher.publishes(event)) {
        publisher.publish(event, as_bytes(rpc::new_block_data(block, id, results)));
        for (std::size_t i = 0; i < block.txs.size(); ++i) {
            publisher.publish(event, as_bytes(rpc::tx_data(block, i, results.tx_results[i])));
        }
    }
    for (const Bytes& tx : block.txs) {
        if (publisher.publishes(hash_tx)) {
            publisher.publish(hash_tx, chain::tx_hash(tx));
        }
        if (publisher.publishes(raw_tx)) {
            publisher.publish(raw_tx, tx);
        }
    }
}

void CommitPipeline::count(const chain::Block& block, const chain::Commit& commit) {
    rpc::Metrics& metrics = parts_.metrics;
    const auto height = static_cast<double>(block.header.height.value());
    double size = 0;
    for (const Bytes& tx : block.txs) {
        size += static_cast<double>(tx.size());
    }
    txs_ += static_cast<double>(block.txs.size());
    bytes_ += size;
    metrics.set("consensus_height", height);
    metrics.set("consensus_latest_block_height", height);
    metrics.set("consensus_rounds", commit.round().value());
    metrics.set("consensus_num_txs", static_cast<double>(block.txs.size()));
    metrics.set("consensus_block_size_bytes", size);
    metrics.set_total("consensus_chain_size_bytes", bytes_);
    metrics.set("consensus_total_txs", txs_);
    metrics.set("consensus_missing_validators", missing_in(commit));
    metrics.set("consensus_byzantine_validators", static_cast<double>(block.evidence.size()));
    const auto interval = chain::checked_sub(block.header.time, last_time_);
    if (last_time_ != chain::Timestamp() && interval) {
        const double seconds = std::chrono::duration<double>(*interval).count();
        metrics.observe("consensus_block_interval_seconds", seconds);
    }
    last_time_ = block.header.time;
}

void CommitPipeline::on_block_refused(const chain::BlockId& id, std::string_view reason) {
    logger().warn("a proposed block is not valid", {{"hash", ByteView(id.hash)}, {"why", reason}});
}

void CommitPipeline::on_signing_refused(const Error& error) {
    logger().warn("the signer keeps silent", {{"why", error}});
}

void CommitPipeline::on_conflict(const chain::Vote& first, const chain::Vote&) {
    logger().warn(
        "a validator contradicts itself",
        {{"validator", ByteView(first.validator_address)},
         {"height", first.height.value()},
         {"round", first.round.value()}}
    );
}

}  // namespace steelyard::node
