#include "tests/sim/sim_application.h"

#include "storage/memory_store.h"
#include "tests/sim/mock_signatures.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using chain::Height;

class SimApplicationTest : public testing::Test {
protected:
    SimApplication make(std::uint64_t seed = 1) { return {store_, chain_, seed, {}}; }

    static chain::Block first_block(std::vector<Bytes> txs = {}) {
        chain::Block block;
        block.header.height = Height(1);
        block.txs = std::move(txs);
        return block;
    }

    static Bytes tx(std::string_view text) { return to_bytes(as_bytes(text)); }

    storage::MemoryStore store_;
    SimChain chain_{
        .keys = {MockSigningKey(1).public_key(), MockSigningKey(2).public_key()},
        .power_changes = {{.height = 1, .node = 1, .power = 5}},
    };
};

TEST_F(SimApplicationTest, remembers_what_it_committed_and_only_that) {
    SimApplication application = make();

    const auto results = application.finalize_block(first_block({tx("tx1")}), std::nullopt);
    ASSERT_TRUE(results);
    EXPECT_EQ(make().info()->last_height, Height());
    ASSERT_TRUE(application.commit());

    EXPECT_EQ(make().info()->last_height, Height(1));
    EXPECT_EQ(make().info()->app_hash, results->app_hash);
    EXPECT_EQ(results->tx_results.size(), 1U);
}

TEST_F(SimApplicationTest, its_state_depends_on_every_transaction) {
    const auto one = make().finalize_block(first_block({tx("tx1")}), std::nullopt);
    const auto same = make().finalize_block(first_block({tx("tx1")}), std::nullopt);
    const auto other = make().finalize_block(first_block({tx("tx2")}), std::nullopt);

    EXPECT_EQ(one->app_hash, same->app_hash);
    EXPECT_NE(one->app_hash, other->app_hash);
}

TEST_F(SimApplicationTest, changes_validators_as_scheduled) {
    const auto results = make().finalize_block(first_block(), std::nullopt);

    ASSERT_EQ(results->validator_updates.size(), 1U);
    EXPECT_EQ(results->validator_updates[0].public_key, chain_.keys[1]);
    EXPECT_EQ(results->validator_updates[0].power, 5);
}

TEST_F(SimApplicationTest, refuses_a_wrong_order) {
    SimApplication application = make();
    chain::Block second = first_block();
    second.header.height = Height(2);

    EXPECT_FALSE(application.finalize_block(second, std::nullopt));
    EXPECT_FALSE(application.commit());
    ASSERT_TRUE(application.finalize_block(first_block(), std::nullopt));
    ASSERT_TRUE(application.commit());
    EXPECT_FALSE(application.finalize_block(first_block(), std::nullopt));
    EXPECT_FALSE(application.finalize_block(second, std::nullopt)) << "no last commit";
    EXPECT_FALSE(application.init_chain({})) << "there are blocks";
}

TEST_F(SimApplicationTest, proposes_what_it_accepts_and_nothing_else) {
    for (std::int64_t height = 1; height < 50; ++height) {
        const auto prepared = make().prepare_proposal({.height = Height(height)});
        ASSERT_TRUE(prepared);
        const auto& txs = std::get<std::vector<Bytes>>(*prepared);
        EXPECT_EQ(make().process_proposal(first_block(txs)), true);
    }

    EXPECT_EQ(make().process_proposal(first_block({tx("other")})), false);
    EXPECT_NE(
        make(1).prepare_proposal({.height = Height(2)}),
        make(2).prepare_proposal({.height = Height(2)})
    );
}

}  // namespace
}  // namespace steelyard::sim
