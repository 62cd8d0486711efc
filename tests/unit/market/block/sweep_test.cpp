// The sweep and the order of a block's phases: D1 to D3, C1.
#include "market/records/void_rows.h"
#include "tests/support/market/job_fixture.h"

namespace steelyard::market {
namespace {

using test::JobFixture;

/// So many deadlines of nothing, which the sweep takes like others.
class QueueTest : public JobFixture {
protected:
    std::size_t queued() {
        std::size_t count = 0;
        std::optional<Queued> last;
        while (auto next = first_queued(bench.state(), last).value()) {
            ++count;
            last = next;
        }
        return count;
    }
};

TEST_F(QueueTest, a_deadline_needs_its_blocks_and_their_time) {  // D1
    const ledger::BlockInfo from{
        .height = Height(10), .time = chain::Timestamp::from_unix(100, 999'999'999).value()
    };
    const Due due = due_after(from, 3, 1'500);
    EXPECT_EQ(due.height, Height(13));
    EXPECT_EQ(due.time, chain::Timestamp::from_unix(105, 499'999'999).value());
    const auto at = [](std::int64_t height, std::int64_t seconds, std::int64_t nanoseconds) {
        return ledger::BlockInfo{
            .height = Height(height),
            .time = chain::Timestamp::from_unix(seconds, nanoseconds).value()
        };
    };
    EXPECT_TRUE(due.is_over(at(13, 105, 499'999'999)));
    EXPECT_FALSE(due.is_over(at(12, 200, 0)));
    EXPECT_FALSE(due.is_over(at(100, 105, 499'999'998)));
    EXPECT_TRUE(due.is_over(at(100, 106, 0)));
}

TEST_F(QueueTest, seconds_are_rounded_up_to_blocks) {  // D1
    EXPECT_EQ(blocks_of_seconds(0, 1'000), 0U);
    EXPECT_EQ(blocks_of_seconds(1, 1'000), 1U);
    EXPECT_EQ(blocks_of_seconds(1, 1'001), 1U);
    EXPECT_EQ(blocks_of_seconds(2, 1'001), 2U);
    EXPECT_EQ(blocks_of_seconds(3, 60'000), 1U);
    EXPECT_EQ(blocks_of_seconds(std::numeric_limits<std::uint64_t>::max(), 10), blocks_max);
}

TEST_F(QueueTest, a_window_ends_where_time_does) {
    const ledger::BlockInfo late{
        .height = Height(1),
        .time = chain::Timestamp::from_unix(chain::Timestamp::seconds_max).value()
    };
    EXPECT_EQ(due_after(late, 1'000, 1'000).time, late.time);
}

TEST_F(QueueTest, what_time_is_not_over_is_put_off_by_the_blocks_that_it_lacks) {  // D3
    bench.end_block();
    const Due due = job().deadline->due;
    const std::int64_t matched = job().match->height.value();
    while (bench.block.height < due.height) {
        bench.end_block(500);  // half of what a block should take
    }
    bench.end_block(500);

    ASSERT_EQ(state(), JobState::matched);
    const std::int64_t window = due.height.value() - matched;
    EXPECT_EQ(job().deadline->due.time, due.time);
    EXPECT_EQ(job().deadline->due.height.value(), due.height.value() + (window - 1) / 2);
    ASSERT_TRUE(go_on_until([this] { return state() != JobState::matched; }));
    EXPECT_EQ(bench.block.height.value(), due.height.value() + (window - 1) / 2 + 2);
    EXPECT_EQ(job().reason, Reason::not_started);
}

TEST_F(QueueTest, withdrawals_are_put_off_too) {  // D3
    const AccountNumber idle = bench.make_provider(7);
    const Money before = bench.balance(idle);
    ASSERT_TRUE(bench.run([&](Context& context) { return withdraw_bond(context, idle, 5); }));
    for (int i = 0; i < 101; ++i) {
        bench.end_block(500);
    }
    EXPECT_EQ(bench.balance(idle), before);
    bench.end_blocks(52);
    EXPECT_EQ(bench.balance(idle), before + 5);
    EXPECT_EQ(bench.provider(idle).bond, bond - 5);
}

TEST_F(QueueTest, ends_at_most_sweep_max_a_block_by_height_then_kind_then_subject) {  // D3
    constexpr std::uint32_t tasks = 250;
    constexpr std::uint32_t swept = 100;
    bench.params.market.sweep_max = swept;
    const AccountNumber rich = bench.make_provider(9, 900'000'000'000);
    ASSERT_TRUE(bench.run([&](Context& context) {
        return add_worker(context, rich, bench.address(4'000), bench.class_id, 1'024, 0);
    }));
    bench.ask(rich, ask_price - 1, 1'000'000);
    OrderTerms terms = bench.terms(limit);
    terms.retries = 0;
    const OrderId order = bench.array(stranger, terms, tasks);
    bench.end_block();
    const auto ended = [&] {
        std::uint32_t count = 0;
        bool is_still_first = true;
        for (std::uint32_t task = 0; task < tasks; ++task) {
            const bool is_over = is_final(bench.job({.order = order, .task = task}).state);
            EXPECT_TRUE(is_still_first || !is_over) << "task " << task << " overtakes";
            is_still_first = is_over;
            count += is_over ? 1 : 0;
        }
        return count;
    };
    // Nobody starts them; the fixture's own job has the same deadline, and a lower number.
    ASSERT_TRUE(go_on_until([&] { return ended() > 0; }));
    EXPECT_EQ(ended(), swept - 1);
    bench.end_block();
    EXPECT_EQ(ended(), 2 * swept - 1);
    bench.end_block();
    EXPECT_EQ(ended(), tasks);
}

/// A deadline that was not swept is over all the same.
TEST_F(QueueTest, counts_what_it_puts_off) {  // D3
    bench.params.market.sweep_max = 100;
    constexpr std::uint32_t tasks = 256;
    const AccountNumber rich = bench.make_provider(9, 900'000'000'000);
    ASSERT_TRUE(bench.run([&](Context& context) {
        return add_worker(context, rich, bench.address(4'000), bench.class_id, 1'024, 0);
    }));
    bench.ask(rich, ask_price - 1, 1'000'000);
    OrderTerms terms = bench.terms(limit);
    terms.retries = 0;
    const OrderId order = bench.array(stranger, terms, tasks);
    bench.end_block();
    const JobId last{.order = order, .task = tasks - 1};
    const Due due = bench.job(last).deadline->due;
    while (bench.block.height < due.height) {
        bench.end_block(1);
    }
    const auto put_off = [&] {
        std::uint32_t count = 0;
        for (std::uint32_t task = 0; task < tasks; ++task) {
            const Job each = bench.job({.order = order, .task = task});
            count += each.deadline->due.height > due.height ? 1 : 0;
        }
        return count;
    };
    ASSERT_EQ(put_off(), 0U);
    bench.end_block(1);
    EXPECT_EQ(put_off(), 99U);  // and the fixture's own job
    bench.end_block(1'000'000);
    EXPECT_EQ(put_off(), 199U);

    // Time is there now: what stands is ended, so many a block, and nobody starts it (D2).
    EXPECT_EQ(bench.job(last).state, JobState::matched);
    EXPECT_TRUE(refuses(kinds::too_late, [&](Context& context) {
        return start_job(context, rich, last);
    }));
    ASSERT_TRUE(go_on_until([&] { return bench.job(last).state == JobState::refunded; }));
}

TEST_F(QueueTest, deadlines_rows_and_void_asks_share_the_sweep) {  // C1
    bench.params.market.sweep_max = 100;
    bench.params.market.open_orders_max = 10'000;
    for (int i = 0; i < 150; ++i) {
        ASSERT_TRUE(bench.run([&](Context& context) {
            return post_ask(context, provider, {bench.class_id}, ask_price + 5, 1'000, 1'000);
        }));
    }
    be(JobState::committed);
    ASSERT_TRUE(retract(worker));

    bench.end_block();
    EXPECT_EQ(count_events("ask", "void"), 100U);
    EXPECT_FALSE(marked_for_sweep(bench.state(), 1).value().empty());
    bench.end_block();
    EXPECT_EQ(count_events("ask", "void"), 151U);
    EXPECT_TRUE(marked_for_sweep(bench.state(), 1).value().empty());
}

TEST_F(QueueTest, a_message_comes_before_the_sweep_and_the_sweep_before_clearing) {  // C1
    const AccountNumber other = bench.make_provider(7);
    bench.ask(other, ask_price + 1, 1'000'000);
    bench.end_block();
    ASSERT_EQ(job().match->provider, provider);
    const Due due = job().deadline->due;
    ASSERT_TRUE(go_on_until([&] { return bench.block.height == due.height; }));

    bench.end_block();  // not started, open again and taken by the other, all in this block

    EXPECT_EQ(state(), JobState::matched);
    EXPECT_EQ(job().match->provider, other);
    EXPECT_EQ(job().match->height, due.height);
}

TEST_F(QueueTest, a_cancellation_comes_before_clearing) {  // C1, O5
    ASSERT_TRUE(bench.run([&](Context& context) { return cancel_order(context, user, id.order); }));

    bench.end_block();

    EXPECT_EQ(state(), JobState::cancelled);
    EXPECT_EQ(bench.balance(user), user_before);
}

TEST_F(QueueTest, what_is_matched_in_a_block_may_be_started_in_the_next) {  // C1
    bench.end_block();
    EXPECT_TRUE(start(worker));
}

}  // namespace
}  // namespace steelyard::market
