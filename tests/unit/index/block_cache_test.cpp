#include "index/block_cache.h"

#include "tests/unit/index/chain_of_events.h"

#include <gtest/gtest.h>

#include <thread>

namespace steelyard::index {
namespace {

using chain::Height;
using test::ChainOfEvents;

constexpr std::size_t txs = 37;

class ExecutedBlockProofs : public testing::Test {
protected:
    ExecutedBlockProofs() {
        abci::BlockResults results;
        results.tx_results.resize(txs);
        chain.append(std::move(results));
    }

    void expect_proofs(const ExecutedBlock& executed) const {
        const chain::Hash256 root = chain::data_hash(executed.block.txs);
        for (std::size_t i = 0; i < txs; ++i) {
            const chain::TxProof proof = executed.prove(i);
            EXPECT_EQ(proof, chain::prove_tx(executed.block.txs, i));
            EXPECT_TRUE(chain::verify_tx_proof(proof, root));
        }
    }

    ChainOfEvents chain;
    BlockCache cache{chain};
};

TEST_F(ExecutedBlockProofs, are_those_of_the_transactions) {
    const auto executed = cache.get(Height(1)).value();

    expect_proofs(*executed);
}

TEST_F(ExecutedBlockProofs, are_made_by_several_threads_at_once) {
    const auto executed = cache.get(Height(1)).value();
    std::vector<std::jthread> threads;

    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { expect_proofs(*executed); });
    }
}

}  // namespace
}  // namespace steelyard::index
