#include "market/jobs/access.h"

#include "base/check.h"
#include "market/orders/entry.h"
#include "market/parties/providers.h"
#include "market/records/instrument.h"
#include "market/records/kinds.h"

namespace steelyard::market {

using ledger::refuse;

Outcome<Held> held(const StateView& state, const JobId& id) {
    TRY_ASSIGN(auto job, get_job(state, id));
    TRY_ASSIGN(auto order, get_order(state, id.order));
    CHECK(job && order);
    return Held{.id = id, .job = *std::move(job), .order = *std::move(order)};
}

Outcome<Held> held_by(
    const Context& context, AccountNumber signer, const JobId& id, JobState wanted
) {
    TRY_ASSIGN(const auto job, get_job(context.state, id));
    if (!job) {
        return refuse(kinds::unknown_job, "{}", to_string(id));
    }
    if (job->state != wanted) {
        return refuse(
            kinds::wrong_state,
            "{} is {}, must be {}",
            to_string(id),
            to_string(job->state),
            to_string(wanted)
        );
    }
    CHECK(job->match.has_value());
    TRY_ASSIGN(
        const bool may, may_sign(context.state, signer, job->match->provider, job->match->worker)
    );
    if (!may) {
        TRY_ASSIGN(const std::string worker, address_text(context.state, job->match->worker));
        return refuse(kinds::not_assigned, "{} is given to {}", to_string(id), worker);
    }
    const bool is_over = job->deadline && job->deadline->due.is_over(context.block);
    if (is_over && job->state != JobState::committed) {  // whose deadline is that of the chain
        return refuse(
            kinds::too_late,
            "{} had until height {}, or {} if that is later",
            to_string(id),
            job->deadline->due.height,
            to_string(job->deadline->due.time)
        );
    }
    return held(context.state, id);
}

Outcome<const ProofVerifier*> verifier_of(const Context& context) {
    if (context.verifier == nullptr) {
        return refuse(kinds::no_verifier, "at height {}", context.block.height);
    }
    return context.verifier;
}

ProgramSource program_of(const StateView& state, const Order& order) {
    return {
        .id = order.program,
        .bytes = [&state, id = order.program] { return program_bytes(state, id); },
    };
}

Outcome<void> set_deadline(Context& context, Held& held, std::optional<Deadline> deadline) {
    if (held.job.deadline) {
        TRY(dequeue(context.state, *held.job.deadline, held.id));
    }
    held.job.deadline = deadline;
    return deadline ? enqueue(context.state, *deadline, held.id) : Outcome<void>();
}

Outcome<void> tell(Context& context, std::string_view action, const Held& held) {
    return tell_job(context, action, held.id, held.job);
}

Outcome<void> count(
    Context& context, const Order& order, const std::function<void(ClassCounters&)>& change
) {
    TRY_ASSIGN(ClassCounters counters, get_class_counters(context.state, order.book.class_id));
    change(counters);
    return put_class_counters(context.state, order.book.class_id, counters);
}

std::uint64_t blocks_since(const Context& context, Height height) {
    CHECK(context.block.height >= height);
    return static_cast<std::uint64_t>(context.block.height.value() - height.value());
}

}  // namespace steelyard::market
