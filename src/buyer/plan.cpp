#include "buyer/plan.h"

#include "base/checked.h"
#include "market/funds/funds.h"
#include "market/records/deadline.h"

#include <algorithm>

namespace steelyard::buyer {
namespace {

constexpr std::uint64_t percent = 100;
constexpr std::uint64_t ms_per_second = 1'000;

/// A block for the match and one for the start, where everybody is quick.
constexpr std::uint64_t quick_blocks = 2;

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
    return a / b + (a % b > 0 ? 1 : 0);
}

Result<market::Price> limit_of(const PlanFacts& facts) {
    if (facts.limit) {
        if (*facts.limit == 0 || *facts.limit > market::price_max) {
            return invalid(
                "a limit price of {} is not from 1 to {}", *facts.limit, market::price_max
            );
        }
        return *facts.limit;
    }
    if (facts.asks.empty()) {
        return fail(
            ErrorCode::not_found,
            "the book of class {} has no ask to take a limit price from",
            facts.book_class.name
        );
    }
    const market::Price best = facts.asks.front().price;
    return std::min(best + ceil_div(best * default_margin_percent, percent), market::price_max);
}

/// Of all tasks; nothing where that is more money than there is.
std::optional<market::Money> of_all(std::optional<market::Money> one, std::uint32_t tasks) {
    if (!one || *one > market::money_max / tasks) {
        return std::nullopt;
    }
    return *one * tasks;
}

Result<void> add_money(const PlanFacts& facts, Plan& plan) {
    const auto price_at = [&](market::Price price) {
        return of_all(
            market::job_price(price, plan.work_units, facts.params.market.min_job_price), plan.tasks
        );
    };
    const auto at_limit = price_at(plan.limit);
    const auto proof = of_all(
        market::proof_price(facts.params, facts.program.proof_bytes, facts.program.proof_gas),
        plan.tasks
    );
    const auto deposit =
        checked_mul(facts.new_bytes, std::uint64_t{facts.params.market.program_deposit});
    const auto escrow = at_limit && proof ? checked_add(*at_limit, *proof) : std::nullopt;
    const auto worst = escrow && deposit ? checked_add(*escrow, *deposit) : std::nullopt;
    if (!worst || *worst > market::money_max) {
        return invalid(
            "{} jobs of {} work units at {} uyard cost more money than there is",
            plan.tasks,
            plan.work_units,
            plan.limit
        );
    }
    plan.limit_price = *at_limit;
    plan.proof_escrow = *proof;
    plan.escrow = *escrow;
    plan.deposit = *deposit;
    plan.worst = *worst;
    plan.best_price = plan.best > 0 ? price_at(plan.best).value_or(0) : 0;
    return {};
}

void add_times(const PlanFacts& facts, Plan& plan) {
    const ledger::MarketParams& params = facts.params.market;
    plan.windows = market::windows_of(params, facts.program, facts.book_class);
    plan.run_seconds = ceil_div(plan.work_units, facts.book_class.wu_per_second_floor);
    const std::uint64_t rounds = ceil_div(plan.tasks, plan.max_parallel);
    const auto all_rounds = [&](std::uint64_t blocks, std::uint64_t more_seconds) {
        const Uint128 ms = Uint128{blocks} * params.nominal_block_ms;
        const Uint128 seconds = (ms + (ms_per_second - 1)) / ms_per_second + more_seconds;
        return static_cast<std::uint64_t>(std::min<Uint128>(seconds * rounds, plan_seconds_max));
    };
    plan.expected_seconds = all_rounds(quick_blocks + params.settle_blocks, plan.run_seconds);
    // A challenge is issued some blocks after the commit, and settlement waits for its answer.
    const std::uint64_t last = std::max<std::uint64_t>(
        params.settle_blocks, params.challenge_delay + plan.windows.respond
    );
    plan.latest_seconds = all_rounds(1 + plan.windows.start + plan.windows.commit + last, 0);
}

}  // namespace

Result<Plan> make_plan(const PlanFacts& facts) {
    if (facts.tasks == 0 || facts.tasks > tasks_max || facts.max_parallel == 0) {
        return invalid("{} tasks, must be 1 to {}", facts.tasks, tasks_max);
    }
    const std::uint64_t most = facts.params.market.job_work_units_max;
    if (facts.program.work_units > most) {
        return invalid(
            "a job of {} work units, at most {} are taken", facts.program.work_units, most
        );
    }
    Plan plan{
        .work_units = facts.program.work_units,
        .tasks = facts.tasks,
        .max_parallel = std::min(facts.max_parallel, facts.tasks),
        .is_limit_said = facts.limit.has_value(),
    };
    TRY_ASSIGN(plan.limit, limit_of(facts));
    for (const Offer& offer : facts.asks) {
        if (offer.price <= plan.limit && offer.work_units >= plan.work_units) {
            plan.best = plan.asks++ == 0 ? offer.price : plan.best;
        }
    }
    TRY(add_money(facts, plan));
    add_times(facts, plan);
    return plan;
}

}  // namespace steelyard::buyer
