#include "node/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, runs_tasks_in_order) {
    EventLoop loop;
    std::vector<int> seen;
    for (int i = 0; i < 5; ++i) {
        loop.post([&, i] { seen.push_back(i); });
    }
    loop.post([&] { loop.stop(); });

    loop.run();

    EXPECT_EQ(seen, (std::vector{0, 1, 2, 3, 4}));
}

TEST(EventLoop, runs_what_tasks_post) {
    EventLoop loop;
    bool ran = false;
    loop.post([&] {
        loop.post([&] {
            ran = true;
            loop.stop();
        });
    });

    loop.run();

    EXPECT_TRUE(ran);
}

TEST(EventLoop, runs_timers_by_their_time_and_not_the_cancelled) {
    EventLoop loop;
    std::string seen;
    loop.run_after(4ms, [&] { seen += 'c'; });
    loop.run_after(1ms, [&] { seen += 'a'; });
    const auto cancelled = loop.run_after(2ms, [&] { seen += 'x'; });
    loop.run_after(2ms, [&] { seen += 'b'; });
    loop.run_after(6ms, [&] { loop.stop(); });
    loop.cancel(cancelled);

    loop.run();

    EXPECT_EQ(seen, "abc");
}

TEST(EventLoop, a_timer_may_cancel_another_that_is_due) {
    EventLoop loop;
    EventLoop::TimerId second = 0;
    bool ran = false;
    loop.run_after(0ns, [&] { loop.cancel(second); });
    second = loop.run_after(0ns, [&] { ran = true; });
    loop.run_after(1ms, [&] { loop.stop(); });

    loop.run();

    EXPECT_FALSE(ran);
}

TEST(EventLoop, calls_the_hook_once_a_batch) {
    EventLoop loop;
    int tasks = 0;
    int batches = 0;
    loop.set_after_batch([&] {
        ++batches;
        if (tasks == 3) {
            loop.stop();
        }
    });
    for (int i = 0; i < 3; ++i) {
        loop.post([&] { ++tasks; });
    }

    loop.run();

    EXPECT_EQ(tasks, 3);
    EXPECT_EQ(batches, 1);
}

TEST(EventLoop, takes_tasks_of_many_threads) {
    EventLoop loop;
    std::thread runner([&] { loop.run(); });
    std::atomic<int> sum = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 1000; ++k) {
                    loop.post([&] { sum.fetch_add(1, std::memory_order_relaxed); });
                }
            });
        }
    }

    EXPECT_TRUE(loop.run_and_wait([] {}, 10s));
    EXPECT_EQ(sum, 4000);
    loop.stop();
    runner.join();
}

TEST(EventLoop, gathers_what_is_posted_within_the_interval) {
    EventLoop loop(50ms);
    int batches = 0;
    int tasks = 0;
    loop.set_after_batch([&] { ++batches; });
    std::thread runner([&] { loop.run(); });
    EXPECT_TRUE(loop.run_and_wait([] {}, 10s));  // the first one waits for nothing

    for (int i = 0; i < 10; ++i) {
        loop.post([&] { ++tasks; });
    }
    EXPECT_TRUE(loop.run_and_wait([&] { loop.stop(); }, 10s));
    runner.join();

    EXPECT_EQ(tasks, 10);
    EXPECT_EQ(batches, 2);
}

TEST(EventLoop, stops_within_the_interval) {
    EventLoop loop(1h);
    std::thread runner([&] { loop.run(); });
    EXPECT_TRUE(loop.run_and_wait([] {}, 10s));

    loop.stop();
    runner.join();
}

TEST(EventLoop, a_stopped_loop_tells_who_waits) {
    EventLoop loop;
    loop.stop();

    EXPECT_FALSE(loop.run_and_wait([] {}, 10s));
}

TEST(EventLoop, waiting_has_an_end) {
    EventLoop loop;  // nobody runs it

    EXPECT_FALSE(loop.run_and_wait([] {}, 1ms));
}

}  // namespace
}  // namespace steelyard::node
