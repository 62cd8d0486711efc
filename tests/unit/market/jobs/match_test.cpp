// From the book to a provider: what a trade does.
#include "ledger/state/values.h"
#include "tests/support/market/job_fixture.h"

namespace steelyard::market {
namespace {

using test::JobFixture;

class MatchTest : public JobFixture {};

TEST_F(MatchTest, is_at_the_asks_price_and_reserves_by_it) {  // E2, E3
    bench.end_block();

    ASSERT_EQ(state(), JobState::matched);
    EXPECT_EQ(job().match->price, job_price);
    EXPECT_EQ(job().match->reserved, reserved);
    EXPECT_EQ(job().match->worker, worker);
    EXPECT_EQ(bench.provider(provider).reserved, reserved);
    EXPECT_EQ(get_worker(bench.state(), worker).value()->busy, 1U);
    EXPECT_EQ(get_ask(bench.state(), ask).value()->work_units, 1'000'000 - bench.facts.work_units);
    EXPECT_EQ(bench.balance(user), user_before - escrow());
}

TEST_F(MatchTest, reserves_the_least_slash_for_a_cheap_job) {  // E3
    bench.params.market.min_slash = 7'000'000;

    bench.end_block();

    EXPECT_EQ(job().match->reserved, 7'000'000U);
}

TEST_F(MatchTest, tells_of_the_trade_and_the_job) {
    bench.end_block();

    auto trade = last_event("trade", "");
    EXPECT_EQ(trade["price"], std::to_string(ask_price));
    EXPECT_EQ(trade["amount"], std::to_string(job_price));
    EXPECT_EQ(trade["work_units"], "1000");
    EXPECT_EQ(trade["job"], to_string(id));
    EXPECT_EQ(trade["user"], ledger::account_text(bench.address(2)));
    EXPECT_EQ(trade["provider"], ledger::account_text(bench.address(1)));
    EXPECT_EQ(trade["worker"], ledger::account_text(bench.address(1'001)));
    auto told = last_event("job", "matched");
    EXPECT_EQ(told["id"], to_string(id));
    EXPECT_EQ(told["state"], "matched");
    EXPECT_EQ(counters().matches, 1U);
    EXPECT_EQ(counters().last_price, ask_price);
}

TEST_F(MatchTest, closes_an_ask_that_is_sold) {  // C5
    const AskKey small = bench.ask(provider, ask_price - 1'000'000, bench.facts.work_units);

    bench.end_block();

    EXPECT_EQ(job().match->ask, small);
    EXPECT_FALSE(get_ask(bench.state(), small).value());
    EXPECT_EQ(count_events("ask", "sold"), 1U);
}

TEST_F(MatchTest, waits_for_its_start_as_long_as_its_inputs_take) {  // J1, D1
    bench.end_block();

    // 20 blocks, and one second for 5,000,000 bytes.
    const Job matched = job();
    EXPECT_EQ(matched.deadline->kind, DeadlineKind::start);
    EXPECT_EQ(matched.deadline->due.height.value(), matched.match->height.value() + 21);
}

TEST_F(MatchTest, keeps_the_numbers_that_it_was_matched_under) {
    bench.end_block();
    bench.params.market.fee_bps = 5'000;
    bench.params.market.settle_blocks = 1'000;
    bench.params.market.respond_blocks = 1;
    bench.params.market.commit_blocks = 1;

    be(JobState::proved);
    bench.end_blocks(31);

    ASSERT_EQ(state(), JobState::settled);
    EXPECT_EQ(bench.balance(provider), provider_before + job_price - job_price * 4 / 100);
}

// E2: validators may raise the least price while an order stands whose user put aside less.
TEST_F(MatchTest, never_costs_more_than_was_put_aside_when_the_least_price_has_risen) {
    const Money put_aside = bench.order_of(id).job_escrow;
    bench.params.market.min_job_price = 10 * put_aside;

    bench.end_block();

    ASSERT_EQ(state(), JobState::matched);
    EXPECT_EQ(job().match->price, put_aside);
    EXPECT_EQ(job().match->reserved, 40 * put_aside);
    be(JobState::proved);
    bench.end_blocks(31);
    EXPECT_EQ(state(), JobState::settled);
    EXPECT_EQ(job().paid, put_aside);
}

}  // namespace
}  // namespace steelyard::market
