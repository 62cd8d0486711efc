#include "consensus/engine/pacer.h"

#include "tests/unit/consensus/engine/solo_node.h"

#include <gmock/gmock.h>

namespace steelyard::engine {
namespace {

using chain::Height;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = Pacer::Time;

constexpr Time begin = seconds(100);

/// After a height that began at `begin`.
Pacer pacer(PacingConfig config = {}, Time wait_max = milliseconds(1'500)) {
    Pacer made(config, wait_max);
    made.begin(Height(5), begin, false);
    made.end(begin);
    made.begin(Height(6), begin + milliseconds(100), false);
    return made;
}

TEST(Pacer, waits_for_nothing_at_the_start_of_a_node) {
    Pacer made({}, seconds(1));
    made.begin(Height(5), begin, false);
    EXPECT_EQ(made.due(), begin);
}

TEST(Pacer, waits_four_intervals_where_there_is_no_work) {
    EXPECT_EQ(pacer().due(), begin + seconds(2));
}

TEST(Pacer, waits_one_interval_where_there_is_work) {
    Pacer made = pacer();
    EXPECT_TRUE(made.wake());
    EXPECT_EQ(made.due(), begin + milliseconds(500));
    EXPECT_FALSE(made.wake());
}

TEST(Pacer, counts_from_the_start_of_the_last_height_not_from_its_end) {
    Pacer made({}, seconds(2));
    made.begin(Height(5), begin, false);
    made.end(begin);
    made.begin(Height(6), begin + seconds(9), false);
    made.wake();
    EXPECT_LT(made.due(), begin + seconds(9));  // the votes took longer: no pause
}

TEST(Pacer, never_waits_so_long_that_the_time_for_a_proposal_runs_out) {
    const Pacer made = pacer({.block_interval = seconds(3)}, milliseconds(1'500));
    EXPECT_EQ(made.due(), begin + milliseconds(4'500));
}

TEST(Pacer, makes_no_pause_with_an_interval_of_zero) {
    const Pacer made = pacer({.block_interval = Time(0)});
    EXPECT_EQ(made.due(), begin);
}

TEST(Pacer, has_an_interval_for_empty_blocks_of_its_own) {
    Pacer made = pacer({.block_interval = Time(0), .empty_interval = seconds(1)});
    EXPECT_EQ(made.due(), begin + seconds(1));
    made.wake();
    EXPECT_EQ(made.due(), begin);
}

TEST(Pacer, skips_the_interval_when_every_vote_is_here) {
    Pacer made = pacer();
    made.skip_interval(begin + milliseconds(200));
    EXPECT_EQ(made.due(), begin + seconds(2));
    made.wake();
    EXPECT_EQ(made.due(), begin + milliseconds(200));
}

TEST(Pacer, ends_once) {
    Pacer made = pacer();
    EXPECT_TRUE(made.waits_for(Height(6)));
    EXPECT_FALSE(made.waits_for(Height(5)));
    made.end(begin + seconds(2));
    EXPECT_FALSE(made.waits_for(Height(6)));
    EXPECT_FALSE(made.waits());
}

std::string refusal(const EngineConfig& config) {
    const auto valid = validate(config);
    return valid ? "" : valid.error().message();
}

TEST(EngineConfig, is_valid_by_default) {
    EXPECT_EQ(refusal({}), "");
}

TEST(EngineConfig, refuses_times_out_of_range_by_name) {
    EngineConfig config;
    config.timeouts.propose = Time(0);
    EXPECT_EQ(refusal(config), "timeout_propose: is 0 ms, must be 1 to 3600000 ms");
    config = {};
    config.timeouts.precommit_delta = seconds(-1);
    EXPECT_EQ(refusal(config), "timeout_precommit_delta: is -1000 ms, must be 0 to 3600000 ms");
    config = {};
    config.pacing.block_interval = std::chrono::hours(2);
    EXPECT_EQ(refusal(config), "block_interval: is 7200000 ms, must be 0 to 3600000 ms");
    config = {};
    config.pacing.empty_interval = milliseconds(100);
    EXPECT_EQ(refusal(config), "empty_block_interval: is 100 ms, must be 500 to 3600000 ms");
}

struct FakePool final : TxPool {
    std::vector<Bytes> reap(std::int64_t, std::int64_t) override { return {}; }
    bool has_txs() const override { return has; }
    Result<void> commit(
        const chain::Block&,
        const abci::BlockResults&,
        const std::function<Result<void>()>& commit_application
    ) override {
        return commit_application();
    }

    bool has = false;
};

/// How long a validator alone takes from height 4 to `height`. Its application's transactions are
/// of its own, so that each block must be proved by the next, unless it has none.
class Pace : public testing::Test {
protected:
    void start(PacingConfig pacing) {
        node_.pool = &pool_;
        node_.pacing = pacing;
        node_.application().proposes_no_txs = true;
        ASSERT_TRUE(node_.start());
        ASSERT_TRUE(node_.run_to(Height(4)));
    }

    Time time_to(std::int64_t height) {
        const Time before = node_.now();
        EXPECT_TRUE(node_.run_to(Height(height)));
        return node_.now() - before;
    }

    SoloDisks disks_;
    SoloRecord record_;
    FakePool pool_;
    SoloNode node_{disks_, record_};
};

TEST_F(Pace, is_four_intervals_where_nothing_waits) {
    start({});
    EXPECT_EQ(time_to(7), seconds(6));
}

TEST_F(Pace, is_an_interval_where_transactions_wait) {
    pool_.has = true;
    start({});
    EXPECT_EQ(time_to(7), milliseconds(1'500));
}

TEST_F(Pace, is_as_fast_as_votes_come_with_an_interval_of_zero) {
    start({.block_interval = Time(0)});
    EXPECT_EQ(time_to(50), Time(0));
}

TEST_F(Pace, quickens_when_the_first_transaction_comes) {
    start({});
    EXPECT_EQ(time_to(5), seconds(2));
    ASSERT_TRUE(node_.engine().txs_available());
    EXPECT_EQ(time_to(6), milliseconds(500));
    EXPECT_EQ(time_to(7), seconds(2));
}

TEST_F(Pace, makes_a_block_that_proves_the_last_one_with_transactions) {
    start({});
    node_.application().proposes_no_txs = false;
    EXPECT_EQ(time_to(5), seconds(2));
    node_.application().proposes_no_txs = true;
    EXPECT_EQ(time_to(6), milliseconds(500));
    EXPECT_EQ(time_to(7), seconds(2));
}

TEST_F(Pace, of_the_first_two_blocks_is_at_once) {
    const Time before = node_.now();
    node_.pool = &pool_;
    ASSERT_TRUE(node_.start());
    ASSERT_TRUE(node_.run_to(Height(2)));
    EXPECT_EQ(node_.now(), before);
}

}  // namespace
}  // namespace steelyard::engine
