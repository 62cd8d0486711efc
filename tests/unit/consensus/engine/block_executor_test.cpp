#include "consensus/engine/block_executor.h"

#include "tests/support/chain_builders.h"
#include "tests/unit/consensus/engine/solo_node.h"

#include <gtest/gtest.h>

namespace steelyard::engine {
namespace {

using chain::Height;
using chain::Round;

/// A chain of one validator at height 3, about to get a fourth block.
class BlockExecutorTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(node_.start());
        ASSERT_TRUE(node_.run_to(Height(3)));
    }

    BlockExecutor& executor() { return node_.executor(); }

    chain::Block next_block() {
        const auto commit = node_.blocks().load_seen_commit(Height(3));
        auto built = executor().build(*commit, SoloNode::key().public_key().address());
        CHECK(built);
        return std::get<chain::Block>(*std::move(built));
    }

    BlockExecutor::Verdict check(const chain::Block& block) {
        const auto id = chain::block_id(block.header, chain::make_part_set(block));
        const auto verdict = executor().check(id, block);
        CHECK(verdict);
        return *verdict;
    }

    /// Two votes of the validator for different blocks at height 2, as its key signs them.
    chain::Evidence double_vote(const crypto::PrivateKey& signer) {
        const auto validators = executor().state().validators;
        const auto vote = [&](int block) {
            chain::Vote made{
                .type = chain::SignedMsgType::precommit,
                .height = Height(2),
                .round = Round(0),
                .block_id = test::block_id(block),
                .timestamp = test::time_after(100),
                .validator_address = SoloNode::key().public_key().address(),
            };
            made.signature = signer.sign(chain::sign_bytes(made, SoloNode::genesis().chain_id));
            return made;
        };
        const auto time = node_.blocks().load_meta(Height(2))->header.time;
        return *chain::make_duplicate_vote_evidence(vote(1), vote(2), validators, time);
    }

    SoloDisks disks_;
    SoloRecord record_;
    SoloNode node_{disks_, record_};
};

TEST_F(BlockExecutorTest, admits_the_block_that_it_built) {
    EXPECT_TRUE(check(next_block()).valid);
}

TEST_F(BlockExecutorTest, builds_nothing_where_the_application_abstains) {
    node_.application().abstentions = 1;

    const auto commit = node_.blocks().load_seen_commit(Height(3));
    const auto built = executor().build(*commit, SoloNode::key().public_key().address());

    ASSERT_TRUE(built);
    EXPECT_EQ(std::get<abci::Abstention>(*built).reason, "the key is gone");
}

TEST_F(BlockExecutorTest, admits_true_evidence) {
    chain::Block block = next_block();
    block.evidence.push_back(double_vote(SoloNode::key()));
    chain::seal_contents(block);

    const auto verdict = check(block);

    EXPECT_TRUE(verdict.valid) << verdict.reason;
}

TEST_F(BlockExecutorTest, refuses_false_evidence) {
    chain::Block block = next_block();
    block.evidence.push_back(double_vote(test::private_key(99)));
    chain::seal_contents(block);

    const auto verdict = check(block);

    EXPECT_FALSE(verdict.valid);
    EXPECT_NE(verdict.reason.find("signature"), std::string::npos) << verdict.reason;
}

TEST_F(BlockExecutorTest, refuses_evidence_that_stands_twice) {
    chain::Block block = next_block();
    block.evidence = {double_vote(SoloNode::key()), double_vote(SoloNode::key())};
    chain::seal_contents(block);

    EXPECT_FALSE(check(block).valid);
}

TEST_F(BlockExecutorTest, refuses_what_does_not_follow_the_state) {
    chain::Block block = next_block();
    block.header.app_hash = chain::AppHash(chain::Hash256{1});

    const auto verdict = check(block);

    EXPECT_FALSE(verdict.valid);
    EXPECT_NE(verdict.reason.find("app_hash"), std::string::npos) << verdict.reason;
}

TEST_F(BlockExecutorTest, refuses_what_the_application_refuses) {
    const chain::Block block = next_block();
    node_.application().refusals = 1;

    const auto verdict = check(block);

    EXPECT_FALSE(verdict.valid);
    EXPECT_EQ(verdict.reason, "the application refuses it");
}

TEST_F(BlockExecutorTest, proposes_evidence) {
    ASSERT_TRUE(*node_.evidence().add(double_vote(SoloNode::key())));

    EXPECT_EQ(next_block().evidence.size(), 1U);
}

TEST_F(BlockExecutorTest, leaves_evidence_out_that_the_application_refuses) {
    ASSERT_TRUE(*node_.evidence().add(double_vote(SoloNode::key())));
    node_.application().refusals = 1;

    const chain::Block block = next_block();

    EXPECT_TRUE(block.evidence.empty());
    EXPECT_TRUE(check(block).valid);
}

TEST_F(BlockExecutorTest, does_not_apply_a_decided_block_with_false_evidence) {
    chain::Block block = next_block();
    block.evidence.push_back(double_vote(test::private_key(99)));
    chain::seal_contents(block);
    const auto id = chain::block_id(block.header, chain::make_part_set(block));

    EXPECT_FALSE(executor().apply(id, block));
    EXPECT_EQ(executor().state().last_height, Height(3));
}

}  // namespace
}  // namespace steelyard::engine
