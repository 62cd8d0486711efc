#include "node/commit_meter.h"
#include "node/round_meter.h"

#include "base/hex.h"
#include "storage/memory_store.h"
#include "tests/support/consensus_driver.h"
#include "tests/support/test_chain.h"

#include <gmock/gmock.h>

namespace steelyard::node {
namespace {

using consensus::TimeoutKind;
using namespace std::chrono_literals;

/// The value of a series, as it is written; empty if there is none.
std::string value_of(const rpc::Metrics& metrics, std::string_view name, std::string label = {}) {
    const std::string text = metrics.text();
    const std::string series =
        fmt::format("\na_{}{{chain_id=\"c\"{}{}}} ", name, label.empty() ? "" : ",", label);
    const std::size_t at = text.find(series);
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t begin = at + series.size();
    return text.substr(begin, text.find('\n', begin) - begin);
}

class RoundMeterTest : public testing::Test {
protected:
    void look() { meter_.look(driver_.state(), now_ += 1s); }

    /// As a host does: told of what comes, then of what it changed.
    template <typename M>
    void receive(const M& message) {
        meter_.received(driver_.state(), driver_.peer, message);
        driver_.receive(message);
        look();
    }

    std::string value(std::string_view name, std::string label = {}) {
        return value_of(metrics_, "consensus_" + std::string(name), std::move(label));
    }

    test::ConsensusDriver driver_;
    rpc::Metrics metrics_{"a", "c", rpc::node_metrics()};
    RoundMeter meter_{metrics_};
    std::chrono::nanoseconds now_{0};
};

TEST_F(RoundMeterTest, times_steps_and_rounds) {
    driver_.start_height();
    look();
    driver_.elapse(TimeoutKind::commit);
    look();
    driver_.propose(driver_.block(1), 0);
    look();
    driver_.prevotes(0, {}, 3);
    look();
    driver_.precommits(0, {}, 2);
    look();
    driver_.elapse(TimeoutKind::precommit);
    look();

    EXPECT_EQ(value("step_duration_seconds_sum", "step=\"NewHeight\""), "1");
    EXPECT_EQ(value("step_duration_seconds_count", "step=\"Prevote\""), "1");
    EXPECT_EQ(value("round_duration_seconds_count"), "1");
    EXPECT_EQ(value("round_duration_seconds_sum"), "4");
    EXPECT_EQ(value("rounds"), "1");
}

TEST_F(RoundMeterTest, tells_how_many_have_voted_and_how_late) {
    driver_.start();
    look();
    const auto block = driver_.block(1);
    const std::string proposer = to_hex_upper(driver_.now().validators().proposer().address());
    driver_.propose(block, 0);
    look();
    const std::string delay_of = fmt::format("proposer_address=\"{}\"", proposer);

    EXPECT_EQ(value("round_voting_power_percent", "vote_type=\"prevote\""), "0.25");
    receive(driver_.prevote(driver_.others()[0], 0, block.id));
    EXPECT_EQ(value("quorum_prevote_delay", delay_of), "");
    receive(driver_.prevote(driver_.others()[1], 0, block.id));
    EXPECT_NE(value("quorum_prevote_delay", delay_of), "");
    EXPECT_EQ(value("full_prevote_delay", delay_of), "");
    receive(driver_.prevote(driver_.others()[2], 0, block.id));
    EXPECT_NE(value("full_prevote_delay", delay_of), "");
    EXPECT_EQ(value("round_voting_power_percent", "vote_type=\"prevote\""), "1");
}

TEST_F(RoundMeterTest, counts_what_comes_again_or_late) {
    meter_.peer_up(driver_.peer, "abcd");
    driver_.start();
    look();
    const auto block = driver_.block(1);
    receive(driver_.proposal(block, 0));
    receive(driver_.part(block, 0, 0));
    receive(driver_.part(block, 0, 0));
    const auto vote = driver_.prevote(driver_.others()[0], 0, block.id);
    receive(vote);
    receive(vote);
    driver_.prevotes(0, block.id, 3);
    driver_.precommits(0, block.id, 2);
    driver_.next_height();
    receive(vote);

    EXPECT_EQ(value("block_parts", "peer_id=\"abcd\""), "2");
    EXPECT_EQ(value("duplicate_block_part"), "1");
    EXPECT_EQ(value("block_gossip_parts_received", "matches_current=\"true\""), "2");
    EXPECT_EQ(value("duplicate_vote"), "1");
    EXPECT_EQ(value("late_votes", "vote_type=\"prevote\""), "1");
}

class CommitMeterTest : public testing::Test {
protected:
    /// As a node does: the state that knows the next sets first, then the block.
    void commit(std::string_view votes, const abci::BlockResults& results = {}) {
        const auto block = chain_.make_block({Bytes{1}, Bytes{2}});
        chain_.append(block, {.app_hash = chain::Hash256{1}}, votes);
        ASSERT_TRUE(states_.save_state(chain_.state()));
        const auto parts = chain::PartSet::cut(chain::encode_block(block));
        ASSERT_TRUE(blocks_->save_block(block, parts, chain_.last_commit()->commit()));
        size_ += parts.size();
        meter_.count(block, results);
    }

    std::string value(std::string_view name, std::string label = {}) {
        return value_of(metrics_, name, std::move(label));
    }

    const test::SigningSet set_ = test::validators_with_power({40, 30, 20, 10});
    const chain::Address us_ = set_.validators[2].address();
    const std::string label_ = fmt::format("validator_address=\"{}\"", to_hex_upper(us_));
    test::TestChain chain_{set_};
    storage::MemoryStore block_kv_;
    storage::MemoryStore state_kv_;
    std::unique_ptr<storage::BlockStore> blocks_ = storage::BlockStore::open(block_kv_).value();
    engine::StateStore states_{state_kv_};
    rpc::Metrics metrics_{"a", "c", rpc::node_metrics()};
    CommitMeter meter_{{.metrics = metrics_, .blocks = *blocks_, .states = states_, .address = us_}
    };
    std::size_t size_ = 0;
};

TEST_F(CommitMeterTest, tells_who_is_missing) {
    ASSERT_TRUE(states_.save_state(chain_.state()));
    commit("ccac");
    EXPECT_EQ(value("consensus_validators"), "4");
    EXPECT_EQ(value("consensus_validators_power"), "100");
    EXPECT_EQ(value("consensus_validator_power", label_), "20");
    EXPECT_EQ(value("consensus_missing_validators"), "0");

    commit("ccca");
    EXPECT_EQ(value("consensus_missing_validators"), "1");
    EXPECT_EQ(value("consensus_missing_validators_power"), "20");
    EXPECT_EQ(value("consensus_validator_missed_blocks", label_), "1");
    EXPECT_EQ(value("consensus_validator_last_signed_height", label_), "");

    commit("cccc");
    EXPECT_EQ(value("consensus_missing_validators_power"), "10");
    EXPECT_EQ(value("consensus_validator_missed_blocks", label_), "1");
    EXPECT_EQ(value("consensus_validator_last_signed_height", label_), "3");
}

TEST_F(CommitMeterTest, measures_blocks_and_counts_changes) {
    ASSERT_TRUE(states_.save_state(chain_.state()));
    abci::BlockResults results;
    results.params_update.block = chain::BlockParams();
    commit("cccc", results);
    results.validator_updates.emplace_back(test::public_key(9), 1);
    commit("cccc", results);

    EXPECT_EQ(value("consensus_num_txs"), "2");
    EXPECT_EQ(value("consensus_total_txs"), "4");
    EXPECT_EQ(value("consensus_chain_size_bytes"), std::to_string(size_));
    EXPECT_EQ(value("consensus_block_interval_seconds_count"), "1");
    EXPECT_EQ(value("state_consensus_param_updates"), "2");
    EXPECT_EQ(value("state_validator_set_updates"), "1");
    EXPECT_EQ(value("consensus_latest_block_height"), "2");
}

}  // namespace
}  // namespace steelyard::node
