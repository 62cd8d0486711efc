// Jobs between match and end (doc/spec/market.md, J1 to J6).
#pragma once

#include "market/book/clearing.h"
#include "market/funds/funds.h"
#include "market/records/job.h"

namespace steelyard::market {

/// Carries out a fill: what clearing said holds (CHECKed), but that no price is over what the order
/// put aside for it. Events: trade, job.
Outcome<void> match(Context& context, const Fill& cleared);

// By the job's worker or provider. Events: job. Errors: unknown_job, not_assigned, wrong_state,
// too_late.
Outcome<void> start_job(Context& context, AccountNumber signer, const JobId& id);
Outcome<void> decline_job(Context& context, AccountNumber signer, const JobId& id, Decline reason);

/// What a worker commits to. An inline result is all outputs one after the other.
struct CommittedResult {
    Commit commit{};  ///< without its height and inline size
    Bytes inline_result{};
};

/// Besides: no_verifier, bad_commit. Gas: 5 for each byte of the program, where the result is
/// inline or a fault, beside the state's.
Outcome<void> commit_result(
    Context& context, AccountNumber signer, const JobId& id, const CommittedResult& result
);
Outcome<void> retract_result(Context& context, AccountNumber signer, const JobId& id);

/// Deadlines of kinds start, commit, respond, settle that are over.
Outcome<void> end_wait(Context& context, const JobId& id, DeadlineKind kind);

/// K5, K6: by fraud or silence.
Outcome<void> slash_job(Context& context, const JobId& id, Job job, Reason reason);

/// E4, for a job that may be settled.
Outcome<void> settle_job(Context& context, const JobId& id, Job job);

}  // namespace steelyard::market
