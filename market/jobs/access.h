// Access: jobs with all that belongs to them, and what every step checks. For .cpp files of this
// folder and of challenges.
#pragma once

#include "market/jobs/jobs.h"
#include "market/records/counters.h"
#include "market/records/verifier.h"

namespace steelyard::market {

/// A job as a step finds it.
struct Held {
    JobId id{};
    Job job{};
    Order order{};
};

/// One that exists (CHECKed).
Outcome<Held> held(const StateView& state, const JobId& id);

/// For a message: the job is in a state, its deadline is not over, the signer may act for it.
/// Errors: unknown_job, wrong_state, not_assigned, too_late.
Outcome<Held> held_by(
    const Context& context, AccountNumber signer, const JobId& id, JobState state
);

/// The errors of who asks for a verifier where there is none: no_verifier.
Outcome<const ProofVerifier*> verifier_of(const Context& context);

/// The program of an order as the verifier takes it. It borrows the state.
ProgramSource program_of(const StateView& state, const Order& order);

/// The job's deadline in the queue is this one from now on; nothing: none.
Outcome<void> set_deadline(Context& context, Held& held, std::optional<Deadline> deadline);

/// Event: job.
Outcome<void> tell(Context& context, std::string_view action, const Held& held);

/// Writes the counters of the order's class after a change.
Outcome<void> count(
    Context& context, const Order& order, const std::function<void(ClassCounters&)>& change
);

/// How many blocks have gone by since a height.
std::uint64_t blocks_since(const Context& context, Height height);

}  // namespace steelyard::market
