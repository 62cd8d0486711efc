// How jobs end: deadlines, damages, slashes, settlement.
#include "base/check.h"
#include "ledger/params/params.h"
#include "market/jobs/leave.h"
#include "market/orders/orders.h"
#include "market/parties/providers.h"
#include "market/parties/reputation.h"

namespace steelyard::market {
namespace {

/// E7.
std::uint32_t percent_of(Reason reason) {
    constexpr std::uint32_t for_not_starting = 2;
    constexpr std::uint32_t for_being_late = 10;
    switch (reason) {
        case Reason::not_started:
            return for_not_starting;
        case Reason::late:
        case Reason::retracted:
            return for_being_late;
        case Reason::none:
        case Reason::cancelled:
        case Reason::expired:
        case Reason::displaced:
        case Reason::declined:
        case Reason::fraud:
        case Reason::silence:
        case Reason::settled:
        case Reason::settled_fault:
            return 0;
    }
    CHECK(false);
}

/// J6: a job whose decision is still to come waits for it.
Outcome<void> end_settlement_wait(Context& context, Held held) {
    CHECK(held.job.state == JobState::committed || held.job.state == JobState::proved);
    if (held.job.is_decided) {
        return settle_job(context, held.id, std::move(held.job));
    }
    const Due next{.height = context.block.height.next(), .time = context.block.time};
    TRY(set_deadline(context, held, Deadline{.kind = DeadlineKind::settle, .due = next}));
    return put_job(context.state, held.id, held.job);
}

}  // namespace

Outcome<void> leave_provider(Context& context, Held held, Reason reason) {
    const Match match = *held.job.match;
    TRY(set_deadline(context, held, std::nullopt));
    TRY(disengage(context, match.provider, match.worker, match.reserved));
    const Money owed = damages(match.price, percent_of(reason));
    if (owed > 0) {
        TRY(pay_damages(context, match.provider, held.order.user, owed));
        TRY(void_asks(context, match.provider));
        TRY(note_failure(context, match.provider, held.order.book.class_id, false));
        held.job.damages = clipped_add(held.job.damages, owed);
        TRY(count(context, held.order, [owed](ClassCounters& counters) {
            grow(counters.damages, owed);
        }));
    }
    return open_again(context, held.id, std::move(held.job), reason);
}

Outcome<void> end_wait(Context& context, const JobId& id, DeadlineKind kind) {
    TRY_ASSIGN(Held held, market::held(context.state, id));
    CHECK(held.job.deadline && held.job.deadline->kind == kind);
    switch (kind) {
        case DeadlineKind::start:
            return leave_provider(context, std::move(held), Reason::not_started);
        case DeadlineKind::commit:
            return leave_provider(context, std::move(held), Reason::late);
        case DeadlineKind::respond:
            return slash_job(context, id, std::move(held.job), Reason::silence);
        case DeadlineKind::settle:
            return end_settlement_wait(context, std::move(held));
        case DeadlineKind::withdraw:
        case DeadlineKind::retain:
            break;
    }
    CHECK(false);
}

Outcome<void> slash_job(Context& context, const JobId& id, Job job, Reason reason) {
    TRY_ASSIGN(Held held, market::held(context.state, id));
    held.job = std::move(job);
    const Match match = *held.job.match;
    TRY(set_deadline(context, held, std::nullopt));
    TRY(disengage(context, match.provider, match.worker, match.reserved));
    TRY(slash_provider(context, match.provider, held.order.user, match.reserved, match.price));
    TRY(note_failure(context, match.provider, held.order.book.class_id, true));
    const SlashShares shares = slash_shares(match.reserved, match.price);
    TRY(count(context, held.order, [&](ClassCounters& counters) {
        grow(counters.slashed, match.reserved);
        grow(counters.damages, shares.user);
        grow(counters.burned, shares.burned);
    }));
    held.job.damages = clipped_add(held.job.damages, shares.user);
    held.job.reason = reason;
    TRY(tell(context, "slashed", held));
    return open_again(context, id, std::move(held.job), reason);
}

Outcome<void> settle_job(Context& context, const JobId& id, Job job) {
    TRY_ASSIGN(Held held, market::held(context.state, id));
    held.job = std::move(job);
    const Match match = *held.job.match;
    const bool is_fault = held.job.commit->fault.has_value();
    const Money price = held.job.commit->price;
    const Shares shares = shares_of(price, match.terms.fee_bps);
    TRY(set_deadline(context, held, std::nullopt));
    TRY(disengage(context, match.provider, match.worker, match.reserved));
    TRY(pay(context, match.provider, shares.provider));
    TRY(burn(context, shares.burned, bank::Source::burned_by_market));
    TRY(pay_validators(context, shares.validators));
    TRY(keep_for_verification(context, shares.pool));
    if (!is_fault) {
        TRY(note_settled(context, match.provider));
        TRY(note_payment(
            context, match.provider, held.order.book.class_id, held.order.user, shares.burned
        ));
    }
    held.job.paid = price;
    held.job.state = JobState::settled;
    held.job.reason = is_fault ? Reason::settled_fault : Reason::settled;
    TRY(count(context, held.order, [&](ClassCounters& counters) {
        grow(counters.work_units_settled, held.order.work_units);
        grow(counters.paid, price);
        grow(counters.fees, shares.fee);
        grow(counters.burned, shares.burned);
        grow(counters.ended[static_cast<std::size_t>(held.job.reason)]);
    }));
    return finish(context, id, std::move(held.job));
}

}  // namespace steelyard::market
