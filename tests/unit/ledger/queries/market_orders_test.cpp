// Questions about orders, asks and jobs, and whose they are.
#include "tests/unit/ledger/queries/market_bench.h"

namespace steelyard::queries {
namespace {

using namespace ::steelyard::market::v1;
using testing::StartsWith;

class MarketOrderQueries : public MarketQueryTest {
protected:
    /// The ids on the pages of a user's orders.
    std::vector<std::uint64_t> order_ids(QueryOrdersRequest request) {
        std::vector<std::uint64_t> ids;
        for (int pages = 0; pages < 100; ++pages) {
            const auto page = ask<QueryOrdersResponse>("Orders", request);
            EXPECT_EQ(failure, "");
            for (const auto& order : page.orders()) {
                ids.push_back(order.order_id());
            }
            if (page.pagination().next_key().empty()) {
                return ids;
            }
            request.mutable_pagination()->set_key(page.pagination().next_key());
        }
        ADD_FAILURE() << "no end of pages";
        return ids;
    }

    QueryOrdersRequest of_user(int number) {
        QueryOrdersRequest request;
        request.set_user(address(number));
        return request;
    }
};

TEST_F(MarketOrderQueries, give_orders_and_their_jobs) {
    const auto id = matched();
    QueryOrderRequest request;
    request.set_order_id(static_cast<std::uint64_t>(id.order));
    const auto order = ask<QueryOrderResponse>("Order", request).order();
    EXPECT_EQ(order.user(), address(10));
    EXPECT_EQ(order.limit_price(), 2'000'000U);
    EXPECT_EQ(order.program(), bytes_of(market.program));
    EXPECT_EQ(order.work_units(), 1'000U);
    EXPECT_EQ(order.live(), 1U);
    EXPECT_EQ(order.inputs_size(), 2);
    EXPECT_EQ(order.halt(), "");
    request.set_order_id(99);
    ask<QueryOrderResponse>("Order", request);
    EXPECT_EQ(failure, "NotFound: order 99 not found");

    QueryJobRequest of_job;
    of_job.set_order_id(static_cast<std::uint64_t>(id.order));
    const auto job = ask<QueryJobResponse>("Job", of_job).job();
    EXPECT_EQ(job.state(), "matched");
    EXPECT_EQ(job.reason(), "none");
    EXPECT_EQ(job.party_at_fault(), "nobody");
    EXPECT_EQ(job.assignment().provider(), address(1));
    EXPECT_EQ(job.assignment().worker(), address(1'001));
    EXPECT_EQ(job.assignment().unit_price(), 1'000'000U);
    EXPECT_EQ(job.wait().kind(), "start");
    EXPECT_EQ(job.inputs_size(), 2);
    EXPECT_EQ(job.user(), address(10));
    EXPECT_FALSE(job.has_commitment());
    of_job.set_task(1);
    ask<QueryJobResponse>("Job", of_job);
    EXPECT_EQ(failure, "NotFound: job " + to_string(id.order) + "/1 not found");
}

TEST_F(MarketOrderQueries, tell_of_results_and_challenges) {
    const auto id = matched();
    market.start(id);
    market.commit(id);
    while (market.job(id).state != market::JobState::challenged) {
        market.end_block();
    }
    QueryJobRequest request;
    request.set_order_id(static_cast<std::uint64_t>(id.order));
    auto job = ask<QueryJobResponse>("Job", request).job();
    EXPECT_EQ(job.state(), "challenged");
    EXPECT_EQ(job.commitment().inline_result(), std::string(64, '\7'));
    EXPECT_EQ(job.commitment().steps(), 10U);
    EXPECT_EQ(job.wait().kind(), "respond");
    EXPECT_GT(job.challenge().probes(), 0U);
    EXPECT_EQ(job.challenge().seed().size(), 32U);
    ASSERT_TRUE(market.prove(id, market::ProofVerdict::right));
    while (market.job(id).state != market::JobState::settled) {
        market.end_block();
    }
    job = ask<QueryJobResponse>("Job", request).job();
    EXPECT_EQ(job.reason(), "settled");
    EXPECT_EQ(job.paid(), job.assignment().price());
    EXPECT_FALSE(job.has_wait()) << "retention is nobody's wait";
}

TEST_F(MarketOrderQueries, list_a_users_orders_page_by_page) {
    std::vector<std::uint64_t> mine;
    for (int i = 0; i < 5; ++i) {
        mine.push_back(
            static_cast<std::uint64_t>(market.order(market.person(10), market.terms(1)).order)
        );
        market.order(market.person(11), market.terms(1));
    }
    market.end_block();
    const std::vector<std::uint64_t> newest_first(mine.rbegin(), mine.rend());

    EXPECT_EQ(order_ids(of_user(10)), mine);
    EXPECT_EQ(order_ids(QueryOrdersRequest()).size(), 10U) << "of all";
    for (const std::uint64_t limit : {1, 2, 5, 6}) {
        QueryOrdersRequest request = of_user(10);
        request.mutable_pagination()->set_limit(limit);
        EXPECT_EQ(order_ids(request), mine) << limit;
        request.mutable_pagination()->set_reverse(true);
        EXPECT_EQ(order_ids(request), newest_first) << limit;
    }
    QueryOrdersRequest request = of_user(10);
    request.mutable_pagination()->set_offset(3);
    EXPECT_EQ(order_ids(request), (std::vector{mine[3], mine[4]}));
    EXPECT_EQ(ask<QueryOrdersResponse>("Orders", request).pagination().total(), 5U);
    request.mutable_pagination()->set_limit(1);
    request.mutable_pagination()->set_offset(0);
    request.mutable_pagination()->set_count_total(true);
    EXPECT_EQ(ask<QueryOrdersResponse>("Orders", request).pagination().total(), 5U);
    EXPECT_EQ(order_ids(of_user(12)).size(), 0U) << "has none";
    EXPECT_EQ(order_ids(of_user(4'000)).size(), 0U) << "is nobody";
}

TEST_F(MarketOrderQueries, list_only_what_is_open) {
    const auto kept = market.order(market.person(10), market.terms(1));
    const auto cancelled = market.order(market.person(10), market.terms(1));
    ASSERT_TRUE(market.run([&](market::Context& context) {
        return market::cancel_order(context, market.person(10), cancelled.order);
    }));
    market.end_block();
    QueryOrdersRequest request = of_user(10);
    EXPECT_EQ(order_ids(request).size(), 2U);
    request.set_only_open(true);
    EXPECT_EQ(order_ids(request), std::vector{static_cast<std::uint64_t>(kept.order)});
    request.clear_user();
    EXPECT_EQ(order_ids(request), std::vector{static_cast<std::uint64_t>(kept.order)});
}

TEST_F(MarketOrderQueries, refuse_bad_pages) {
    QueryOrdersRequest request = of_user(10);
    market.person(10);
    request.mutable_pagination()->set_key("short");
    ask<QueryOrdersResponse>("Orders", request);
    EXPECT_EQ(failure, "InvalidArgument: page key has 5 bytes, not 12");
    request.mutable_pagination()->set_offset(1);
    ask<QueryOrdersResponse>("Orders", request);
    EXPECT_EQ(failure, "InvalidArgument: a page has a key or an offset, not both");
    request.set_user("nobody");
    ask<QueryOrdersResponse>("Orders", request);
    EXPECT_THAT(failure, StartsWith("InvalidArgument: "));
}

TEST_F(MarketOrderQueries, list_a_providers_asks) {
    matched();
    QueryAsksRequest request;
    request.set_provider(address(2));
    auto asks = ask<QueryAsksResponse>("Asks", request);
    ASSERT_EQ(asks.asks_size(), 1);
    EXPECT_EQ(asks.asks(0).price(), 2'000'000U);
    EXPECT_EQ(asks.asks(0).provider(), address(2));
    EXPECT_FALSE(asks.asks(0).is_void());
    ASSERT_TRUE(market.run([&](market::Context& context) {
        return market::void_asks(context, market.person(2));
    }));
    EXPECT_TRUE(ask<QueryAsksResponse>("Asks", request).asks(0).is_void());
    request.set_provider(address(10));
    EXPECT_EQ(ask<QueryAsksResponse>("Asks", request).asks_size(), 0);
}

TEST_F(MarketOrderQueries, list_jobs_by_who_has_them) {
    const auto id = matched();
    const auto other = market.order(market.person(11), market.terms(2'000'000));
    market.end_block();
    const auto ids = [&](const QueryJobsRequest& request) {
        std::vector<std::uint64_t> found;
        const auto response = ask<QueryJobsResponse>("Jobs", request);
        for (const auto& job : response.jobs()) {
            found.push_back(job.order_id());
        }
        return found;
    };
    const std::vector both{
        static_cast<std::uint64_t>(id.order), static_cast<std::uint64_t>(other.order)
    };
    QueryJobsRequest request;
    request.set_provider(address(1));
    EXPECT_EQ(ids(request), both);
    request.clear_provider();
    request.set_worker(address(1'001));
    EXPECT_EQ(ids(request), both);
    request.set_only_live(true);
    EXPECT_EQ(ids(request), both);
    request.set_worker(address(1'002));
    EXPECT_EQ(ids(request).size(), 0U);
    request.clear_worker();
    request.set_order_id(both[1]);
    EXPECT_EQ(ids(request), std::vector{both[1]});

    request.set_provider(address(1));
    ask<QueryJobsResponse>("Jobs", request);
    EXPECT_EQ(failure, "InvalidArgument: 2 of order_id, provider and worker, must be one");
    request.Clear();
    ask<QueryJobsResponse>("Jobs", request);
    EXPECT_THAT(failure, StartsWith("InvalidArgument: 0 of"));
    request.set_order_id(99);
    ask<QueryJobsResponse>("Jobs", request);
    EXPECT_EQ(failure, "NotFound: order 99 not found");
}

/// What was lost is not the provider's any more.
TEST_F(MarketOrderQueries, list_no_job_that_went_to_another) {
    const auto id = matched();
    ASSERT_TRUE(market.run([&](market::Context& context) {
        return market::decline_job(context, market.person(1'001), id, market::Decline::busy);
    }));
    market.end_blocks(2);
    QueryJobsRequest request;
    request.set_provider(address(1));
    EXPECT_EQ(ask<QueryJobsResponse>("Jobs", request).jobs_size(), 0);
    request.set_provider(address(2));
    const auto jobs = ask<QueryJobsResponse>("Jobs", request);
    ASSERT_EQ(jobs.jobs_size(), 1);
    EXPECT_EQ(jobs.jobs(0).reason(), "declined");
    EXPECT_EQ(jobs.jobs(0).decline_reason(), 4U);
    ASSERT_EQ(jobs.jobs(0).had_it_size(), 1);
    EXPECT_EQ(jobs.jobs(0).had_it(0), address(1));
}

TEST_F(MarketOrderQueries, need_the_listings) {
    QueryAsksRequest request;
    request.set_provider(address(1));
    const auto* const method = find_query_method("/steelyard.market.v1.Query/Asks");
    const auto answer = queries::ask(
        *method, {market.state(), market.block, market.params}, proto::serialize(request)
    );
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, Status::internal);
}

}  // namespace
}  // namespace steelyard::queries
