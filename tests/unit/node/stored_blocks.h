// StoredBlocks: a chain in stores of memory, as a node has it on disk.
#pragma once

#include "node/rpc_views.h"
#include "storage/memory_store.h"
#include "tests/support/test_chain.h"

#include <gtest/gtest.h>

namespace steelyard::node {

class StoredBlocks {
public:
    /// Of validators with equal power. `evidence` is what every height has as its parameters.
    explicit StoredBlocks(std::size_t validators, const chain::EvidenceParams& evidence = {})
        : chain_(test::validators_with_power(std::vector<chain::VotingPower>(validators, 10))),
          evidence_(evidence) {
        save_state();
    }

    /// `votes` as of TestChain::append.
    void append(std::string_view votes = {}) {
        const chain::Block block = chain_.make_block({Bytes{'t', 'x'}});
        chain_.append(block, {}, votes);
        const chain::Commit& seen = chain_.last_commit()->commit();
        EXPECT_TRUE(blocks_->save_block(block, chain::make_part_set(block), seen));
        const abci::BlockResults results{.tx_results = {{}}};
        EXPECT_TRUE(states_.save_results(block.header.height, results));
        save_state();
        applied_ = block.header.height.value();
    }

    void grow(std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
            append();
        }
    }

    std::int64_t base() const { return blocks_->range().base.value(); }
    chain::Address validator(chain::ValidatorIndex index) const {
        return chain_.state().validators[index].address();
    }
    storage::BlockStore& blocks() { return *blocks_; }
    engine::StateStore& states() { return states_; }
    const StoredChain& source() const { return source_; }

private:
    void save_state() {
        consensus::ChainState state = chain_.state();
        state.consensus_params.evidence = evidence_;
        EXPECT_TRUE(states_.save_state(state));
    }

    test::TestChain chain_;
    chain::EvidenceParams evidence_;
    storage::MemoryStore blocks_kv_{};
    storage::MemoryStore states_kv_{};
    std::unique_ptr<storage::BlockStore> blocks_ = storage::BlockStore::open(blocks_kv_).value();
    engine::StateStore states_{states_kv_};
    std::atomic<std::int64_t> applied_ = 0;
    StoredChain source_{*blocks_, states_, applied_};
};

}  // namespace steelyard::node
