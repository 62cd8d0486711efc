#include "worker/link/worker_session.h"

#include <gtest/gtest.h>

namespace steelyard::worker {
namespace {

using namespace std::chrono_literals;
using Due = WorkerSession::Due;
using Phase = WorkerSession::Phase;

class WorkerSessionTest : public testing::Test {
protected:
    void open(LinkTime now) {
        session_.connected(now);
        session_.heard(now);
        session_.welcomed();
    }

    SeededRandom random_{1};
    WorkerSession session_{LinkTimes{}, 0s};
};

TEST_F(WorkerSessionTest, connects_at_once) {
    EXPECT_EQ(session_.due(0s), Due::connect);

    session_.connected(0s);

    EXPECT_EQ(session_.phase(), Phase::greeting);
    EXPECT_EQ(session_.due(1s), Due::nothing);
}

TEST_F(WorkerSessionTest, gives_up_a_node_that_does_not_greet_back) {
    session_.connected(0s);

    EXPECT_EQ(session_.due(9'999ms), Due::nothing);
    EXPECT_EQ(session_.deadline(), 10s);
    EXPECT_EQ(session_.due(10s), Due::lost);
}

TEST_F(WorkerSessionTest, sends_a_heartbeat_when_it_was_silent) {
    open(0s);

    EXPECT_EQ(session_.due(1'999ms), Due::nothing);
    EXPECT_EQ(session_.due(2s), Due::heartbeat);
    session_.sent(2s);
    EXPECT_EQ(session_.due(3s), Due::nothing);
    EXPECT_EQ(session_.deadline(), 4s);
}

TEST_F(WorkerSessionTest, takes_a_silent_node_for_gone) {
    open(0s);
    session_.heard(5s);
    session_.sent(14s);

    EXPECT_EQ(session_.due(14'999ms), Due::nothing);
    EXPECT_EQ(session_.due(15s), Due::lost);
}

TEST_F(WorkerSessionTest, waits_twice_as_long_each_time_up_to_half_a_minute) {
    LinkTime now = 0s;
    for (const LinkTime base :
         {500'000'000ns,
          1'000'000'000ns,
          2'000'000'000ns,
          4'000'000'000ns,
          8'000'000'000ns,
          16'000'000'000ns,
          30'000'000'000ns,
          30'000'000'000ns}) {
        session_.connected(now);
        session_.lost(now, random_);

        const LinkTime wait = session_.deadline() - now;
        EXPECT_GE(wait, base);
        EXPECT_LE(wait, base + base / 4);
        EXPECT_EQ(session_.due(session_.deadline() - 1ns), Due::nothing);
        now = session_.deadline();
        EXPECT_EQ(session_.due(now), Due::connect);
    }
}

TEST_F(WorkerSessionTest, draws_its_waits) {
    session_.lost(0s, random_);
    const LinkTime first = session_.deadline();
    WorkerSession other(LinkTimes{}, 0s);
    other.lost(0s, random_);

    EXPECT_NE(first, other.deadline());
}

TEST_F(WorkerSessionTest, begins_with_short_waits_after_a_welcome) {
    for (int i = 0; i < 5; ++i) {
        session_.lost(0s, random_);
    }
    open(100s);
    session_.lost(100s, random_);

    EXPECT_LE(session_.deadline() - 100s, 625ms);
}

}  // namespace
}  // namespace steelyard::worker
