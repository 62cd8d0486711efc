#include "node/commit_pipeline.h"

#include "storage/memory_store.h"
#include "tests/support/test_chain.h"

#include <gtest/gtest.h>

namespace steelyard::node {
namespace {

using enum rpc::ZmqTopic;

/// Counts what a block with two transactions publishes.
std::uint64_t published(std::initializer_list<rpc::ZmqTopic> topics) {
    std::vector<rpc::ZmqBinding> bindings;
    for (const rpc::ZmqTopic topic : topics) {
        bindings.push_back({topic, "tcp://127.0.0.1:*"});
    }
    const auto publisher = rpc::ZmqPublisher::start(bindings).value();
    rpc::EventBus events;
    rpc::TxWaits waits;
    rpc::Metrics metrics("cometbft", "test", rpc::node_metrics());
    storage::MemoryStore store;
    const auto blocks = storage::BlockStore::open(store).value();
    const engine::StateStore states(store);
    CommitMeter meter({.metrics = metrics, .blocks = *blocks, .states = states});
    std::atomic<std::int64_t> applied = 0;
    CommitPipeline pipeline({
        .events = events,
        .waits = waits,
        .meter = meter,
        .applied = applied,
        .publisher = publisher.get(),
    });
    const auto set = test::validators_with_power({10});
    test::TestChain chain(set);
    const auto block = chain.make_block({Bytes{1}, Bytes{2}});
    chain.append(block, {.app_hash = chain::Hash256{1}});
    abci::BlockResults results;
    results.tx_results.resize(2);

    pipeline.on_committed(block, chain.last_commit()->commit(), results);

    EXPECT_EQ(applied, 1);
    EXPECT_NE(
        metrics.text().find("cometbft_consensus_num_txs{chain_id=\"test\"} 2"), std::string::npos
    );
    return publisher->stats().published;
}

TEST(CommitPipeline, publishes_the_topics_that_are_bound) {
    EXPECT_EQ(published({hash_block}), 1);
    EXPECT_EQ(published({raw_tx}), 2);
    EXPECT_EQ(published({event}), 3);
    EXPECT_EQ(published({hash_block, raw_block, hash_tx, raw_tx, event}), 9);
}

}  // namespace
}  // namespace steelyard::node
