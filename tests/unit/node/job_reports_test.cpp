#include "node/job_reports.h"

#include <gtest/gtest.h>

namespace steelyard::node {
namespace {

TEST(JobReports, keep_the_last_of_each_job) {
    JobReports reports;
    reports.put(1, 0, {.stage = "fetching"});
    reports.put(1, 0, {.stage = "running", .done = 2, .of = 3});
    reports.put(1, 1, {.stage = "proving"});

    EXPECT_EQ(reports.find(1, 0), (JobReport{.stage = "running", .done = 2, .of = 3}));
    EXPECT_EQ(reports.find(1, 1)->stage, "proving");
    EXPECT_FALSE(reports.find(2, 0));
}

TEST(JobReports, forget_the_oldest_orders) {
    JobReports reports;
    for (std::uint64_t order = JobReports::jobs_max + 1; order > 0; --order) {
        reports.put(order, 0, {});
    }
    EXPECT_FALSE(reports.find(1, 0));
    EXPECT_TRUE(reports.find(2, 0));

    reports.put(JobReports::jobs_max + 2, 0, {});
    EXPECT_FALSE(reports.find(2, 0));
    EXPECT_TRUE(reports.find(JobReports::jobs_max + 2, 0));
}

}  // namespace
}  // namespace steelyard::node
