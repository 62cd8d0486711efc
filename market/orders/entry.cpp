#include "market/orders/entry.h"

#include "base/check.h"
#include "ledger/params/params.h"
#include "ledger/state/values.h"
#include "market/parties/instruments.h"
#include "market/records/counters.h"
#include "market/records/kinds.h"

namespace steelyard::market {
namespace {

using ledger::refuse;

Money escrow_of(const Order& order) {
    return order.job_escrow + order.proof_escrow;
}

Outcome<std::string> provider_text(const StateView& state, const Job& job) {
    return job.match ? address_text(state, job.match->provider) : Outcome<std::string>("");
}

}  // namespace

bool takes_in(const Order& order, Height height) {
    return order.halt == Halt::none && height <= order.last && order.next_task < order.tasks &&
           order.live < order.max_parallel && (!order.is_array || order.budget >= escrow_of(order));
}

Outcome<void> enter_next(Context& context, OrderId id, Order& order) {
    const JobId job_id{.order = id, .task = order.next_task};
    const Job job{
        .retries_left = order.retries,
        .entered = context.block.height,
        .job_escrow = order.job_escrow,
        .proof_escrow = order.proof_escrow,
    };
    if (order.is_array) {
        CHECK(order.budget >= escrow_of(order));
        order.budget -= escrow_of(order);
    }
    ++order.next_task;
    ++order.live;
    TRY(put_job(context.state, job_id, job));
    TRY(put_job_into_book(context, job_id, order, job));
    TRY_ASSIGN(ClassCounters counters, get_class_counters(context.state, order.book.class_id));
    grow(counters.jobs);
    TRY(put_class_counters(context.state, order.book.class_id, counters));
    return tell_job(context, "entered", job_id, job);
}

BidKey bid_key(const JobId& id, const Order& order) {
    return {
        .row = {.book = order.book, .price = order.limit, .posted = order.posted},
        .job = id,
    };
}

Outcome<void> put_job_into_book(
    Context& context, const JobId& id, const Order& order, const Job& job
) {
    TRY_ASSIGN(const bank::Party user, party_of(context.state, order.user));
    return put_bid(
        context.state,
        bid_key(id, order),
        {.user = order.user,
         .owner = user.address,
         .count = order.count,
         .work_units = order.work_units,
         .last = order.last,
         .deadline = order.deadline,
         .blocks_needed = order.blocks_needed,
         .had_it = job.had_it,
         .filters = order.filters}
    );
}

Outcome<void> end_if_done(Context& context, OrderId id, Order& order) {
    if (order.is_final || order.live > 0 || takes_in(order, context.block.height)) {
        return {};
    }
    order.is_final = true;
    const Money rest = std::exchange(order.budget, 0);
    TRY(pay(context, order.user, rest));
    TRY(end_use(context.state, order.program));
    TRY(count_closed(context, order.user));
    const ledger::MarketParams& params = context.params.market;
    TRY(enqueue(
        context.state,
        {.kind = DeadlineKind::retain,
         .due = due_after(context.block, params.retention_blocks, params.nominal_block_ms)},
        {.order = id, .task = whole_order}
    ));
    return tell_order(context, "closed", id, order);
}

Outcome<void> tell_order(
    Context& context, std::string_view action, OrderId id, const Order& order
) {
    TRY_ASSIGN(const std::string user, address_text(context.state, order.user));
    context.events.push_back(ledger::make_event(
        "order",
        {{"action", action},
         {"id", to_string(id)},
         {"user", user},
         {"class", std::to_string(static_cast<std::uint32_t>(order.book.class_id))},
         {"limit", std::to_string(order.limit)},
         {"tasks", std::to_string(order.tasks)},
         {"settled", std::to_string(order.settled)}}
    ));
    return {};
}

Outcome<void> tell_job(Context& context, std::string_view action, const JobId& id, const Job& job) {
    TRY_ASSIGN(const std::string provider, provider_text(context.state, job));
    context.events.push_back(ledger::make_event(
        "job",
        {{"action", action},
         {"id", to_string(id)},
         {"order", to_string(id.order)},
         {"state", to_string(job.state)},
         {"reason", to_string(job.reason)},
         {"fault", to_string(party_at_fault(job.reason, job.decline))},
         {"provider", provider}}
    ));
    return {};
}

Outcome<std::uint64_t> count_opened(Context& context, AccountNumber account) {
    TRY_ASSIGN(AccountCounters counters, get_counters(context.state, account));
    const std::uint32_t open_max = context.params.market.open_orders_max;
    if (counters.open >= open_max) {
        return refuse(
            kinds::too_many_orders, "{} are open, at most {} may be", counters.open, open_max
        );
    }
    const std::uint64_t count = counters.made++;
    ++counters.open;
    TRY(put_counters(context.state, account, counters));
    return count;
}

Outcome<void> count_closed(Context& context, AccountNumber account) {
    TRY_ASSIGN(AccountCounters counters, get_counters(context.state, account));
    CHECK(counters.open > 0);
    --counters.open;
    return put_counters(context.state, account, counters);
}

}  // namespace steelyard::market
