// How jobs leave the book, come back, and end (doc/spec/market.md, O3 to O6, J7).
#include "market/orders/orders.h"
#include "market/records/counters.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/market/outcomes.h"

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr Price limit = 80'000'000;
constexpr Money escrow = 80'000 + 4'701;

class Closing : public testing::Test {
protected:
    std::string cancel(AccountNumber account, OrderId id) {
        return code_of(bench.run([&](Context& context) {
            return cancel_order(context, account, id);
        }));
    }

    OrderId post_tasks(std::size_t count, std::uint32_t max_parallel, Money budget) {
        ArrayTerms array{.max_parallel = max_parallel, .budget = budget};
        array.tasks.resize(count);
        return bench
            .run([&](Context& context) {
                return post_array(context, user, bench.terms(limit), array);
            })
            .value();
    }

    std::string end_of(const JobId& id) {
        const Job job = bench.job(id);
        return fmt::format(
            "{} {} {}",
            to_string(job.state),
            to_string(job.reason),
            to_string(party_at_fault(job.reason, job.decline))
        );
    }

    /// To the block in which a matched job was not started in time.
    void wait_for_start() { bench.end_blocks(22); }

    MarketBench bench{};
    AccountNumber user = bench.person(2);
    AccountNumber other = bench.person(3);
    Money before = bench.balance(user);
};

TEST_F(Closing, O5_an_open_order_is_cancelled_at_the_end_of_the_block) {
    const JobId id = bench.order(user, bench.terms(limit));

    EXPECT_EQ(cancel(user, id.order), "");

    EXPECT_EQ(bench.job(id).state, JobState::open);
    bench.end_block();
    EXPECT_EQ(end_of(id), "cancelled cancelled user");
    EXPECT_EQ(bench.balance(user), before);
    EXPECT_TRUE(bench.order_of(id).is_final);
    EXPECT_EQ(cancel(user, id.order), "market/22");
}

TEST_F(Closing, O5_an_order_is_cancelled_before_the_clearing_of_its_block) {
    bench.ask(bench.make_provider(1), limit, 1'000'000);
    const JobId id = bench.order(user, bench.terms(limit));
    EXPECT_EQ(cancel(user, id.order), "");

    bench.end_block();

    EXPECT_EQ(end_of(id), "cancelled cancelled user");
}

TEST_F(Closing, O5_nobody_else_cancels) {
    const JobId id = bench.order(user, bench.terms(limit));

    EXPECT_EQ(cancel(other, id.order), "market/21");
    EXPECT_EQ(cancel(user, OrderId{0}), "market/20");
    EXPECT_EQ(cancel(user, OrderId{2}), "market/20");
    EXPECT_EQ(cancel(user, OrderId{~std::uint64_t{0}}), "market/20");
    EXPECT_EQ(cancel(user, id.order), "");
    EXPECT_EQ(cancel(user, id.order), "") << "twice in a block is once";
    bench.end_block();
}

TEST_F(Closing, O5_has_no_part_in_jobs_that_are_matched) {
    bench.ask(bench.make_provider(1), limit, 1'000);
    const JobId id = bench.order(user, bench.terms(limit));
    bench.end_block();
    ASSERT_EQ(bench.job(id).state, JobState::matched);

    EXPECT_EQ(cancel(user, id.order), "");
    bench.end_block();

    EXPECT_EQ(bench.job(id).state, JobState::matched);
    EXPECT_EQ(cancel(user, id.order), "market/22");
    wait_for_start();
    EXPECT_EQ(end_of(id), "cancelled not_started provider") << "it closes where it would be open";
    EXPECT_EQ(bench.balance(user), before + 80'000 * 2 / 100) << "E7 is owed all the same";
}

TEST_F(Closing, O5_an_array_closes_what_is_open_and_takes_in_no_more) {
    bench.ask(bench.make_provider(1), limit, 1'000);  // for one
    const OrderId id = post_tasks(6, 3, 10 * escrow);
    bench.end_block();

    EXPECT_EQ(cancel(user, id), "");
    bench.end_block();

    const Order order = bench.order_of({.order = id});
    EXPECT_EQ(order.live, 1U);
    EXPECT_EQ(order.next_task, 3U);
    EXPECT_FALSE(order.is_final);
    wait_for_start();
    EXPECT_TRUE(bench.order_of({.order = id}).is_final);
    EXPECT_EQ(bench.balance(user), before + 80'000 * 2 / 100);
    EXPECT_NE(last_event(bench.events, "order").find("action=closed"), std::string::npos);
}

TEST_F(Closing, O1_an_order_expires_behind_its_last_height) {
    OrderTerms terms = bench.terms(limit);
    terms.lifetime = 2;
    const JobId id = bench.order(user, terms);

    bench.end_blocks(3);
    EXPECT_EQ(bench.job(id).state, JobState::open) << "it took part in three clearings";
    bench.end_block();

    EXPECT_EQ(end_of(id), "expired expired nobody");
    EXPECT_EQ(bench.balance(user), before);
}

TEST_F(Closing, O3_rows_behind_the_best_close_and_their_array_stops) {
    bench.params.market.book_side_max = 16;
    const OrderId array = post_tasks(6, 2, 10 * escrow);
    for (int i = 0; i < 15; ++i) {
        bench.order(other, bench.terms(limit + 1));
    }

    bench.end_block();

    const Order order = bench.order_of({.order = array});
    EXPECT_EQ(order.halt, Halt::displaced);
    EXPECT_EQ(order.live, 1U);
    EXPECT_EQ(order.next_task, 2U) << "no task comes for the one that went";
    const JobId first{array, 0};
    const JobId second{array, 1};
    EXPECT_NE(bench.job(first).state, bench.job(second).state);
    const JobId gone = bench.job(first).state == JobState::open ? second : first;
    EXPECT_EQ(end_of(gone), "expired displaced protocol");

    bench.order(other, bench.terms(limit + 1));
    bench.end_block();
    EXPECT_TRUE(bench.order_of({.order = array}).is_final);
    EXPECT_EQ(bench.balance(user), before);
}

TEST_F(Closing, O6_a_job_comes_back_in_its_place_and_not_to_the_same_provider) {
    const AccountNumber provider = bench.make_provider(1);
    bench.ask(provider, limit, 1'000'000);
    const JobId id = bench.order(user, bench.terms(limit));
    const Order order = bench.order_of(id);
    bench.end_block();
    wait_for_start();

    const Job job = bench.job(id);
    EXPECT_EQ(job.state, JobState::open);
    EXPECT_EQ(job.reason, Reason::not_started);
    EXPECT_EQ(job.retries_left, 0U);
    EXPECT_EQ(job.had_it, std::vector{provider});
    EXPECT_FALSE(job.match);
    const BidKey key{
        .row = {.book = order.book, .price = limit, .posted = order.posted}, .job = id
    };
    EXPECT_EQ(get_bid(bench.state(), key).value()->had_it, std::vector{provider});
    bench.ask(provider, 1, 1'000'000);
    bench.end_block();
    EXPECT_EQ(bench.job(id).state, JobState::open);
}

TEST_F(Closing, O6_a_job_without_retries_is_refunded) {
    OrderTerms terms = bench.terms(limit);
    terms.retries = 0;
    bench.ask(bench.make_provider(1), limit, 1'000);
    const JobId id = bench.order(user, terms);
    bench.end_block();
    wait_for_start();

    EXPECT_EQ(end_of(id), "refunded not_started provider");
    EXPECT_EQ(bench.balance(user), before + 80'000 * 2 / 100);
}

TEST_F(Closing, O6_a_job_has_at_most_nine_tries) {
    OrderTerms terms = bench.terms(limit);
    terms.retries = 8;
    terms.lifetime = 1'000;
    const JobId id = bench.order(user, terms);
    for (int i = 0; i < 9; ++i) {
        bench.ask(bench.make_provider(30 + i), limit, 1'000);
        bench.end_block();
        ASSERT_EQ(bench.job(id).state, JobState::matched) << i;
        const AccountNumber worker = bench.job(id).match->worker;
        ASSERT_TRUE(bench.run([&](Context& context) {
            return decline_job(context, worker, id, Decline::no_memory);
        }));
    }

    EXPECT_EQ(end_of(id), "refunded declined provider");
    EXPECT_EQ(bench.job(id).had_it.size(), 9U);
    EXPECT_EQ(bench.balance(user), before);
    bench.end_block();
}

TEST_F(Closing, O6_a_job_that_comes_back_too_late_expires) {
    OrderTerms terms = bench.terms(limit);
    terms.lifetime = 5;
    bench.ask(bench.make_provider(1), limit, 1'000);
    const JobId id = bench.order(user, terms);
    bench.end_block();
    wait_for_start();

    EXPECT_EQ(end_of(id), "expired not_started provider");
}

TEST_F(Closing, O4_the_next_task_enters_when_one_ends) {
    bench.ask(bench.make_provider(1), limit, 1'000);
    OrderTerms terms = bench.terms(limit);
    terms.retries = 0;
    ArrayTerms array{.max_parallel = 1, .budget = escrow};
    array.tasks.resize(3);
    const OrderId id =
        bench.run([&](Context& context) { return post_array(context, user, terms, array); }
        ).value();
    bench.end_block();
    wait_for_start();

    EXPECT_EQ(end_of({id, 0}), "refunded not_started provider");
    EXPECT_EQ(bench.job({id, 1}).state, JobState::open) << "its escrow came back to the budget";
    EXPECT_EQ(bench.order_of({.order = id}).budget, 0U);
    EXPECT_EQ(cancel(user, id), "");
    bench.end_block();
    EXPECT_FALSE(get_job(bench.state(), {id, 2}).value());
    EXPECT_EQ(bench.balance(user), before + 80'000 * 2 / 100);
}

TEST_F(Closing, J7_final_jobs_and_their_order_go_after_retention) {
    const JobId id = bench.order(user, bench.terms(limit));
    EXPECT_EQ(cancel(user, id.order), "");
    bench.end_block();

    bench.end_blocks(49);
    EXPECT_TRUE(get_job(bench.state(), id).value());
    EXPECT_TRUE(get_order(bench.state(), id.order).value());
    bench.end_block();

    EXPECT_FALSE(get_job(bench.state(), id).value());
    EXPECT_FALSE(get_order(bench.state(), id.order).value());
    EXPECT_EQ(cancel(user, id.order), "market/20");
}

}  // namespace
}  // namespace steelyard::market
