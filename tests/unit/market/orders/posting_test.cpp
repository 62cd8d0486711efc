// Orders and arrays as they come (doc/spec/market.md, E1, O1 to O4).
#include "market/orders/orders.h"
#include "market/records/counters.h"
#include "market/records/instrument.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/market/outcomes.h"

#include <limits>

namespace steelyard::market {
namespace {

using test::FakeVerifier;
using test::MarketBench;

constexpr auto u32_max = std::numeric_limits<std::uint32_t>::max();
constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();
constexpr Price limit = 80'000'000;
constexpr Money job_escrow = 80'000;  // for 1,000 work units

/// 0.01 uyard x (300,000 + 10 x (1,000 + 10,000) + 3 x 20,000)
constexpr Money proof_escrow = 4'701;
constexpr Money escrow = job_escrow + proof_escrow;

class Posting : public testing::Test {
protected:
    Outcome<OrderId> post(const std::function<void(OrderTerms&)>& change) {
        OrderTerms terms = bench.terms(limit);
        change(terms);
        return bench.run([&](Context& context) { return post_order(context, user, terms); });
    }

    std::string code_with(const std::function<void(OrderTerms&)>& change) {
        const Money before = bench.balance(user);
        const auto posted = post(change);
        EXPECT_TRUE(posted || bench.balance(user) == before);
        return code_of(posted);
    }

    Outcome<OrderId> post_tasks(const ArrayTerms& array, OrderTerms terms) {
        return bench.run([&](Context& context) { return post_array(context, user, terms, array); });
    }

    Outcome<OrderId> post_tasks(const ArrayTerms& array) {
        return post_tasks(array, bench.terms(limit));
    }

    static ArrayTerms tasks(std::size_t count, std::uint32_t max_parallel, Money budget) {
        ArrayTerms array{.max_parallel = max_parallel, .budget = budget};
        array.tasks.resize(count);
        return array;
    }

    /// A program of other facts.
    Hash256 program_with(const std::function<void(ProgramFacts&)>& change) {
        ProgramFacts facts = bench.facts;
        change(facts);
        return bench
            .run([&](Context& context) {
                return register_program(context, user, FakeVerifier::make_program(facts));
            })
            .value();
    }

    std::uint64_t gas_of(const std::function<void()>& message) {
        ledger::GasMeter meter(u64_max);
        bench.state().set_meter(&meter);
        const auto mark = bench.state().mark();
        message();
        bench.state().roll_back(mark);
        bench.state().set_meter(nullptr);
        return meter.used();
    }

    std::uint32_t open_orders() { return get_counters(bench.state(), user).value().open; }

    MarketBench bench{};
    AccountNumber user = bench.person(2);
};

TEST_F(Posting, E1_escrows_the_limit_and_the_proof) {
    const Money before = bench.balance(user);

    const auto id = post([](OrderTerms&) {});

    ASSERT_TRUE(id);
    EXPECT_EQ(*id, OrderId{1});
    EXPECT_EQ(bench.balance(user), before - escrow);
    const Job job = bench.job({.order = *id});
    EXPECT_EQ(job.state, JobState::open);
    EXPECT_EQ(job.job_escrow, job_escrow);
    EXPECT_EQ(job.proof_escrow, proof_escrow);
    EXPECT_EQ(job.retries_left, 1U);
    const std::string address = ledger::account_text(bench.address(2));
    EXPECT_EQ(
        last_event(bench.events, "order"),
        fmt::format("action=posted id=1 user={} class=1 limit=80000000 tasks=1 settled=0", address)
    );
    EXPECT_EQ(
        last_event(bench.events, "job"),
        "action=entered id=1/0 order=1 state=open reason=none fault=nobody provider="
    );
    EXPECT_EQ(get_program(bench.state(), bench.program).value()->uses, 1U);
    EXPECT_EQ(open_orders(), 1U);
}

TEST_F(Posting, E1_escrows_the_least_price_where_the_limit_is_less) {
    EXPECT_EQ(code_with([](OrderTerms& terms) { terms.limit = 1; }), "");
    EXPECT_EQ(bench.job({.order = OrderId{1}}).job_escrow, 10'000U);
    EXPECT_EQ(code_with([](OrderTerms& terms) { terms.limit = 10'000'001; }), "");
    EXPECT_EQ(bench.job({.order = OrderId{2}}).job_escrow, 10'001U) << "rounded up";
}

TEST_F(Posting, E1_refuses_what_would_be_more_than_all_money) {
    bench.params.market.job_work_units_max = 10'000'000'000;
    const Hash256 huge =
        program_with([](ProgramFacts& facts) { facts.work_units = 10'000'000'000; });
    const auto at = [&](Price price) {
        return code_with([&](OrderTerms& terms) {
            terms.program = huge;
            terms.limit = price;
        });
    };

    EXPECT_EQ(at(price_max), "market/18");
    EXPECT_EQ(at(100'000'000'000'000), "market/18") << "10^18, and the proof";
    EXPECT_EQ(at(99'999'999'999'999), "sdk/5") << "just so much that he has not";
}

TEST_F(Posting, refuses_what_it_does_not_know) {
    EXPECT_EQ(code_with([](OrderTerms& terms) { terms.book.class_id = ClassId{0}; }), "market/2");
    EXPECT_EQ(code_with([](OrderTerms& terms) { terms.book.class_id = ClassId{2}; }), "market/2");
    EXPECT_EQ(
        code_with([](OrderTerms& terms) { terms.book.class_id = ClassId{u32_max}; }), "market/2"
    );
    EXPECT_EQ(code_with([](OrderTerms& terms) { terms.program = {}; }), "market/4");
}

TEST_F(Posting, takes_as_many_inputs_as_the_program) {
    for (const std::size_t count : {0, 1, 3, 256}) {
        EXPECT_EQ(
            code_with([&](OrderTerms& terms) { terms.inputs.assign(count, Hash256{1}); }),
            "market/18"
        );
    }
    EXPECT_EQ(open_orders(), 0U);
    EXPECT_EQ(get_program(bench.state(), bench.program).value()->uses, 0U) << "nothing is left";
}

TEST_F(Posting, O1_takes_programs_up_to_the_most_work_units_of_a_job) {
    bench.params.market.job_work_units_max = 1'000;
    EXPECT_EQ(code_with([](OrderTerms&) {}), "");
    bench.params.market.job_work_units_max = 999;
    EXPECT_EQ(code_with([](OrderTerms&) {}), "market/18");
}

TEST_F(Posting, O1_stands_for_its_lifetime) {
    const auto lifetime = [&](std::uint32_t blocks) {
        return code_with([&](OrderTerms& terms) { terms.lifetime = blocks; });
    };
    EXPECT_EQ(lifetime(0), "");
    EXPECT_EQ(lifetime(100'000), "");
    EXPECT_EQ(lifetime(100'001), "market/18");
    EXPECT_EQ(lifetime(u32_max), "market/18");
    EXPECT_EQ(bench.order_of({.order = OrderId{1}}).last, bench.block.height);
    EXPECT_EQ(
        bench.order_of({.order = OrderId{2}}).last, Height(bench.block.height.value() + 100'000)
    );
}

TEST_F(Posting, O1_costs_gas_for_each_block_and_row) {
    const auto single = [&](std::uint32_t lifetime) {
        return gas_of([&] { EXPECT_TRUE(post([&](OrderTerms& t) { t.lifetime = lifetime; })); });
    };
    const auto array = [&](std::uint32_t lifetime, std::uint32_t parallel) {
        OrderTerms terms = bench.terms(limit);
        terms.lifetime = lifetime;
        // One row is made, whatever may follow.
        return gas_of([&] { EXPECT_TRUE(post_tasks(tasks(8, parallel, escrow), terms)); });
    };

    EXPECT_EQ(single(120) - single(20), 100U);
    EXPECT_EQ(array(120, 4) - array(20, 4), 400U);
    EXPECT_EQ(array(120, 8) - array(20, 8), 800U);
    EXPECT_EQ(array(120, 200) - array(20, 200), 800U) << "it has 8 tasks";
}

TEST_F(Posting, O1_stops_where_its_gas_does) {
    ledger::GasMeter meter(100);
    bench.state().set_meter(&meter);

    const auto posted = post([](OrderTerms& terms) { terms.lifetime = u32_max; });

    bench.state().set_meter(nullptr);
    EXPECT_EQ(code_of(posted), "sdk/11");
}

TEST_F(Posting, O2_takes_a_deadline_that_can_be_met) {
    // 20 + 1 blocks to start (5 MB at 10 MB/s), 60 + 300 to commit (3 x 1,000 WU at 10 WU/s)
    const std::int64_t first = bench.block.height.value() + 20 + 1 + 60 + 300;
    const auto deadline = [&](std::int64_t height) {
        return code_with([&](OrderTerms& terms) { terms.deadline = Height(height); });
    };
    EXPECT_EQ(deadline(first), "");
    EXPECT_EQ(deadline(first - 1), "market/18");
    EXPECT_EQ(deadline(1), "market/18") << "it is over";
    EXPECT_EQ(deadline(Height::foreign_max), "");
    EXPECT_EQ(deadline(Height::foreign_max + 1), "market/18") << "no row could be read again";
    EXPECT_EQ(deadline(std::numeric_limits<std::int64_t>::max()), "market/18");
    bench.end_block();
}

TEST_F(Posting, O2_is_not_matched_where_the_deadline_cannot_be_met_any_more) {
    const std::int64_t first = bench.block.height.value() + 381;
    const auto id = post([&](OrderTerms& terms) { terms.deadline = Height(first); });
    const auto next = post([&](OrderTerms& terms) { terms.deadline = Height(first + 1); });
    bench.end_block();

    bench.ask(bench.make_provider(1), limit, 1'000'000);
    bench.end_block();

    EXPECT_EQ(bench.job({.order = *id}).state, JobState::open);
    EXPECT_EQ(bench.job({.order = *next}).state, JobState::matched);
}

TEST_F(Posting, O3_has_at_most_so_many_open) {
    for (int i = 0; i < 64; ++i) {
        ASSERT_EQ(code_with([](OrderTerms& terms) { terms.lifetime = 0; }), "");
    }
    EXPECT_EQ(code_with([](OrderTerms&) {}), "market/19");
    EXPECT_EQ(code_of(post_tasks(tasks(1, 1, escrow))), "market/19");
    bench.end_blocks(2);  // they are over
    EXPECT_EQ(open_orders(), 0U);
    EXPECT_EQ(get_counters(bench.state(), user).value().made, 64U) << "for ever";
    EXPECT_EQ(code_with([](OrderTerms&) {}), "");
}

TEST_F(Posting, costs_what_there_is) {
    const Money before = bench.balance(user);
    const AccountNumber poor = bench.person(3);
    const Money all = bench.balance(poor);
    ASSERT_TRUE(bench.run([&](Context& context) {
        return hand_over(context, poor, user, all - escrow + 1);
    }));
    const auto post_poor = [&] {
        return code_of(bench.run([&](Context& context) {
            return post_order(context, poor, bench.terms(limit));
        }));
    };

    EXPECT_EQ(post_poor(), "sdk/5");
    EXPECT_EQ(bench.balance(poor), escrow - 1);
    ASSERT_TRUE(bench.run([&](Context& context) { return hand_over(context, user, poor, 1); }));
    EXPECT_EQ(post_poor(), "");
    EXPECT_EQ(bench.balance(poor), 0U);
    EXPECT_EQ(bench.balance(user), before + all - escrow);
}

TEST_F(Posting, O4_an_array_pays_its_budget_and_enters_what_it_covers) {
    const Money before = bench.balance(user);

    const auto id = post_tasks(tasks(5, 3, 2 * escrow + 1));

    ASSERT_TRUE(id);
    EXPECT_EQ(bench.balance(user), before - 2 * escrow - 1);
    const Order order = bench.order_of({.order = *id});
    EXPECT_EQ(order.next_task, 2U) << "the third is not covered";
    EXPECT_EQ(order.live, 2U);
    EXPECT_EQ(order.budget, 1U);
    EXPECT_EQ(open_orders(), 1U) << "an array counts once";
    bench.end_block();
}

TEST_F(Posting, O4_an_array_has_at_most_max_parallel_live) {
    const auto id = post_tasks(tasks(5, 3, 5 * escrow));

    EXPECT_EQ(bench.order_of({.order = *id}).next_task, 3U);
    EXPECT_EQ(bench.order_of({.order = *id}).budget, 2 * escrow);
    EXPECT_FALSE(get_job(bench.state(), {*id, 3}).value());
}

TEST_F(Posting, O4_an_array_has_a_budget_for_one_task_at_least) {
    EXPECT_EQ(code_of(post_tasks(tasks(5, 3, escrow - 1))), "market/18");
    EXPECT_EQ(code_of(post_tasks(tasks(5, 3, 0))), "market/18");
    EXPECT_EQ(code_of(post_tasks(tasks(5, 3, money_max + 1))), "market/18");
    EXPECT_EQ(code_of(post_tasks(tasks(5, 3, u64_max))), "market/18");
    EXPECT_EQ(code_of(post_tasks(tasks(5, 3, money_max))), "sdk/5");
    EXPECT_EQ(code_of(post_tasks(tasks(5, 3, escrow))), "");
}

TEST_F(Posting, O4_a_task_has_its_own_inputs_in_the_programs_order) {
    OrderTerms terms = bench.terms(limit);
    terms.inputs = {std::nullopt, Hash256{9}};
    ArrayTerms array = tasks(3, 1, escrow);
    array.tasks = {{Hash256{1}}, {Hash256{2}}, {Hash256{3}}};

    const auto id = post_tasks(array, terms);

    ASSERT_TRUE(id);
    const Order order = bench.order_of({.order = *id});
    for (std::uint8_t task = 0; task < 3; ++task) {
        EXPECT_EQ(
            inputs_of(bench.state(), order, {*id, task}).value(),
            (std::vector{Hash256{static_cast<std::uint8_t>(task + 1)}, Hash256{9}})
        );
    }
}

/// Its tasks' records go with it, in parts, though they never entered.
TEST_F(Posting, J7_a_large_array_leaves_nothing) {
    OrderTerms terms = bench.terms(limit);
    terms.inputs = {std::nullopt, Hash256{9}};
    terms.lifetime = 0;
    ArrayTerms array = tasks(1'024, 1, escrow);
    for (auto& task : array.tasks) {
        task = {Hash256{1}};
    }
    const auto id = post_tasks(array, terms);
    ASSERT_TRUE(id);

    bench.end_blocks(2 + 51);
    const auto has_inputs = [&](std::uint32_t task) {
        return bench.state()
            .get(
                ledger::Store::job,
                (ledger::Key('t') << static_cast<std::uint64_t>(*id) << task).bytes()
            )
            .value()
            .has_value();
    };
    ASSERT_TRUE(bench.order_of({.order = *id}).is_final);
    EXPECT_TRUE(has_inputs(1'023));
    bench.end_blocks(20);

    EXPECT_FALSE(get_order(bench.state(), *id).value());
    for (const std::uint32_t task : {0U, 1U, 64U, 65U, 1'023U}) {
        EXPECT_FALSE(has_inputs(task)) << task;
    }
}

}  // namespace
}  // namespace steelyard::market
