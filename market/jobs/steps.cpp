// What workers say: start, decline, commit, retract.
#include "base/check.h"
#include "base/hex.h"
#include "market/jobs/access.h"
#include "market/jobs/leave.h"
#include "market/orders/orders.h"
#include "market/parties/providers.h"
#include "market/parties/reputation.h"
#include "market/records/instrument.h"
#include "market/records/kinds.h"

namespace steelyard::market {
namespace {

using ledger::refuse;

/// A verifier that has not the program at hand reads and checks it again.
Outcome<void> pay_for_program(const Context& context, const Order& order) {
    constexpr std::uint64_t gas_of_byte = 5;
    ledger::GasMeter* meter = context.state.meter();
    const std::uint64_t size = program_size(context.state, order.program);
    return meter == nullptr ? Outcome<void>() : meter->use(gas_of_byte * size, "program");
}

/// The bytes or ids of all outputs, and what they hash to.
Outcome<Hash256> root_of_result(
    const Context& context,
    const Held& held,
    const CommittedResult& result,
    const ProgramFacts& facts
) {
    TRY_ASSIGN(const ProofVerifier* verifier, verifier_of(context));
    if (!result.commit.results.empty()) {
        if (!result.inline_result.empty()) {
            return refuse(kinds::bad_commit, "both results and an inline result");
        }
        if (result.commit.results.size() != facts.outputs) {
            return refuse(
                kinds::bad_commit,
                "{} results, the program has {} outputs",
                result.commit.results.size(),
                facts.outputs
            );
        }
        return verifier->output_root(result.commit.results);
    }
    if (result.inline_result.size() > inline_result_size_max) {
        return refuse(
            kinds::bad_commit,
            "the inline result has {} bytes, must have at most {}",
            result.inline_result.size(),
            inline_result_size_max
        );
    }
    TRY(pay_for_program(context, held.order));
    return or_refuse(
        kinds::bad_commit,
        verifier->inline_root(program_of(context.state, held.order), result.inline_result)
    );
}

Outcome<void> check_root(const Hash256& claimed, const Hash256& found) {
    if (claimed != found) {
        return refuse(
            kinds::bad_commit, "output_root is {}, of the result {}", to_hex(claimed), to_hex(found)
        );
    }
    return {};
}

Outcome<void> check_steps(std::uint64_t claimed, std::uint64_t wanted) {
    if (claimed != wanted) {
        return refuse(kinds::bad_commit, "{} steps, must be {}", claimed, wanted);
    }
    return {};
}

/// J3; what the run earns (E2).
Outcome<Money> check_result(
    const Context& context, const Held& held, const CommittedResult& result
) {
    TRY_ASSIGN(const auto program, get_program(context.state, held.order.program));
    CHECK(program && held.job.match);
    const Match& match = *held.job.match;
    const Commit& commit = result.commit;
    if (!commit.fault) {
        TRY(check_steps(commit.steps, program->facts.steps));
        TRY_ASSIGN(const Hash256 root, root_of_result(context, held, result, program->facts));
        TRY(check_root(commit.output_root, root));
        return match.price;
    }
    if (!commit.results.empty() || !result.inline_result.empty()) {
        return refuse(kinds::bad_commit, "a result beside a fault");
    }
    TRY_ASSIGN(const ProofVerifier* verifier, verifier_of(context));
    TRY(pay_for_program(context, held.order));
    const ProgramSource source = program_of(context.state, held.order);
    TRY(or_refuse(kinds::bad_commit, verifier->check_fault(source, *commit.fault)));
    TRY(check_steps(commit.steps, commit.fault->step));
    TRY(check_root(commit.output_root, verifier->fault_root(*commit.fault)));
    const Money earned = verifier->price_until(source, *commit.fault, match.price);
    return std::min(std::max(earned, match.terms.min_job_price), match.price);
}

/// Waits for its seed, and for its settlement.
Outcome<void> await_decision(Context& context, Held& held) {
    const Terms& terms = held.job.match->terms;
    held.job.settle_due = due_after(context.block, terms.settle_blocks, terms.nominal_block_ms);
    TRY(set_deadline(
        context, held, Deadline{.kind = DeadlineKind::settle, .due = held.job.settle_due}
    ));
    return begin_waiting(
        context.state, WaitingFor::seed, {.since = context.block.height, .job = held.id}
    );
}

}  // namespace

Outcome<void> start_job(Context& context, AccountNumber signer, const JobId& id) {
    TRY_ASSIGN(Held held, held_by(context, signer, id, JobState::matched));
    const Match& match = *held.job.match;
    held.job.state = JobState::started;
    held.job.started = context.block.height;
    TRY(set_deadline(
        context,
        held,
        Deadline{
            .kind = DeadlineKind::commit,
            .due =
                due_after(context.block, match.terms.commit_blocks, match.terms.nominal_block_ms),
        }
    ));
    TRY(put_job(context.state, id, held.job));
    const std::uint64_t waited = blocks_since(context, match.height);
    TRY(count(context, held.order, [waited](ClassCounters& counters) {
        grow(counters.starts);
        grow(counters.blocks_to_start, waited);
    }));
    return tell(context, "started", held);
}

Outcome<void> decline_job(Context& context, AccountNumber signer, const JobId& id, Decline reason) {
    TRY_ASSIGN(Held held, held_by(context, signer, id, JobState::matched));
    held.job.decline = reason;
    if (!is_of_inputs(reason)) {  // a user could else void the asks of whom it likes (J2)
        TRY(note_decline(context, held.job.match->provider));
    }
    return leave_provider(context, std::move(held), Reason::declined);
}

Outcome<void> commit_result(
    Context& context, AccountNumber signer, const JobId& id, const CommittedResult& result
) {
    TRY_ASSIGN(Held held, held_by(context, signer, id, JobState::started));
    TRY_ASSIGN(const Money price, check_result(context, held, result));
    held.job.state = JobState::committed;
    held.job.commit = result.commit;
    held.job.commit->height = context.block.height;
    held.job.commit->inline_size = static_cast<std::uint32_t>(result.inline_result.size());
    held.job.commit->price = price;
    TRY(await_decision(context, held));
    TRY(put_job(context.state, id, held.job));
    if (!result.inline_result.empty()) {
        TRY(put_inline_result(context.state, id, result.inline_result));
    }
    const std::uint64_t waited = blocks_since(context, held.job.started);
    const bool is_fault = result.commit.fault.has_value();
    TRY(count(context, held.order, [waited, is_fault](ClassCounters& counters) {
        grow(counters.commits);
        grow(counters.faults, is_fault ? 1 : 0);
        grow(counters.blocks_to_commit, waited);
    }));
    return tell(context, "committed", held);
}

Outcome<void> retract_result(Context& context, AccountNumber signer, const JobId& id) {
    TRY_ASSIGN(Held held, held_by(context, signer, id, JobState::committed));
    const Commit& commit = *held.job.commit;
    const std::uint64_t window = held.job.match->terms.retract_blocks;
    if (blocks_since(context, commit.height) > window) {
        return refuse(
            kinds::too_late,
            "{} was committed at height {}, and could be retracted for {} blocks",
            to_string(id),
            commit.height,
            window
        );
    }
    CHECK(!held.job.is_decided);
    TRY(end_waiting(context.state, WaitingFor::seed, {.since = commit.height, .job = id}));
    return leave_provider(context, std::move(held), Reason::retracted);
}

}  // namespace steelyard::market
