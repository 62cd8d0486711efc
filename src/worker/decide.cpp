#include "worker/decide.h"

#include "base/check.h"

#include <algorithm>

namespace steelyard::worker {
namespace {

Action wait(std::string why = "") {
    return {.step = Step::wait, .why = std::move(why)};
}

Action decline(Decline reason, std::string why) {
    return {.step = Step::decline, .reason = reason, .why = std::move(why)};
}

Action step(Step what, std::string why = "") {
    return {.step = what, .why = std::move(why)};
}

bool is_over(const ChainJob& job, const Moment& now) {
    return job.due && is_over(*job.due, now);
}

bool is_ready(const Standing& standing) {
    return standing.record != nullptr && standing.record->is_ready;
}

bool has_outcome(const Standing& standing) {
    return standing.record != nullptr && standing.record->outcome.has_value();
}

bool is_uploaded(const Standing& standing) {
    return standing.record->is_uploaded || standing.record->outcome->outputs.empty();
}

std::uint32_t failed_runs(const Standing& standing) {
    return standing.record == nullptr ? 0 : standing.record->failed_runs;
}

Action for_matched(const ChainJob& job, const Standing& standing, const Moment& now) {
    if (is_over(job, now)) {
        return step(Step::stop, "not started in time");
    }
    if (standing.refusal) {
        return decline(standing.refusal->reason, standing.refusal->why);
    }
    if (standing.is_draining) {
        return decline(Decline::busy, "the worker drains");
    }
    if (failed_runs(standing) >= runs_max) {
        return decline(Decline::other, standing.record->last_failure);
    }
    const bool is_late = job.due && blocks_left(*job.due, now) <= blocks_in_hand;
    if (!standing.has_slot) {
        return is_late ? decline(Decline::busy, "no slot became free") : wait();
    }
    if (is_ready(standing)) {
        return step(Step::start);
    }
    if (is_late) {
        return standing.trouble ? decline(standing.trouble->reason, standing.trouble->why)
                                : decline(Decline::no_input, "the inputs did not come in time");
    }
    return standing.busy == Busy::nothing ? step(Step::fetch) : wait();
}

/// What leads to an outcome where there is none yet; nothing: it is there.
std::optional<Action> towards_outcome(const Standing& standing) {
    if (has_outcome(standing)) {
        return std::nullopt;
    }
    if (standing.busy != Busy::nothing) {
        return wait();
    }
    if (failed_runs(standing) >= runs_max) {
        return wait("its child failed twice: " + standing.record->last_failure);
    }
    if (standing.refusal) {
        return wait("it cannot be run: " + standing.refusal->why);
    }
    return step(is_ready(standing) ? Step::run : Step::fetch);
}

Action towards_upload(const Standing& standing) {
    return standing.busy == Busy::nothing && !is_uploaded(standing) ? step(Step::upload) : wait();
}

Action for_started(const ChainJob& job, const Standing& standing, const Moment& now) {
    if (is_over(job, now)) {
        return step(Step::stop, "not committed in time");
    }
    if (auto action = towards_outcome(standing)) {
        return *std::move(action);
    }
    // A result that its user has to wait for is better than one that comes too late.
    const bool is_late = job.due && blocks_left(*job.due, now) <= blocks_in_hand;
    return is_uploaded(standing) || is_late ? step(Step::commit) : towards_upload(standing);
}

Action for_committed(const ChainJob& job, const Standing& standing, const Moment& now) {
    if (auto action = towards_outcome(standing)) {
        return *std::move(action);
    }
    if (job.committed && job.committed->roots != standing.record->outcome->roots()) {
        const bool is_time = now.height + 1 <= job.committed->height + job.retract_blocks;
        return is_time ? step(Step::retract, "another result was committed than the run gave")
                       : wait("another result was committed than the run gave");
    }
    return towards_upload(standing);
}

Action for_challenged(const ChainJob& job, const Standing& standing, const Moment& now) {
    if (!job.challenge) {
        return for_committed(job, standing, now);
    }
    if (is_over(job, now)) {
        return step(Step::stop, "not proven in time");
    }
    if (job.challenge->attempts >= attempts_max) {
        return wait("all attempts of a proof are used up");
    }
    if (auto action = towards_outcome(standing)) {
        return *std::move(action);
    }
    const JobRecord& record = *standing.record;
    if (job.committed && job.committed->roots != record.outcome->roots()) {
        return wait("nothing that is true proves the result that was committed");
    }
    const bool is_same = record.proof && record.proof->seed == job.challenge->seed &&
                         record.proof->probes == job.challenge->probes;
    if (is_same && record.is_proven) {
        return step(Step::submit_proof);
    }
    if (standing.busy == Busy::proving) {
        return wait();
    }
    if (is_same && record.failed_proofs >= proofs_max) {
        return wait("no child could make the proof: " + record.last_failure);
    }
    return step(Step::prove);
}

/// What tells the chain something.
bool is_message(Step what) {
    switch (what) {
        case Step::start:
        case Step::decline:
        case Step::commit:
        case Step::retract:
        case Step::submit_proof:
            return true;
        case Step::wait:
        case Step::stop:
        case Step::fetch:
        case Step::run:
        case Step::upload:
        case Step::prove:
        case Step::forget:
            return false;
    }
    CHECK(false);
}

Action for_state(const ChainJob& job, const Standing& standing, const Moment& now) {
    switch (job.state) {
        case JobState::matched:
            return for_matched(job, standing, now);
        case JobState::started:
            return for_started(job, standing, now);
        case JobState::committed:
            return for_committed(job, standing, now);
        case JobState::challenged:
            return for_challenged(job, standing, now);
        case JobState::proved:
            return wait();
        case JobState::open:
        case JobState::ended:
            return step(Step::forget);
    }
    CHECK(false);
}

}  // namespace

std::string_view to_string(Step what) {
    switch (what) {
        case Step::wait:
            return "wait";
        case Step::stop:
            return "stop";
        case Step::fetch:
            return "fetch";
        case Step::start:
            return "start";
        case Step::decline:
            return "decline";
        case Step::run:
            return "run";
        case Step::upload:
            return "upload";
        case Step::commit:
            return "commit";
        case Step::retract:
            return "retract";
        case Step::prove:
            return "prove";
        case Step::submit_proof:
            return "submit_proof";
        case Step::forget:
            return "forget";
    }
    CHECK(false);
}

bool is_over(const Due& due, const Moment& now) {
    // The next block's time is not known yet, but it is later than this one's.
    return now.height + 1 >= due.height && now.unix_ms >= due.unix_ms;
}

std::int64_t blocks_left(const Due& due, const Moment& now) {
    return std::max<std::int64_t>(0, due.height - now.height - 1);
}

std::chrono::milliseconds time_left(
    const Due& due, const Moment& now, std::chrono::milliseconds pace
) {
    const std::chrono::milliseconds by_clock(std::max<std::int64_t>(0, due.unix_ms - now.unix_ms));
    return std::max(by_clock, blocks_left(due, now) * pace);
}

Action decide(
    const ChainJob& job, std::string_view me, const Standing& standing, const Moment& now
) {
    if (job.worker != me && job.state != JobState::ended) {
        return step(Step::forget);
    }
    Action action = for_state(job, standing, now);
    // What a node that is behind tells may be over long ago: an answer to it could only be wrong.
    if (now.is_catching_up && (is_message(action.step) || action.step == Step::stop)) {
        return wait("the node is behind the chain");
    }
    return action;
}

}  // namespace steelyard::worker
