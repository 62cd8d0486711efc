#include "tests/sim/scheduler.h"

#include "tests/sim/node_clock.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using namespace std::chrono_literals;

TEST(Scheduler, runs_what_is_due_first_and_of_one_moment_what_came_first) {
    Scheduler scheduler;
    std::string order;
    scheduler.at(2s, [&] { order += "c"; });
    scheduler.at(1s, [&] { order += "a"; });
    scheduler.at(2s, [&] { order += "d"; });
    scheduler.at(1s, [&] { order += "b"; });

    while (scheduler.run_next(10s)) {
    }

    EXPECT_EQ(order, "abcd");
    EXPECT_EQ(scheduler.now(), 10s);
}

TEST(Scheduler, leaves_what_is_due_after_the_end) {
    Scheduler scheduler;
    bool happened = false;
    scheduler.at(5s, [&] { happened = true; });

    EXPECT_FALSE(scheduler.run_next(4s));
    EXPECT_FALSE(happened);
    EXPECT_EQ(scheduler.now(), 4s);

    EXPECT_TRUE(scheduler.run_next(5s));
    EXPECT_TRUE(happened);
}

TEST(Scheduler, an_action_may_schedule_others) {
    Scheduler scheduler;
    std::vector<Time> times;
    scheduler.at(1s, [&] {
        scheduler.at(scheduler.now() + 1s, [&] { times.push_back(scheduler.now()); });
        scheduler.at(scheduler.now(), [&] { times.push_back(scheduler.now()); });
    });

    while (scheduler.run_next(10s)) {
    }

    EXPECT_EQ(times, (std::vector<Time>{1s, 2s}));
}

TEST(SchedulerDeathTest, takes_nothing_for_the_past) {
    Scheduler scheduler;
    scheduler.run_next(2s);

    EXPECT_DEATH(scheduler.at(1s, [] {}), "when >= now_");
}

TEST(NodeClock, errs_as_it_is_told) {
    Scheduler scheduler;
    NodeClock clock(scheduler, {.skew = -3s, .drift_ppm = 100});

    scheduler.run_next(1'000'000s);

    EXPECT_EQ(clock.monotonic_now(), 1'000'100s);
    EXPECT_EQ(clock.wall_now().time_since_epoch(), simulation_epoch + 1'000'097s);
    EXPECT_EQ(clock.virtual_duration(1'000'100s), 1'000'000s);
}

TEST(NodeClock, runs_ahead_while_its_machine_is_busy) {
    Scheduler scheduler;
    NodeClock clock(scheduler, {});

    clock.be_busy(2s);
    clock.be_busy(1s);

    EXPECT_EQ(clock.now(), 3s);
    EXPECT_EQ(clock.monotonic_now(), 3s);
    clock.be_idle();
    EXPECT_EQ(clock.now(), 0s);
}

}  // namespace
}  // namespace steelyard::sim
