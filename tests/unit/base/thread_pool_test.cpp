#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <atomic>
#include <thread>
#include <vector>

namespace steelyard {
namespace {

TEST(ThreadPool, runs_every_task_before_it_ends) {
    std::atomic<int> count = 0;
    {
        ThreadPool pool(3);
        for (int i = 0; i < 1'000; ++i) {
            pool.submit([&] { ++count; });
        }
    }

    EXPECT_EQ(count, 1'000);
}

TEST(ThreadPool, runs_at_once_without_threads) {
    ThreadPool pool(0);
    std::thread::id ran_on;

    pool.submit([&] { ran_on = std::this_thread::get_id(); });

    EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(ThreadPool, visits_each_number_once) {
    for (const std::size_t threads : {0, 1, 4}) {
        ThreadPool pool(threads);
        for (const std::size_t count : {0, 1, 2, 1'000}) {
            std::vector<std::atomic<int>> visits(count);

            pool.parallel_for(count, [&](std::size_t i) { ++visits[i]; });

            for (const auto& visit : visits) {
                ASSERT_EQ(visit, 1);
            }
        }
    }
}

TEST(ThreadPool, helps_itself_within_its_own_tasks) {
    std::atomic<int> count = 0;
    {
        ThreadPool pool(1);
        for (int i = 0; i < 10; ++i) {
            pool.submit([&] { pool.parallel_for(10, [&](std::size_t) { ++count; }); });
        }
    }

    EXPECT_EQ(count, 100);
}

}  // namespace
}  // namespace steelyard
