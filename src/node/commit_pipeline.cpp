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
    parts_.meter.count(block, results);
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
    if (parts_.on_block) {
        parts_.on_block(block.header);
    }
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

void CommitPipeline::on_block_refused(const chain::BlockId& id, std::string_view reason) {
    logger().warn("a proposed block is not valid", {{"hash", ByteView(id.hash)}, {"why", reason}});
}

void CommitPipeline::on_proposal_omitted(
    chain::Height height, chain::Round round, std::string_view reason
) {
    logger().warn(
        "it is our turn, and we propose nothing",
        {{"height", height.value()}, {"round", round.value()}, {"why", reason}}
    );
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
