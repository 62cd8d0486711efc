// Jobs as steelyard.market.v1 has them.
#include "ledger/queries/market_rows.h"
#include "ledger/state/values.h"
#include "market/funds/funds.h"
#include "steelyard/market/v1/query.pb.h"

namespace steelyard::queries {
namespace {

using market::address_text;

void set_terms(const market::Terms& terms, mpb::Terms& out) {
    out.set_nominal_block_ms(terms.nominal_block_ms);
    out.set_commit_blocks(terms.commit_blocks);
    out.set_retract_blocks(terms.retract_blocks);
    out.set_challenge_delay(terms.challenge_delay);
    out.set_challenge_bps(terms.challenge_bps);
    out.set_respond_blocks(terms.respond_blocks);
    out.set_settle_blocks(terms.settle_blocks);
    out.set_retention_blocks(terms.retention_blocks);
    out.set_fee_bps(terms.fee_bps);
    out.set_min_job_price(terms.min_job_price);
    out.set_probes(terms.probes);
    out.set_proof_bytes_max(terms.proof_bytes_max);
    out.set_proof_gas_max(terms.proof_gas_max);
}

Answer<void> set_assignment(const Asked& asked, const market::Match& match, mpb::Assignment& out) {
    out.set_ask_id(static_cast<std::uint64_t>(match.ask.id));
    TRY_ASSIGN(*out.mutable_provider(), address_text(asked.state, match.provider));
    TRY_ASSIGN(*out.mutable_worker(), address_text(asked.state, match.worker));
    out.set_unit_price(match.ask.row.price);
    out.set_price(match.price);
    out.set_reserved(match.reserved);
    out.set_height(match.height.value());
    set_terms(match.terms, *out.mutable_terms());
    return {};
}

std::string_view wait_text(market::DeadlineKind kind) {
    switch (kind) {
        case market::DeadlineKind::start:
            return "start";
        case market::DeadlineKind::commit:
            return "commit";
        case market::DeadlineKind::respond:
            return "respond";
        case market::DeadlineKind::settle:
            return "settle";
        case market::DeadlineKind::withdraw:
        case market::DeadlineKind::retain:
            break;
    }
    CHECK(false);
}

void set_wait(const market::Deadline& deadline, mpb::Wait& out) {
    out.set_kind(std::string(wait_text(deadline.kind)));
    out.set_height(deadline.due.height.value());
    out.mutable_time()->set_seconds(deadline.due.time.seconds());
    out.mutable_time()->set_nanos(deadline.due.time.nanoseconds());
}

Answer<void> set_commitment(
    const Asked& asked, const market::JobId& id, const market::Commit& commit, mpb::Commitment& out
) {
    out.set_output_root(bytes_text(commit.output_root));
    out.set_trace_root(bytes_text(commit.trace_root));
    out.set_steps(commit.steps);
    if (commit.fault) {
        out.mutable_fault()->set_kind(commit.fault->kind);
        out.mutable_fault()->set_step(commit.fault->step);
        out.mutable_fault()->set_element(commit.fault->element);
    }
    if (commit.inline_size > 0) {
        TRY_ASSIGN(const auto result, market::get_inline_result(asked.state, id));
        CHECK(result.has_value());
        out.set_inline_result(bytes_text(*result));
    }
    for (const crypto::Hash256& result : commit.results) {
        out.add_results(bytes_text(result));
    }
    out.set_height(commit.height.value());
    out.set_price(commit.price);
    return {};
}

void set_challenge(const market::Challenge& challenge, mpb::Challenge& out) {
    out.set_decided_height(challenge.decided.value());
    out.set_issued_height(challenge.issued.value());
    if (challenge.issued != chain::Height()) {
        out.set_seed(bytes_text(challenge.seed));
    }
    out.set_probes(challenge.probes);
    out.set_bytes(challenge.bytes);
    out.set_gas(challenge.gas);
    out.set_attempts(challenge.attempts);
    out.set_last_attempt_height(challenge.last_attempt.value());
}

Answer<void> set_course(
    const Asked& asked, const market::JobId& id, const market::Job& job, mpb::Job& out
) {
    if (job.match) {
        TRY(set_assignment(asked, *job.match, *out.mutable_assignment()));
    }
    if (job.deadline) {
        set_wait(*job.deadline, *out.mutable_wait());
    }
    out.set_started_height(job.started.value());
    if (job.commit) {
        TRY(set_commitment(asked, id, *job.commit, *out.mutable_commitment()));
    }
    out.set_is_decided(job.is_decided);
    if (job.challenge) {
        set_challenge(*job.challenge, *out.mutable_challenge());
    }
    out.set_ended_height(job.ended.value());
    return {};
}

}  // namespace

Answer<mpb::Job> describe(const Asked& asked, const market::JobId& id, const FoundJob& found) {
    const market::Job& job = found.job;
    mpb::Job out;
    out.set_order_id(static_cast<std::uint64_t>(id.order));
    out.set_task(id.task);
    out.set_state(std::string(to_string(job.state)));
    out.set_reason(std::string(to_string(job.reason)));
    out.set_party_at_fault(std::string(to_string(market::party_at_fault(job.reason, job.decline))));
    out.set_decline_reason(static_cast<std::uint32_t>(job.decline));
    out.set_retries_left(job.retries_left);
    for (const ledger::AccountNumber account : job.had_it) {
        TRY_ASSIGN(*out.add_had_it(), address_text(asked.state, account));
    }
    out.set_entered_height(job.entered.value());
    out.set_job_escrow(job.job_escrow);
    out.set_proof_escrow(job.proof_escrow);
    out.set_paid(job.paid);
    out.set_damages(job.damages);
    TRY(set_course(asked, id, job, out));
    TRY_ASSIGN(const auto inputs, market::inputs_of(asked.state, found.order, id));
    for (const crypto::Hash256& input : inputs) {
        out.add_inputs(bytes_text(input));
    }
    TRY_ASSIGN(*out.mutable_user(), address_text(asked.state, found.order.user));
    out.set_program(bytes_text(found.order.program));
    return out;
}

}  // namespace steelyard::queries
