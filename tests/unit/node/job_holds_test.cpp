#include "node/job_holds.h"

#include <gtest/gtest.h>

#include <vector>

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;
using crypto::Hash256;

class JobHoldsTest : public testing::Test {
protected:
    Result<void> keep(std::uint64_t order, std::vector<Hash256> ids) {
        return holds_.keep(order, 1, ids, now_);
    }

    /// As a store does.
    std::map<std::string, std::vector<Hash256>> held_{};
    JobHolds holds_{[this](std::string_view holder, std::span<const Hash256> ids) {
        held_.erase(std::string(holder));
        if (!ids.empty()) {
            held_.emplace(holder, std::vector(ids.begin(), ids.end()));
        }
    }};
    std::chrono::nanoseconds now_ = 5s;
};

TEST_F(JobHoldsTest, keep_what_a_job_said_last) {
    ASSERT_TRUE(keep(7, {Hash256{1}, Hash256{2}}));
    ASSERT_TRUE(keep(7, {Hash256{3}}));
    ASSERT_TRUE(keep(8, {Hash256{1}}));

    EXPECT_EQ(held_.at("job/7/1"), std::vector{Hash256{3}});
    ASSERT_TRUE(keep(7, {}));
    EXPECT_EQ(held_.size(), 1U);
}

TEST_F(JobHoldsTest, end_when_nobody_says_them_again) {
    ASSERT_TRUE(keep(7, {Hash256{1}}));
    ASSERT_TRUE(keep(8, {Hash256{1}}));
    now_ += JobHolds::idle_max - 1s;
    ASSERT_TRUE(keep(8, {Hash256{1}}));
    holds_.sweep(now_);
    EXPECT_EQ(held_.size(), 2U);
    now_ += 1s;

    holds_.sweep(now_);

    EXPECT_EQ(held_.size(), 1U);
    EXPECT_TRUE(held_.contains("job/8/1"));
}

TEST_F(JobHoldsTest, are_of_so_many_jobs) {
    for (std::uint64_t order = 0; order < JobHolds::jobs_max; ++order) {
        ASSERT_TRUE(keep(order, {Hash256{1}}));
    }

    const auto refused = keep(JobHolds::jobs_max, {Hash256{1}});

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::insufficient);
    EXPECT_TRUE(keep(5, {Hash256{2}})) << "it holds already";
    ASSERT_TRUE(keep(6, {}));
    EXPECT_TRUE(keep(JobHolds::jobs_max, {Hash256{1}}));
    now_ += JobHolds::idle_max;
    holds_.sweep(now_);
    EXPECT_TRUE(held_.empty());
    EXPECT_TRUE(keep(6, {Hash256{1}}));
}

}  // namespace
}  // namespace steelyard::node
