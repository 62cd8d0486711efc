#include "buyer/plan.h"

#include "market/funds/funds.h"

#include <gtest/gtest.h>

namespace steelyard::buyer {
namespace {

/// A job of 4,000,000 work units in a class of 1,000 a second, and two asks.
PlanFacts facts() {
    PlanFacts out;
    out.program = {.work_units = 4'000'000, .steps = 9, .proof_bytes = 40'000, .proof_gas = 10'000};
    out.book_class.wu_per_second_floor = 1'000;
    out.asks = {
        {.price = 10'000, .work_units = 8'000'000}, {.price = 11'000, .work_units = 5'000'000}
    };
    out.params.market.settle_blocks = 30;
    return out;
}

TEST(Plan, puts_aside_the_price_at_the_limit_and_the_proof) {
    PlanFacts of = facts();
    of.limit = 20'000;

    const Plan plan = make_plan(of).value();

    EXPECT_EQ(plan.best_price, 40'000U);
    EXPECT_EQ(plan.limit_price, 80'000U);
    EXPECT_EQ(plan.proof_escrow, market::proof_price(of.params, 40'000, 10'000).value());
    EXPECT_EQ(plan.escrow, plan.limit_price + plan.proof_escrow);
    EXPECT_EQ(plan.worst, plan.escrow);
    EXPECT_EQ(plan.deposit, 0U);
    EXPECT_TRUE(plan.is_limit_said);
}

TEST(Plan, takes_the_best_ask_and_a_margin_where_no_limit_is_said) {
    const Plan plan = make_plan(facts()).value();

    EXPECT_EQ(plan.limit, 12'000U);
    EXPECT_FALSE(plan.is_limit_said);
    EXPECT_EQ(plan.asks, 2U);
}

TEST(Plan, rounds_the_margin_up) {
    PlanFacts of = facts();
    of.asks = {{.price = 1, .work_units = 8'000'000}};

    EXPECT_EQ(make_plan(of).value().limit, 2U);
}

TEST(Plan, needs_a_limit_where_the_book_is_empty) {
    PlanFacts of = facts();
    of.asks.clear();

    EXPECT_EQ(make_plan(of).error().code(), ErrorCode::not_found);
    of.limit = 7;
    const Plan plan = make_plan(of).value();
    EXPECT_EQ(plan.best, 0U);
    EXPECT_EQ(plan.best_price, 0U);
    EXPECT_EQ(plan.limit_price, of.params.market.min_job_price);
}

TEST(Plan, counts_asks_that_have_room_and_are_within_the_limit) {
    PlanFacts of = facts();
    of.asks = {
        {.price = 5, .work_units = 3'999'999},
        {.price = 6, .work_units = 4'000'000},
        {.price = 7, .work_units = 9'000'000},
        {.price = 8, .work_units = 9'000'000}
    };
    of.limit = 7;

    const Plan plan = make_plan(of).value();

    EXPECT_EQ(plan.asks, 2U);
    EXPECT_EQ(plan.best, 6U);
}

TEST(Plan, asks_for_a_deposit_for_a_new_program_alone) {
    PlanFacts of = facts();
    of.new_bytes = 1'000;

    const Plan plan = make_plan(of).value();

    EXPECT_EQ(plan.deposit, 1'000 * of.params.market.program_deposit);
    EXPECT_EQ(plan.worst, plan.escrow + plan.deposit);
}

TEST(Plan, multiplies_money_by_tasks_and_time_by_rounds) {
    PlanFacts of = facts();
    const Plan one = make_plan(of).value();
    of.tasks = 10;
    of.max_parallel = 4;

    const Plan plan = make_plan(of).value();

    EXPECT_EQ(plan.escrow, 10 * one.escrow);
    EXPECT_EQ(plan.best_price, 10 * one.best_price);
    EXPECT_EQ(plan.expected_seconds, 3 * one.expected_seconds);
    EXPECT_EQ(plan.latest_seconds, 3 * one.latest_seconds);
}

TEST(Plan, expects_a_run_at_the_floor_and_the_wait_for_settlement) {
    const PlanFacts of = facts();
    const Plan plan = make_plan(of).value();
    const market::Windows windows = market::windows_of(of.params.market, of.program, of.book_class);

    EXPECT_EQ(plan.run_seconds, 4'000U);
    EXPECT_EQ(plan.expected_seconds, 4'032U);
    EXPECT_EQ(
        plan.latest_seconds,
        1 + windows.start + windows.commit + of.params.market.challenge_delay + windows.respond
    );
}

TEST(Plan, holds_times_that_nobody_will_see) {
    PlanFacts of = facts();
    of.program.work_units = of.params.market.job_work_units_max;
    of.book_class.wu_per_second_floor = 1;
    of.params.market.nominal_block_ms = ~std::uint32_t{0};
    of.params.market.settle_blocks = ~std::uint32_t{0};
    of.tasks = tasks_max;

    EXPECT_EQ(make_plan(of).value().latest_seconds, plan_seconds_max);
}

TEST(Plan, refuses_what_no_order_can_be) {
    PlanFacts of = facts();
    of.tasks = tasks_max + 1;
    EXPECT_FALSE(make_plan(of));
    of = facts();
    of.program.work_units = of.params.market.job_work_units_max + 1;
    EXPECT_FALSE(make_plan(of));
    of = facts();
    of.limit = market::price_max;
    of.tasks = tasks_max;
    EXPECT_FALSE(make_plan(of)) << "more money than there is";
    of.limit = 0;
    EXPECT_FALSE(make_plan(of));
}

}  // namespace
}  // namespace steelyard::buyer
