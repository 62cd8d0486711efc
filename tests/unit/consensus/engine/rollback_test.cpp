#include "consensus/engine/rollback.h"

#include "tests/unit/consensus/engine/solo_node.h"

#include <gmock/gmock.h>

namespace steelyard::engine {
namespace {

using chain::Height;

class Rollback : public testing::Test {
protected:
    /// A node that ran to a height and ended.
    void run_to(std::int64_t height) {
        SoloNode node(disks_, record_);
        ASSERT_TRUE(node.start());
        ASSERT_TRUE(node.run_to(Height(height)));
    }

    Result<RollbackOutcome> roll_back(RollbackDepth depth) {
        StateStore states(disks_.states);
        TRY_ASSIGN(const auto blocks, storage::BlockStore::open(disks_.blocks));
        return engine::roll_back(states, *blocks, disks_.wal, depth);
    }

    consensus::ChainState state() { return **StateStore(disks_.states).load_state(); }

    SoloDisks disks_;
    SoloRecord record_;
};

TEST_F(Rollback, gives_the_state_as_it_was_a_height_before) {
    run_to(4);
    const consensus::ChainState before = state();
    run_to(5);

    const auto outcome = roll_back(RollbackDepth::state);

    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->height, Height(4));
    EXPECT_EQ(outcome->app_hash, before.app_hash);
    EXPECT_EQ(state(), before);
}

TEST_F(Rollback, of_the_state_lets_the_node_apply_the_block_again_and_go_on) {
    run_to(5);
    ASSERT_TRUE(roll_back(RollbackDepth::state));

    run_to(8);

    EXPECT_EQ(state().last_height, Height(8));
    EXPECT_TRUE(record_.contradictions.empty());
}

TEST_F(Rollback, of_the_block_keeps_the_signers_memory) {
    run_to(5);
    ASSERT_TRUE(roll_back(RollbackDepth::block));
    EXPECT_EQ(state().last_height, Height(4));

    SoloNode node(disks_, record_);
    ASSERT_TRUE(node.start());  // the application stays a height ahead
    EXPECT_EQ(node.height(), Height(4));
    EXPECT_TRUE(record_.contradictions.empty());
}

TEST_F(Rollback, twice_goes_back_once_where_the_block_is_left) {
    run_to(5);
    ASSERT_TRUE(roll_back(RollbackDepth::state));
    const auto again = roll_back(RollbackDepth::state);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->height, Height(4));

    const auto hard = roll_back(RollbackDepth::block);
    ASSERT_TRUE(hard);
    EXPECT_EQ(hard->height, Height(4));
    EXPECT_EQ((*storage::BlockStore::open(disks_.blocks))->range().tip, Height(4));
}

TEST_F(Rollback, refuses_where_there_is_nothing_to_go_back_to) {
    EXPECT_FALSE(roll_back(RollbackDepth::state));
    run_to(1);
    EXPECT_FALSE(roll_back(RollbackDepth::block));
}

}  // namespace
}  // namespace steelyard::engine
