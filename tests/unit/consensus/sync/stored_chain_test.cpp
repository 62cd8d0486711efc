#include "consensus/sync/stored_chain.h"

#include "consensus/engine/recovery.h"
#include "tests/unit/consensus/engine/solo_node.h"

#include <gtest/gtest.h>

namespace steelyard::sync {
namespace {

using chain::Height;

/// A node with empty disks, and another one whose blocks it is given.
class StoredChainTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(source_.start());
        ASSERT_TRUE(source_.run_to(Height(6)));
        open();
    }

    /// As a node opens what is on its disks.
    void open() {
        chain_.reset();
        executor_.reset();
        blocks_ = *storage::BlockStore::open(disks_.blocks);
        states_.emplace(disks_.states);
        history_.emplace(*states_, *blocks_);
        const auto genesis = engine::SoloNode::genesis();
        evidence_ =
            *evidence::Pool::open(disks_.evidence, *history_, {.chain_id = genesis.chain_id});
        application_.emplace(disks_.application);
        const engine::BlockExecutor::Parts parts{
            .states = *states_,
            .blocks = *blocks_,
            .evidence = *evidence_,
            .application = *application_,
            .prepare = [this](std::span<const Bytes>) { prepared_at_.push_back(executed()); },
        };
        const auto counting = [this](std::span<const chain::SignatureCheck> checks) {
            verified_ += checks.size();
            return chain::verify_one_by_one(checks);
        };
        executor_ = *engine::BlockExecutor::open(parts, genesis, counting);
        auto chain = StoredChain::open({*executor_, *blocks_});
        ASSERT_TRUE(chain) << chain.error().message();
        chain_ = *std::move(chain);
    }

    std::size_t executed() const { return application_->executed.size(); }

    chain::Commit commit(Height height) { return *source_.blocks().load_seen_commit(height); }

    /// Gives the node a block, as block sync does it.
    Result<void> append(const chain::Block& block, Height height) {
        const auto parts = chain::make_part_set(block);
        const auto decided = commit(height);
        const chain::CommitTarget target{chain_->state().chain_id, height, decided.block_id()};
        const auto verified = chain::verify_commit(target, chain_->state().validators, decided);
        CHECK(verified);
        return chain_->append({chain::block_id(block.header, parts), block, parts, *verified});
    }

    Result<void> append(std::int64_t height) {
        return append(*source_.blocks().load_block(Height(height)), Height(height));
    }

    engine::SoloDisks source_disks_;
    engine::SoloRecord record_;
    engine::SoloNode source_{source_disks_, record_};

    engine::SoloDisks disks_;
    std::unique_ptr<storage::BlockStore> blocks_;
    std::optional<engine::StateStore> states_;
    std::optional<engine::StoredHistory> history_;
    std::unique_ptr<evidence::Pool> evidence_;
    std::optional<engine::HashApplication> application_;
    std::unique_ptr<engine::BlockExecutor> executor_;
    std::unique_ptr<StoredChain> chain_;
    std::size_t verified_ = 0;
    std::vector<std::size_t> prepared_at_;  ///< how many blocks were executed before
};

TEST_F(StoredChainTest, stores_and_applies_decided_blocks) {
    for (std::int64_t height = 1; height <= 6; ++height) {
        const auto appended = append(height);
        ASSERT_TRUE(appended) << appended.error().message();
    }

    EXPECT_EQ(chain_->state(), source_.executor().state());
    EXPECT_EQ(blocks_->range().tip, Height(6));
    EXPECT_EQ(*blocks_->load_seen_commit(Height(6)), commit(Height(6)));
}

TEST_F(StoredChainTest, verifies_no_commit_again_that_block_sync_has_verified) {
    for (std::int64_t height = 1; height <= 6; ++height) {
        ASSERT_TRUE(append(height));
    }

    EXPECT_EQ(verified_, 0U);
}

TEST_F(StoredChainTest, has_the_transactions_prepared_once_before_they_are_executed) {
    for (std::int64_t height = 1; height <= 3; ++height) {
        ASSERT_TRUE(append(height));
    }

    EXPECT_EQ(prepared_at_, (std::vector<std::size_t>{0, 1, 2}));
}

TEST_F(StoredChainTest, stores_no_block_that_is_not_valid) {
    ASSERT_TRUE(append(1));
    chain::Block block = *source_.blocks().load_block(Height(2));
    block.header.app_hash = chain::AppHash(chain::Hash256{1});

    const auto appended = append(block, Height(2));

    ASSERT_FALSE(appended);
    EXPECT_NE(appended.error().message().find("app_hash"), std::string::npos);
    EXPECT_EQ(blocks_->range().tip, Height(1));
    EXPECT_TRUE(append(2));
}

TEST_F(StoredChainTest, applies_a_block_that_a_crash_left_stored) {
    ASSERT_TRUE(append(1));
    const auto block = *source_.blocks().load_block(Height(2));
    ASSERT_TRUE(blocks_->save_block(block, chain::make_part_set(block), commit(Height(2))));

    open();

    EXPECT_EQ(chain_->state().last_height, Height(2));
    EXPECT_TRUE(append(3));
}

}  // namespace
}  // namespace steelyard::sync
