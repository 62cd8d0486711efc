// Orders and jobs, and what counts them, in which no field has its first value.
#pragma once

#include "market/records/counters.h"
#include "market/records/job.h"
#include "tests/unit/market/records/samples.h"

namespace steelyard::market::samples {

inline Order full_order() {
    return {
        .user = AccountNumber{4},
        .count = 6,
        .book = {.class_id = ClassId{2}},
        .program = hash(1),
        .work_units = 12,
        .limit = price_max,
        .posted = Height(9),
        .last = Height(100),
        .deadline = Height(90),
        .blocks_needed = 33,
        .retries = retries_max,
        .filters = full_filters(),
        .inputs = {hash(2), std::nullopt, hash(0)},
        .job_escrow = 13,
        .proof_escrow = 14,
        .is_array = true,
        .tasks = tasks_max,
        .max_parallel = max_parallel_max,
        .next_task = 7,
        .live = 6,
        .settled = 1,
        .budget = 99,
        .halt = Halt::displaced,
        .is_final = true,
    };
}

inline Terms full_terms() {
    return {
        .nominal_block_ms = 1,
        .commit_blocks = 2,
        .retract_blocks = 3,
        .challenge_delay = 4,
        .challenge_bps = 5,
        .respond_blocks = 6,
        .settle_blocks = 7,
        .retention_blocks = 8,
        .fee_bps = 9,
        .min_job_price = 10,
        .probes = 11,
        .proof_bytes_max = 12,
        .proof_gas_max = 13,
    };
}

inline Job full_job() {
    return {
        .state = JobState::slashed,
        .reason = Reason::settled_fault,
        .decline = Decline::other,
        .retries_left = 2,
        .had_it = {AccountNumber{0}, AccountNumber{5}},
        .entered = Height(10),
        .job_escrow = 20,
        .proof_escrow = 21,
        .paid = 22,
        .damages = 23,
        .match =
            Match{
                .ask = ask_key(),
                .provider = AccountNumber{3},
                .worker = AccountNumber{5},
                .price = 18,
                .reserved = 720,
                .height = Height(11),
                .terms = full_terms(),
            },
        .deadline =
            Deadline{
                .kind = DeadlineKind::retain,
                .due = {.height = Height(40), .time = time("2026-03-01T00:00:01.5Z")},
            },
        .started = Height(12),
        .commit =
            Commit{
                .output_root = hash(3),
                .trace_root = hash(4),
                .steps = 5,
                .fault = FaultPlace{.kind = 2, .step = 4, .element = 1'000},
                .results = {hash(5), hash(0)},
                .inline_size = inline_result_size_max,
                .height = Height(13),
                .price = 17,
            },
        .settle_due = {.height = Height(50), .time = time("2026-03-01T00:00:02Z")},
        .is_decided = true,
        .challenge =
            Challenge{
                .decided = Height(14),
                .issued = Height(15),
                .seed = hash(6),
                .probes = 12,
                .bytes = 13,
                .gas = 14,
                .attempts = proof_attempts_max,
                .last_attempt = Height(16),
            },
        .ended = Height(17),
    };
}

inline ClassCounters full_counters() {
    ClassCounters counters{
        .work_units_settled = 1,
        .paid = 2,
        .fees = 3,
        .burned = 4,
        .slashed = 5,
        .damages = 6,
        .orders = 7,
        .asks = 8,
        .jobs = 9,
        .matches = 10,
        .commits = 11,
        .faults = 12,
        .challenged = 13,
        .proved = 14,
        .malformed = 15,
        .blocks_to_match = 17,
        .blocks_to_start = 18,
        .blocks_to_commit = 19,
        .starts = 20,
        .providers = 21,
        .workers = 22,
        .slots = 23,
        .busy = 24,
        .last_price = 25,
        .last_trade = Height(26),
    };
    counters.ended = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    return counters;
}

inline Cursor full_cursor() {
    return {.row = ask_key().row, .beacon = hash(1), .tie = hash(2), .is_behind = true};
}

}  // namespace steelyard::market::samples
