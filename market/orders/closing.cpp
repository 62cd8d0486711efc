// How jobs leave the book, come back to it, and end.
#include "base/check.h"
#include "ledger/params/params.h"
#include "market/orders/entry.h"
#include "market/records/counters.h"

#include <algorithm>

namespace steelyard::market {
namespace {

/// How many records of tasks that never entered go with an order in one block.
constexpr std::uint32_t tasks_forgotten_max = 64;

/// Jobs outlive their order where retention became shorter since they were matched, or their
/// deadlines were put off by time that then made a leap: blocks until an order looks for its jobs
/// again (J7).
constexpr std::int64_t wait_for_jobs = 100;

Outcome<Order> order_of(const StateView& state, OrderId id) {
    TRY_ASSIGN(auto order, get_order(state, id));
    CHECK(order.has_value());
    return *std::move(order);
}

Outcome<void> count_end(Context& context, const Order& order, Reason reason) {
    TRY_ASSIGN(ClassCounters counters, get_class_counters(context.state, order.book.class_id));
    grow(counters.ended[static_cast<std::size_t>(reason)]);
    return put_class_counters(context.state, order.book.class_id, counters);
}

/// What a job that cannot be open ends as; nothing: it can.
std::optional<JobState> end_of(const Order& order, const Job& job, Height height) {
    const bool is_slashed = job.reason == Reason::fraud || job.reason == Reason::silence;
    if (order.halt == Halt::cancelled) {
        return is_slashed ? JobState::slashed : JobState::cancelled;
    }
    if (height > order.last) {
        return is_slashed ? JobState::slashed : JobState::expired;
    }
    if (job.retries_left == 0) {
        return is_slashed ? JobState::slashed : JobState::refunded;
    }
    return std::nullopt;
}

/// J7: under the parameters that the job was matched under, if it was.
Due retained_until(const Context& context, const Job& job) {
    const ledger::MarketParams& params = context.params.market;
    if (job.match) {
        const Terms& terms = job.match->terms;
        return due_after(context.block, terms.retention_blocks, terms.nominal_block_ms);
    }
    return due_after(context.block, params.retention_blocks, params.nominal_block_ms);
}

JobState state_of_closed(Reason reason) {
    return reason == Reason::cancelled ? JobState::cancelled : JobState::expired;
}

Outcome<void> close_open_jobs(Context& context, OrderId id, const Order& order) {
    for (std::uint32_t task = 0; task < order.next_task; ++task) {
        const JobId job_id{.order = id, .task = task};
        TRY_ASSIGN(const auto job, get_job(context.state, job_id));
        if (job && job->state == JobState::open) {
            TRY(close_open_job(context, bid_key(job_id, order), Reason::cancelled));
        }
    }
    return {};
}

/// Looked at again so many blocks later.
Outcome<void> keep_on(Context& context, OrderId id, std::int64_t blocks) {
    const Height later(context.block.height.value() + blocks);
    return enqueue(
        context.state,
        {.kind = DeadlineKind::retain, .due = {.height = later, .time = context.block.time}},
        {.order = id, .task = whole_order}
    );
}

Outcome<bool> has_jobs(const StateView& state, OrderId id) {
    bool has = false;
    TRY(walk_jobs(state, {.order = id}, [&](const JobId& job, const Job&) -> Outcome<bool> {
        has = job.order == id;
        return false;
    }));
    return has;
}

Outcome<void> forget_order(Context& context, OrderId id) {
    StateView& state = context.state;
    TRY_ASSIGN(Order order, order_of(state, id));
    CHECK(order.is_final);
    TRY_ASSIGN(const bool is_too_early, has_jobs(state, id));
    if (is_too_early) {
        return keep_on(context, id, wait_for_jobs);
    }
    const bool has_own_inputs =
        !std::ranges::all_of(order.inputs, &std::optional<Hash256>::has_value);
    if (has_own_inputs) {
        const std::uint32_t end = std::min(order.tasks, order.next_task + tasks_forgotten_max);
        for (; order.next_task < end; ++order.next_task) {
            TRY(erase_task_inputs(state, {.order = id, .task = order.next_task}));
        }
    }
    if (!has_own_inputs || order.next_task == order.tasks) {
        return erase_order(state, id);
    }
    TRY(put_order(state, id, order));
    return keep_on(context, id, 1);
}

}  // namespace

Outcome<void> carry_out_cancellations(Context& context) {
    TRY_ASSIGN(const auto ids, take_cancellations(context.state));
    for (const OrderId id : ids) {
        TRY_ASSIGN(Order order, order_of(context.state, id));
        if (order.is_final) {
            continue;
        }
        order.halt = Halt::cancelled;
        TRY(put_order(context.state, id, order));
        TRY(tell_order(context, "cancelled", id, order));
        TRY(close_open_jobs(context, id, order));
    }
    return {};
}

Outcome<void> close_open_job(Context& context, const BidKey& key, Reason reason) {
    TRY_ASSIGN(auto job, get_job(context.state, key.job));
    CHECK(job && job->state == JobState::open);
    TRY(erase_bid(context.state, key));
    if (reason == Reason::displaced) {
        TRY_ASSIGN(Order order, order_of(context.state, key.job.order));
        order.halt = order.halt == Halt::none ? Halt::displaced : order.halt;
        TRY(put_order(context.state, key.job.order, order));
    }
    job->state = state_of_closed(reason);
    job->reason = reason;
    return finish(context, key.job, *std::move(job));
}

Outcome<void> open_again(Context& context, const JobId& id, Job job, Reason reason) {
    CHECK(job.match.has_value());
    TRY_ASSIGN(const Order order, order_of(context.state, id.order));
    TRY(count_end(context, order, reason));
    job.reason = reason;
    const AccountNumber provider = job.match->provider;
    const auto place = std::ranges::lower_bound(job.had_it, provider);
    if (place == job.had_it.end() || *place != provider) {
        job.had_it.insert(place, provider);
    }
    if (const auto end = end_of(order, job, context.block.height)) {
        job.state = *end;
        return finish(context, id, std::move(job));
    }
    const Job again{
        .reason = reason,
        .decline = job.decline,
        .retries_left = job.retries_left - 1,
        .had_it = job.had_it,
        .entered = context.block.height,
        .job_escrow = job.job_escrow,
        .proof_escrow = job.proof_escrow,
        .damages = job.damages,
    };
    TRY(erase_job(context.state, id));  // an inline result goes with it
    TRY(put_job(context.state, id, again));
    TRY(put_job_into_book(context, id, order, again));
    return tell_job(context, "reopened", id, again);
}

Outcome<void> finish(Context& context, const JobId& id, Job job) {
    CHECK(is_final(job.state) && job.paid <= job.job_escrow);
    TRY_ASSIGN(Order order, order_of(context.state, id.order));
    CHECK(order.live > 0);
    const Money rest = job.job_escrow - job.paid + job.proof_escrow;
    if (order.is_array) {
        order.budget += rest;
    } else {
        TRY(pay(context, order.user, rest));
    }
    job.deadline.reset();
    job.ended = context.block.height;
    TRY(put_job(context.state, id, job));
    if (!job.match) {
        TRY(count_end(context, order, job.reason));
    }
    TRY(enqueue(
        context.state, {.kind = DeadlineKind::retain, .due = retained_until(context, job)}, id
    ));
    TRY(tell_job(context, "ended", id, job));
    --order.live;
    order.settled += job.state == JobState::settled ? 1 : 0;
    while (takes_in(order, context.block.height)) {
        TRY(enter_next(context, id.order, order));
    }
    TRY(end_if_done(context, id.order, order));
    return put_order(context.state, id.order, order);
}

Outcome<void> forget(Context& context, const Subject& subject) {
    if (subject.task == whole_order) {
        return forget_order(context, subject.order);
    }
    TRY(erase_task_inputs(context.state, subject));
    return erase_job(context.state, subject);
}

}  // namespace steelyard::market
