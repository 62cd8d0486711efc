#include "market/block/sweep.h"

#include "ledger/params/params.h"
#include "market/block/must.h"
#include "market/jobs/jobs.h"
#include "market/orders/orders.h"
#include "market/parties/providers.h"
#include "market/records/void_rows.h"

namespace steelyard::market {
namespace {

/// Rounded up; at least 1.
std::int64_t blocks_until(Timestamp due, Timestamp now, std::uint32_t nominal_block_ms) {
    const Int128 second = 1'000'000'000;
    const Int128 left =
        (due.seconds() - now.seconds()) * second + due.nanoseconds() - now.nanoseconds();
    const Int128 nominal = Int128{nominal_block_ms} * 1'000'000;
    return static_cast<std::int64_t>(std::max<Int128>((left + nominal - 1) / nominal, 1));
}

/// D3: to the height at which its time should have come.
void put_off(Context& context, const Queued& queued) {
    const std::int64_t blocks = blocks_until(
        queued.deadline.due.time, context.block.time, context.params.market.nominal_block_ms
    );
    Deadline later = queued.deadline;
    later.due.height = Height(context.block.height.value() + blocks);
    must(dequeue(context.state, queued.deadline, queued.subject));
    must(enqueue(context.state, later, queued.subject));
    if (queued.deadline.kind == DeadlineKind::withdraw ||
        queued.deadline.kind == DeadlineKind::retain) {
        return;
    }
    auto job = must(get_job(context.state, queued.subject));
    CHECK(job && job->deadline == queued.deadline);
    job->deadline = later;
    must(put_job(context.state, queued.subject, *job));
}

void end(Context& context, const Queued& queued) {
    switch (queued.deadline.kind) {
        case DeadlineKind::start:
        case DeadlineKind::commit:
        case DeadlineKind::respond:
        case DeadlineKind::settle:
            must(end_wait(context, queued.subject, queued.deadline.kind));
            return;
        case DeadlineKind::withdraw: {
            must(dequeue(context.state, queued.deadline, queued.subject));
            const AccountNumber provider{static_cast<std::uint64_t>(queued.subject.order)};
            must(end_withdrawal(context, provider, queued.subject.task));
            return;
        }
        case DeadlineKind::retain:
            must(dequeue(context.state, queued.deadline, queued.subject));
            must(forget(context, queued.subject));
            return;
    }
    CHECK(false);
}

/// Those whose height has come; how many there were.
std::size_t sweep_queue(Context& context, std::size_t count_max) {
    std::size_t count = 0;
    std::optional<Queued> behind;
    for (; count < count_max; ++count) {
        const auto next = must(first_queued(context.state, behind));
        if (!next || next->deadline.due.height > context.block.height) {
            break;
        }
        behind = next;
        if (next->deadline.due.is_over(context.block)) {
            end(context, *next);
        } else {
            put_off(context, *next);
        }
    }
    return count;
}

void close_void_asks(Context& context, const Books& books, std::size_t count_max) {
    std::size_t left = count_max;
    for (const AccountNumber provider : must(marked_for_sweep(context.state, count_max))) {
        if (left == 0) {
            return;
        }
        const auto found = must(get_provider(context.state, provider));
        CHECK(found.has_value());
        const auto asks = books.void_asks(provider, found->asks_valid_from, left);
        for (const AskKey& key : asks) {
            if (must(get_ask(context.state, key))) {  // not one that was over as well
                must(close_ask(context, key, "void"));
            }
        }
        left -= asks.size();
        if (left > 0) {
            must(unmark_for_sweep(context.state, provider));
        }
    }
}

}  // namespace

void sweep(Context& context, const Books& books) {
    const std::size_t count_max = context.params.market.sweep_max;
    std::size_t count = sweep_queue(context, count_max);
    const Books::Over over = books.over(context.block.height, count_max - count);
    for (const AskKey& key : over.asks) {
        must(close_ask(context, key, "expired"));
    }
    for (const BidKey& key : over.bids) {
        must(close_open_job(context, key, Reason::expired));
    }
    count += over.asks.size() + over.bids.size();
    close_void_asks(context, books, count_max - count);
}

}  // namespace steelyard::market
