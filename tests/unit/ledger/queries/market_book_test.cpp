// Questions about books, trades, prices.
#include "tests/unit/ledger/queries/market_bench.h"

namespace steelyard::queries {
namespace {

using namespace ::steelyard::market::v1;
using testing::StartsWith;

class MarketBookQueries : public MarketQueryTest {
protected:
    QueryEstimateRequest for_program() {
        QueryEstimateRequest request;
        request.set_class_id(1);
        request.set_program(bytes_of(market.program));
        return request;
    }

    std::map<std::string, std::uint64_t> explain(const market::JobId& id) {
        QueryExplainRequest request;
        request.set_order_id(static_cast<std::uint64_t>(id.order));
        std::map<std::string, std::uint64_t> counts;
        const auto response = ask<QueryExplainResponse>("Explain", request);
        for (const auto& row : response.mismatches()) {
            counts[row.mismatch()] = row.asks();
        }
        return counts;
    }
};

TEST_F(MarketBookQueries, give_the_best_of_both_sides) {
    for (int provider = 1; provider <= 3; ++provider) {
        market.ask(market.make_provider(provider), 4'000'000 - static_cast<unsigned>(provider), 9);
        market.order(market.person(10), market.terms(static_cast<unsigned>(provider)));
    }
    QueryBookRequest request;
    request.set_class_id(1);
    request.set_depth(2);
    const auto book = ask<QueryBookResponse>("Book", request);
    ASSERT_EQ(book.asks_size(), 2);
    EXPECT_EQ(book.asks(0).price(), 3'999'997U) << "the lowest";
    EXPECT_EQ(book.asks(1).price(), 3'999'998U);
    ASSERT_EQ(book.bids_size(), 2);
    EXPECT_EQ(book.bids(0).limit_price(), 3U) << "the highest";
    EXPECT_EQ(book.bids(1).limit_price(), 2U);
    EXPECT_EQ(book.bids(0).user(), address(10));
    EXPECT_TRUE(book.has_more_asks());
    EXPECT_TRUE(book.has_more_bids());
    request.set_depth(3);
    const auto whole = ask<QueryBookResponse>("Book", request);
    EXPECT_EQ(whole.asks_size(), 3);
    EXPECT_FALSE(whole.has_more_asks());
    EXPECT_FALSE(whole.has_more_bids());
}

TEST_F(MarketBookQueries, refuse_books_that_cannot_be) {
    QueryBookRequest request;
    request.set_class_id(2);
    ask<QueryBookResponse>("Book", request);
    EXPECT_EQ(failure, "NotFound: class 2 not found");
    request.set_class_id(1);
    request.set_product(2);
    ask<QueryBookResponse>("Book", request);
    EXPECT_EQ(failure, "InvalidArgument: product is 2, must be 1 (work)");
    request.set_product(1);
    request.set_depth(1'001);
    ask<QueryBookResponse>("Book", request);
    EXPECT_EQ(failure, "InvalidArgument: depth is 1001, must be at most 1000");
    request.set_depth(1'000);
    EXPECT_EQ(ask<QueryBookResponse>("Book", request).asks_size(), 0);
    EXPECT_EQ(failure, "");
}

/// What posting it takes (E1).
TEST_F(MarketBookQueries, estimate_what_an_order_takes) {
    auto request = for_program();
    request.set_limit_price(50'000'000);
    const auto one = ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_EQ(one.work_units(), 1'000U);
    EXPECT_EQ(one.job_escrow(), 50'000U);
    EXPECT_EQ(one.best_ask(), 0U);
    EXPECT_EQ(one.best_price(), 0U);
    const auto before = market.balance(market.person(10));
    market.order(market.person(10), market.terms(50'000'000));
    EXPECT_EQ(before - market.balance(market.person(10)), one.escrow());
    EXPECT_EQ(one.escrow(), one.job_escrow() + one.proof_escrow());
    request.set_tasks(7);
    EXPECT_EQ(ask<QueryEstimateResponse>("Estimate", request).escrow(), 7 * one.escrow());
    EXPECT_EQ(one.start_blocks(), 21U) << "a second for five megabytes";
    EXPECT_EQ(one.commit_blocks(), 60U + 3 * 1'000 / 10);
    EXPECT_EQ(one.respond_blocks(), 20U + 1'000 / 10);
}

TEST_F(MarketBookQueries, estimate_at_the_best_ask) {
    auto request = for_program();
    ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_EQ(
        failure, "InvalidArgument: limit_price is 0, and the book has no ask to take it from"
    );
    market.ask(market.make_provider(1), 30'000'000, 9'000);
    const auto found = ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_EQ(found.limit_price(), 30'000'000U);
    EXPECT_EQ(found.best_ask(), 30'000'000U);
    EXPECT_EQ(found.best_price(), 30'000U);
    EXPECT_EQ(found.job_escrow(), 30'000U);
}

TEST_F(MarketBookQueries, refuse_estimates_that_cannot_be) {
    auto request = for_program();
    request.set_limit_price(market::price_max + 1);
    ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_THAT(failure, StartsWith("InvalidArgument: limit_price is"));
    request.set_limit_price(market::price_max);
    request.set_tasks(1'025);
    ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_EQ(failure, "InvalidArgument: tasks is 1025, must be at most 1024");
    market.params.market.job_work_units_max = 999;
    request.set_tasks(1'024);
    ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_EQ(failure, "InvalidArgument: 1000 work units, must be at most 999");
    market::Program huge = market::get_program(market.state(), market.program).value().value();
    huge.facts.work_units = 1'000'000'000;
    ASSERT_TRUE(market::put_program(market.state(), market.program, huge));
    market.params.market.job_work_units_max = huge.facts.work_units;
    ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_EQ(
        failure,
        "InvalidArgument: 1024 tasks of 1000000000 work units at 1000000000000000 are more than "
        "1000000000000000000 uyard"
    );
    request.set_program(std::string(32, '\1'));
    ask<QueryEstimateResponse>("Estimate", request);
    EXPECT_THAT(failure, StartsWith("NotFound: program 0101"));
}

TEST_F(MarketBookQueries, explain_why_nothing_serves_a_job) {
    market.ask(market.make_provider(1), 500, 100'000);
    market.ask(market.make_provider(2), 1'500, 100'000);
    market.ask(market.make_provider(3, 1'000'000), 700, 10);
    auto terms = market.terms(1'000);
    terms.filters.excluded = {market.person(1)};
    const auto id = market.order(market.person(10), terms);
    market.end_block();

    EXPECT_EQ(
        explain(id),
        (std::map<std::string, std::uint64_t>{{"price", 1}, {"excluded", 1}, {"work_units", 1}})
    );
    QueryExplainRequest request;
    request.set_order_id(static_cast<std::uint64_t>(id.order));
    const auto all = ask<QueryExplainResponse>("Explain", request);
    EXPECT_EQ(all.state(), "open");
    EXPECT_EQ(all.asks(), 3U);
    EXPECT_FALSE(all.is_partial());
    request.set_task(5);
    ask<QueryExplainResponse>("Explain", request);
    EXPECT_THAT(failure, StartsWith("NotFound: job "));
}

TEST_F(MarketBookQueries, explain_nothing_of_a_job_that_is_not_open) {
    const auto id = matched();
    QueryExplainRequest request;
    request.set_order_id(static_cast<std::uint64_t>(id.order));
    const auto all = ask<QueryExplainResponse>("Explain", request);
    EXPECT_EQ(all.state(), "matched");
    EXPECT_EQ(all.mismatches_size(), 0);
}

/// A meter is as it was, and counts on, after what is read without one.
TEST_F(MarketBookQueries, explain_within_their_gas) {
    market.ask(market.make_provider(1), 500, 100'000);
    const auto id = market.order(market.person(10), market.terms(100));
    market.end_block();
    QueryExplainRequest request;
    request.set_order_id(static_cast<std::uint64_t>(id.order));
    const auto answer = queries::ask(
        *find_query_method("/steelyard.market.v1.Query/Explain"),
        asked(),
        proto::serialize(request),
        1'500
    );
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, Status::resource_exhausted);
}

TEST_F(MarketBookQueries, tell_of_trades_the_newest_first) {
    market.ask(market.make_provider(1), 1'000, 100'000);
    for (int user = 10; user < 13; ++user) {
        market.order(market.person(user), market.terms(2'000));
        market.end_block();
    }
    QueryTradesRequest request;
    request.set_class_id(1);
    const auto all = ask<QueryTradesResponse>("Trades", request);
    ASSERT_EQ(all.trades_size(), 3);
    EXPECT_EQ(all.trades(0).number(), 3U);
    EXPECT_EQ(all.trades(0).user(), address(12));
    EXPECT_EQ(all.trades(0).provider(), address(1));
    EXPECT_EQ(all.trades(0).price(), 1'000U);
    EXPECT_EQ(all.trades(0).amount(), 10'000U) << "the least that a job costs";
    EXPECT_EQ(all.trades(0).work_units(), 1'000U);
    EXPECT_EQ(all.trades_ever(), 3U);
    EXPECT_EQ(all.pagination().total(), 3U);
    EXPECT_EQ(all.pagination().next_key(), "");

    request.mutable_pagination()->set_limit(2);
    auto page = ask<QueryTradesResponse>("Trades", request);
    ASSERT_EQ(page.trades_size(), 2);
    request.mutable_pagination()->set_key(page.pagination().next_key());
    page = ask<QueryTradesResponse>("Trades", request);
    ASSERT_EQ(page.trades_size(), 1);
    EXPECT_EQ(page.trades(0).number(), 1U);
    EXPECT_EQ(page.pagination().next_key(), "");
    request.mutable_pagination()->set_key("bad");
    ask<QueryTradesResponse>("Trades", request);
    EXPECT_EQ(failure, "InvalidArgument: page key has 3 bytes, not 8");
}

TEST_F(MarketBookQueries, weigh_prices_by_work) {
    QueryPriceIndexRequest request;
    request.set_class_id(1);
    EXPECT_EQ(ask<QueryPriceIndexResponse>("PriceIndex", request).price(), 0U);
    EXPECT_EQ(failure, "");
    market.ask(market.make_provider(1), 1'000, 1'000);
    market.ask(market.make_provider(2), 4'000, 2'000);
    for (int user = 10; user < 13; ++user) {
        market.order(market.person(user), market.terms(5'000));
    }
    market.end_block();
    const auto index = ask<QueryPriceIndexResponse>("PriceIndex", request);
    EXPECT_EQ(index.price(), 3'000U);
    EXPECT_EQ(index.trades(), 3U);
    EXPECT_EQ(index.work_units(), 3'000U);
    EXPECT_EQ(index.last_price(), 4'000U);
    EXPECT_EQ(index.last_height(), market.block.height.value() - 1);
    ASSERT_EQ(index.periods_size(), 1);
    EXPECT_EQ(index.periods(0).low(), 1'000U);
    EXPECT_EQ(index.periods(0).high(), 4'000U);
}

}  // namespace
}  // namespace steelyard::queries
