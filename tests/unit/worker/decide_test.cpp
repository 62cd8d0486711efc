#include "worker/decide.h"

#include <gtest/gtest.h>

namespace steelyard::worker {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view me = "yard1worker";
constexpr std::int64_t second = 1'000;

/// Block 100; a window is over at 150 blocks and seconds.
constexpr Moment now{.height = 100, .unix_ms = 100 * second};
constexpr Due due{.height = 150, .unix_ms = 150 * second};
/// Over in the next block.
constexpr Moment too_late{.height = 149, .unix_ms = 150 * second};
/// A message that is sent now is in a block, another that waits for something is not.
constexpr Moment late{.height = 144, .unix_ms = 144 * second};

Hash256 hash(std::uint8_t first) {
    Hash256 out{};
    out[0] = first;
    return out;
}

RunReport report(std::size_t outputs = 1) {
    RunReport out;
    out.outcome.output_root = hash(1);
    out.outcome.trace_root = hash(2);
    out.outputs.resize(outputs);
    return out;
}

ChainJob job(JobState state) {
    ChainJob out{.state = state, .worker = std::string(me), .due = due, .retract_blocks = 4};
    if (state == JobState::committed || state == JobState::challenged) {
        out.committed = Committed{.roots = report().roots(), .height = 98};
    }
    return out;
}

ChainJob committed_otherwise(JobState state) {
    ChainJob out = job(state);
    out.committed->roots.output = hash(9);
    return out;
}

ChainJob issued(std::uint32_t attempts = 0) {
    ChainJob out = job(JobState::challenged);
    out.challenge = Challenge{.seed = hash(7), .probes = 12, .attempts = attempts};
    return out;
}

/// What a record may have.
enum class Has { nothing, ready, outcome, uploaded, proof, old_proof, two_failures, four_failures };

std::optional<JobRecord> record(Has has) {
    if (has == Has::nothing) {
        return std::nullopt;
    }
    JobRecord out{.is_ready = true};
    if (has == Has::two_failures) {
        out.failed_runs = runs_max;
        out.last_failure = "signal 9";
        return out;
    }
    if (has != Has::ready) {
        out.outcome = report();
    }
    out.is_uploaded = has != Has::outcome;
    if (has == Has::proof || has == Has::old_proof || has == Has::four_failures) {
        out.proof = ProofTask{.seed = hash(has == Has::old_proof ? 6 : 7), .probes = 12};
        out.is_proven = has != Has::four_failures;
        out.failed_proofs = has == Has::four_failures ? proofs_max : 0;
    }
    return out;
}

struct Case {
    std::string_view name;
    ChainJob job;
    Has has = Has::nothing;
    Standing standing{};
    Moment at = now;
    Step step{};
    std::optional<Decline> reason{};
};

Standing refused(Decline reason) {
    return {.refusal = Refusal{.reason = reason, .why = "for a reason"}};
}

const Standing troubled{.trouble = Refusal{.reason = Decline::other, .why = "the disk is full"}};
constexpr Standing draining{.is_draining = true};
constexpr Standing no_slot{.has_slot = false};
constexpr Moment behind{.height = 100, .unix_ms = 100 * second, .is_catching_up = true};

Standing busy(Busy what) {
    return {.busy = what};
}

std::vector<Case> cases() {
    using enum JobState;
    using enum Has;
    return {
        {"new_is_fetched", job(matched), nothing, {}, now, Step::fetch},
        {"waits_for_inputs", job(matched), nothing, busy(Busy::fetching), now, Step::wait},
        {"ready_is_started", job(matched), ready, {}, now, Step::start},
        {"ready_is_started_late", job(matched), ready, {}, late, Step::start},
        {"no_input_in_time", job(matched), nothing, {}, late, Step::decline, Decline::no_input},
        {"fetching_is_too_slow",
         job(matched),
         nothing,
         busy(Busy::fetching),
         late,
         Step::decline,
         Decline::no_input},
        {"waits_for_trouble_to_pass", job(matched), nothing, troubled, now, Step::fetch},
        {"trouble_does_not_pass",
         job(matched),
         nothing,
         troubled,
         late,
         Step::decline,
         Decline::other},
        {"bad_input",
         job(matched),
         nothing,
         refused(Decline::bad_input),
         now,
         Step::decline,
         Decline::bad_input},
        {"no_memory",
         job(matched),
         nothing,
         refused(Decline::no_memory),
         now,
         Step::decline,
         Decline::no_memory},
        {"too_long",
         job(matched),
         nothing,
         refused(Decline::busy),
         now,
         Step::decline,
         Decline::busy},
        {"no_disk",
         job(matched),
         nothing,
         refused(Decline::other),
         now,
         Step::decline,
         Decline::other},
        {"ends_children", job(matched), two_failures, {}, now, Step::decline, Decline::other},
        {"waits_for_a_slot", job(matched), nothing, no_slot, now, Step::wait},
        {"ready_waits_for_a_slot", job(matched), ready, no_slot, now, Step::wait},
        {"no_slot_in_time", job(matched), nothing, no_slot, late, Step::decline, Decline::busy},
        {"drains_what_has_not_started",
         job(matched),
         ready,
         draining,
         now,
         Step::decline,
         Decline::busy},
        {"not_started_in_time", job(matched), ready, {}, too_late, Step::stop},
        {"nothing_is_said_behind_the_chain", job(matched), ready, {}, behind, Step::wait},
        {"but_it_is_fetched", job(matched), nothing, {}, behind, Step::fetch},

        {"started_runs", job(started), ready, {}, now, Step::run},
        {"started_runs_while_draining", job(started), ready, draining, now, Step::run},
        {"runs_already", job(started), ready, busy(Busy::running), now, Step::wait},
        {"fetches_again_what_was_lost", job(started), nothing, {}, now, Step::fetch},
        {"failed_twice_after_the_start", job(started), two_failures, {}, now, Step::wait},
        {"cannot_be_run_any_more",
         job(started),
         nothing,
         refused(Decline::no_memory),
         now,
         Step::wait},
        {"outputs_go_to_the_node", job(started), outcome, {}, now, Step::upload},
        {"waits_for_the_node", job(started), outcome, busy(Busy::uploading), now, Step::wait},
        {"commits_before_they_are_there",
         job(started),
         outcome,
         busy(Busy::uploading),
         late,
         Step::commit},
        {"uploaded_is_committed", job(started), uploaded, {}, now, Step::commit},
        {"an_outcome_that_comes_too_late", job(started), uploaded, {}, too_late, Step::stop},
        {"a_run_that_takes_too_long", job(started), ready, busy(Busy::running), too_late, Step::stop
        },

        {"committed_waits", job(committed), uploaded, {}, now, Step::wait},
        {"uploads_the_rest", job(committed), outcome, {}, now, Step::upload},
        {"retracts_what_it_did_not_run",
         committed_otherwise(committed),
         uploaded,
         {},
         now,
         Step::retract},
        {"retracts_in_the_last_block",
         committed_otherwise(committed),
         uploaded,
         {},
         {.height = 101, .unix_ms = 0},
         Step::retract},
        {"too_late_to_retract",
         committed_otherwise(committed),
         uploaded,
         {},
         {.height = 102, .unix_ms = 0},
         Step::wait},
        {"runs_again_to_be_able_to_prove", job(committed), ready, {}, now, Step::run},
        {"fetches_again_to_be_able_to_prove", job(committed), nothing, {}, now, Step::fetch},

        {"chosen_and_not_issued", job(challenged), uploaded, {}, now, Step::wait},
        {"issued_is_proven", issued(), uploaded, {}, now, Step::prove},
        {"proves_already", issued(), uploaded, busy(Busy::proving), now, Step::wait},
        {"proves_while_it_uploads", issued(), outcome, busy(Busy::uploading), now, Step::prove},
        {"proof_is_sent", issued(), proof, {}, now, Step::submit_proof},
        {"proof_is_sent_while_draining", issued(), proof, draining, now, Step::submit_proof},
        {"proof_of_another_seed", issued(), old_proof, {}, now, Step::prove},
        {"second_attempt", issued(1), proof, {}, now, Step::submit_proof},
        {"no_attempt_is_left", issued(2), proof, {}, now, Step::wait},
        {"not_proven_in_time", issued(), proof, {}, too_late, Step::stop},
        {"children_cannot_prove_it", issued(), four_failures, {}, now, Step::wait},
        {"runs_again_before_it_proves", issued(), ready, {}, now, Step::run},

        {"proved_waits", job(proved), uploaded, {}, now, Step::wait},
        {"ended_is_forgotten", job(ended), uploaded, {}, now, Step::forget},
        {"open_again_is_forgotten", job(open), uploaded, {}, now, Step::forget},
    };
}

TEST(Decide, follows_the_table) {
    for (const Case& one : cases()) {
        SCOPED_TRACE(one.name);
        const auto kept = record(one.has);
        Standing standing = one.standing;
        standing.record = kept ? &*kept : nullptr;

        const Action action = decide(one.job, me, standing, one.at);

        EXPECT_EQ(to_string(action.step), to_string(one.step)) << action.why;
        if (one.reason) {
            EXPECT_EQ(action.reason, *one.reason);
            EXPECT_FALSE(action.why.empty());
        }
    }
}

TEST(Decide, proves_nothing_that_is_not_true) {
    ChainJob lied = issued();
    lied.committed->roots.trace = hash(9);
    const auto kept = record(Has::proof);

    const Action action = decide(lied, me, {.record = &*kept}, now);

    EXPECT_EQ(action.step, Step::wait);
    EXPECT_FALSE(action.why.empty());
}

TEST(Decide, leaves_jobs_of_others_alone) {
    EXPECT_EQ(decide(job(JobState::matched), "yard1other", {}, now).step, Step::forget);
}

/// After a fault there is nothing to hand on.
TEST(Decide, commits_a_fault_at_once) {
    JobRecord kept{.is_ready = true, .outcome = report(0)};

    EXPECT_EQ(decide(job(JobState::started), me, {.record = &kept}, now).step, Step::commit);
}

/// D1: a deadline is over when both have come, so nothing is given up before.
TEST(Decide, takes_a_deadline_for_over_by_height_and_time) {
    EXPECT_FALSE(is_over(due, {.height = 200, .unix_ms = due.unix_ms - 1}));
    EXPECT_FALSE(is_over(due, {.height = due.height - 2, .unix_ms = due.unix_ms + second}));
    EXPECT_TRUE(is_over(due, {.height = due.height - 1, .unix_ms = due.unix_ms}));
    EXPECT_EQ(blocks_left(due, {.height = 140, .unix_ms = 0}), 9);
    EXPECT_EQ(blocks_left(due, {.height = 200, .unix_ms = 0}), 0);
    const auto left = [&](std::int64_t height, std::int64_t unix_ms) {
        return time_left(due, {.height = height, .unix_ms = unix_ms}, 2s);
    };
    EXPECT_EQ(left(due.height - 11, due.unix_ms - 5 * second), 20s);
    EXPECT_EQ(left(due.height - 11, due.unix_ms + 50 * second), 20s) << "blocks are slow";
    EXPECT_EQ(left(due.height + 3, due.unix_ms - 5 * second), 5s) << "blocks are quick";
    EXPECT_EQ(left(due.height, due.unix_ms), 0s);
}

}  // namespace
}  // namespace steelyard::worker
