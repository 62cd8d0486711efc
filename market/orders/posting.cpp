// Posting orders.
#include "base/check.h"
#include "base/hex.h"
#include "ledger/params/params.h"
#include "market/orders/entry.h"
#include "market/orders/windows.h"
#include "market/parties/instruments.h"
#include "market/records/counters.h"
#include "market/records/kinds.h"

namespace steelyard::market {
namespace {

using ledger::MarketParams;
using ledger::refuse;

/// Of each live job of an order that is cancelled: the block's end closes those that are open, and
/// counts no gas.
constexpr std::uint64_t gas_of_closing = 10'000;

/// A place in the book costs by its time.
Outcome<void> pay_for_rows(const Context& context, std::uint32_t lifetime, std::uint32_t rows) {
    ledger::GasMeter* meter = context.state.meter();
    return meter == nullptr ? Outcome<void>()
                            : meter->use((std::uint64_t{lifetime} + 1) * rows, "place in the book");
}

Outcome<Height> last_height(const Context& context, std::uint32_t lifetime) {
    const std::uint32_t lifetime_max = context.params.market.order_lifetime_max;
    if (lifetime > lifetime_max) {
        return refuse(
            kinds::bad_order, "lifetime is {} blocks, must be at most {}", lifetime, lifetime_max
        );
    }
    return Height(context.block.height.value() + lifetime);
}

/// What the program says of the order.
Outcome<void> take_program(Context& context, const OrderTerms& terms, Order& order) {
    TRY_ASSIGN(const Program program, begin_use(context.state, terms.program));
    const ProgramFacts& facts = program.facts;
    const MarketParams& params = context.params.market;
    if (terms.inputs.size() != facts.inputs) {
        return refuse(
            kinds::bad_order, "{} inputs, the program has {}", terms.inputs.size(), facts.inputs
        );
    }
    if (facts.work_units > params.job_work_units_max) {
        return refuse(
            kinds::bad_order,
            "{} work units, must be at most {}",
            facts.work_units,
            params.job_work_units_max
        );
    }
    const auto job_escrow = job_price(terms.limit, facts.work_units, params.min_job_price);
    const auto proof_escrow = proof_price(context.params, facts.proof_bytes, facts.proof_gas);
    if (!job_escrow || !proof_escrow || *job_escrow > money_max - *proof_escrow) {
        return refuse(
            kinds::bad_order,
            "{} work units at {} are more than {} uyard",
            facts.work_units,
            terms.limit,
            money_max
        );
    }
    order.work_units = facts.work_units;
    order.job_escrow = *job_escrow;
    order.proof_escrow = *proof_escrow;
    TRY_ASSIGN(const auto book_class, get_class(context.state, terms.book.class_id));
    CHECK(book_class.has_value());
    const Windows windows = windows_of(params, facts, *book_class);
    order.blocks_needed = windows.start + windows.commit;
    return {};
}

Outcome<void> check_deadline(const Context& context, const Order& order) {
    if (order.deadline == Height()) {
        return {};
    }
    const auto now = static_cast<std::uint64_t>(context.block.height.value());
    if (static_cast<std::uint64_t>(order.deadline.value()) < now + order.blocks_needed) {
        return refuse(
            kinds::bad_order,
            "deadline is {}, the job may take {} blocks from {} on",
            order.deadline,
            order.blocks_needed,
            now
        );
    }
    return {};
}

/// All but what makes an array.
Outcome<Order> make_order(Context& context, AccountNumber user, const OrderTerms& terms) {
    TRY_ASSIGN(const auto book_class, get_class(context.state, terms.book.class_id));
    if (!book_class) {
        return refuse(kinds::unknown_class, "{}", static_cast<std::uint32_t>(terms.book.class_id));
    }
    Order order{
        .user = user,
        .book = terms.book,
        .program = terms.program,
        .limit = terms.limit,
        .posted = context.block.height,
        .deadline = terms.deadline,
        .retries = terms.retries,
        .filters = terms.filters,
        .inputs = terms.inputs,
    };
    TRY_ASSIGN(order.last, last_height(context, terms.lifetime));
    TRY(take_program(context, terms, order));
    TRY(check_deadline(context, order));
    TRY_ASSIGN(order.count, count_opened(context, user));
    return order;
}

Outcome<OrderId> open(Context& context, Order& order) {
    TRY_ASSIGN(const OrderId id, take_order_id(context.state));
    TRY(tell_order(context, "posted", id, order));
    while (takes_in(order, context.block.height)) {
        TRY(enter_next(context, id, order));
    }
    TRY(put_order(context.state, id, order));
    TRY_ASSIGN(ClassCounters counters, get_class_counters(context.state, order.book.class_id));
    grow(counters.orders);
    TRY(put_class_counters(context.state, order.book.class_id, counters));
    return id;
}

}  // namespace

Outcome<OrderId> post_order(Context& context, AccountNumber user, const OrderTerms& terms) {
    TRY(check_order(terms));
    TRY(pay_for_rows(context, terms.lifetime, 1));
    TRY_ASSIGN(Order order, make_order(context, user, terms));
    TRY(collect(context, user, order.job_escrow + order.proof_escrow));
    return open(context, order);
}

Outcome<OrderId> post_array(
    Context& context, AccountNumber user, const OrderTerms& terms, const ArrayTerms& array
) {
    TRY(check_array(terms, array));
    const auto tasks = static_cast<std::uint32_t>(array.tasks.size());
    TRY(pay_for_rows(context, terms.lifetime, std::min(array.max_parallel, tasks)));
    TRY_ASSIGN(Order order, make_order(context, user, terms));
    if (array.budget < order.job_escrow + order.proof_escrow || array.budget > money_max) {
        return refuse(
            kinds::bad_order,
            "budget is {}, must be from {} (one task) to {}",
            array.budget,
            order.job_escrow + order.proof_escrow,
            money_max
        );
    }
    order.is_array = true;
    order.tasks = tasks;
    order.max_parallel = array.max_parallel;
    order.budget = array.budget;
    TRY(collect(context, user, array.budget));
    if (!array.tasks.front().empty()) {
        TRY_ASSIGN(const OrderId id, next_order_id(context.state));
        for (std::uint32_t task = 0; task < tasks; ++task) {
            TRY(put_task_inputs(context.state, {.order = id, .task = task}, array.tasks[task]));
        }
    }
    return open(context, order);
}

Outcome<void> cancel_order(Context& context, AccountNumber user, OrderId id) {
    TRY_ASSIGN(const auto order, get_order(context.state, id));
    if (!order) {
        return refuse(kinds::unknown_order, "{}", to_string(id));
    }
    if (order->user != user) {
        return refuse(kinds::not_owner, "order {}", to_string(id));
    }
    if (order->is_final || order->halt == Halt::cancelled) {
        return refuse(kinds::order_closed, "{}", to_string(id));
    }
    if (ledger::GasMeter* meter = context.state.meter(); meter != nullptr) {
        TRY(meter->use(gas_of_closing * order->live, "jobs to close"));
    }
    return ask_to_cancel(context.state, id);
}

}  // namespace steelyard::market
