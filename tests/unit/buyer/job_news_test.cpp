#include "buyer/job_news.h"

#include "steelyard/market/v1/query.pb.h"

#include <gtest/gtest.h>

namespace steelyard::buyer {
namespace {

using market::v1::Job;
using market::v1::Order;

Job open_job() {
    Job job;
    job.set_order_id(7);
    job.set_state("open");
    job.set_reason("none");
    job.set_entered_height(10);
    return job;
}

Job matched_job(std::int64_t height = 11, std::uint64_t ask = 3) {
    Job job = open_job();
    job.set_state("matched");
    job.mutable_assignment()->set_height(height);
    job.mutable_assignment()->set_ask_id(ask);
    job.mutable_assignment()->set_provider("yard1p");
    job.mutable_assignment()->set_worker("yard1w");
    job.mutable_assignment()->set_price(500);
    job.mutable_wait()->set_kind("start");
    job.mutable_wait()->set_height(31);
    return job;
}

Job committed_job() {
    Job job = matched_job();
    job.set_state("committed");
    job.set_started_height(12);
    job.clear_wait();
    job.mutable_commitment()->set_height(15);
    job.mutable_commitment()->set_inline_result("four");
    return job;
}

Job settled_job() {
    Job job = committed_job();
    job.set_state("settled");
    job.set_reason("settled");
    job.set_ended_height(45);
    job.set_paid(500);
    return job;
}

market::v1::QueryJobsResponse jobs_of(const std::vector<Job>& jobs) {
    market::v1::QueryJobsResponse out;
    for (const Job& job : jobs) {
        *out.add_jobs() = job;
    }
    return out;
}

std::vector<std::string> states_of(const std::vector<JobNews>& news) {
    std::vector<std::string> out;
    for (const JobNews& one : news) {
        out.push_back(one.state + "@" + std::to_string(one.height));
    }
    return out;
}

using Texts = std::vector<std::string>;

TEST(JobNews, tells_all_there_is_at_first) {
    EXPECT_EQ(
        states_of(news_of(nullptr, settled_job())),
        (Texts{"open@10", "matched@11", "started@12", "committed@15", "settled@45"})
    );
}

TEST(JobNews, tells_a_step_once) {
    const Job open = open_job();
    const Job matched = matched_job();
    const Job committed = committed_job();

    EXPECT_EQ(states_of(news_of(&open, matched)), Texts{"matched@11"});
    EXPECT_EQ(news_of(&open, matched)[0].text, "yard1p for 500 uyard; to start by block 31");
    EXPECT_TRUE(news_of(&matched, matched).empty());
    EXPECT_EQ(states_of(news_of(&matched, committed)), (Texts{"started@12", "committed@15"}));
    EXPECT_TRUE(news_of(&committed, committed).empty());
}

TEST(JobNews, tells_who_lost_a_job_and_why) {
    const Job matched = matched_job();
    Job open = open_job();
    open.set_reason("not_started");
    open.set_party_at_fault("provider");
    open.add_had_it("yard1p");

    const auto news = news_of(&matched, open);

    ASSERT_EQ(states_of(news), Texts{"reopened@0"});
    EXPECT_EQ(news[0].reason, "not_started (at fault: provider)");
    EXPECT_EQ(news[0].text, "yard1p lost it");
}

TEST(JobNews, tells_of_the_next_provider_with_his_own_steps) {
    Job first = matched_job();
    first.set_started_height(12);
    Job second = matched_job(20, 4);
    second.add_had_it("yard1p");
    second.set_started_height(21);

    EXPECT_EQ(
        states_of(news_of(&first, second)), (Texts{"reopened@0", "matched@20", "started@21"})
    );
}

TEST(JobNews, tells_of_a_challenge_and_its_answer) {
    const Job committed = committed_job();
    Job challenged = committed;
    challenged.set_state("challenged");
    challenged.mutable_challenge()->set_issued_height(18);
    challenged.mutable_challenge()->set_probes(12);
    Job proved = challenged;
    proved.set_state("proved");
    proved.mutable_challenge()->set_last_attempt_height(19);
    Job settled = proved;
    settled.set_state("settled");
    settled.set_ended_height(45);

    EXPECT_EQ(states_of(news_of(&committed, challenged)), Texts{"challenged@18"});
    EXPECT_EQ(states_of(news_of(&challenged, proved)), Texts{"proved@19"});
    EXPECT_EQ(states_of(news_of(&proved, settled)), Texts{"settled@45"});
    EXPECT_EQ(
        states_of(news_of(&committed, settled)), (Texts{"challenged@18", "proved@19", "settled@45"})
    );
}

TEST(JobNews, gives_an_end_its_reason) {
    const Job matched = matched_job();
    Job slashed = committed_job();
    slashed.set_state("slashed");
    slashed.set_reason("fraud");
    slashed.set_party_at_fault("provider");
    slashed.set_ended_height(30);

    EXPECT_EQ(news_of(&matched, slashed).back().reason, "fraud (at fault: provider)");
    EXPECT_EQ(ending_of(slashed), Ending::lost);
}

TEST(JobNews, knows_how_jobs_end) {
    EXPECT_EQ(ending_of(committed_job()), Ending::live);
    EXPECT_EQ(ending_of(settled_job()), Ending::settled);
    Job faulted = settled_job();
    faulted.set_reason("settled_fault");
    EXPECT_EQ(ending_of(faulted), Ending::faulted);
}

TEST(Tally, counts_the_jobs_of_an_order) {
    Order order;
    order.set_is_array(true);
    order.set_tasks(4);

    const Tally tally = tally_of(order, jobs_of({settled_job(), open_job()}));

    EXPECT_EQ(tally, (Tally{.settled = 1, .live = 1, .waiting = 2}));
    EXPECT_FALSE(is_success(tally));
}

TEST(Tally, is_over_when_nothing_can_change) {
    Order order;
    EXPECT_FALSE(tally_of(order, jobs_of({})).is_over) << "its job has not entered";
    EXPECT_TRUE(is_success(tally_of(order, jobs_of({settled_job()}))));
    order.set_is_array(true);
    order.set_tasks(3);
    order.set_is_final(true);

    const Tally stopped = tally_of(order, jobs_of({settled_job()}));

    EXPECT_TRUE(stopped.is_over);
    EXPECT_FALSE(is_success(stopped)) << "tasks never ran";
}

}  // namespace
}  // namespace steelyard::buyer
