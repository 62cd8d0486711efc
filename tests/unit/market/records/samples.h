// Records in which no field has its first value.
#pragma once

#include "market/records/counters.h"
#include "market/records/instrument.h"
#include "market/records/job.h"
#include "market/records/standing.h"

namespace steelyard::market::samples {

inline Hash256 hash(std::uint8_t byte) {
    Hash256 out;
    out.fill(byte);
    return out;
}

inline chain::Address address(std::uint8_t byte) {
    chain::Address out;
    out.fill(byte);
    return out;
}

inline Timestamp time(std::string_view text) {
    return Timestamp::parse(text).value();
}

inline Class full_class() {
    return {
        .name = "gpu.large-1",
        .kind = WorkerKind::gpu,
        .vram_floor_bytes = std::uint64_t{80} << 30,
        .wu_per_second_floor = 900,
        .region = "eu",
        .trust = 255,
    };
}

inline Program full_program() {
    return {
        .owner = AccountNumber{7},
        .deposit = money_max,
        .registered = Height(3),
        .uses = 4,
        .facts =
            {.work_units = 5,
             .steps = 6,
             .inputs = 7,
             .outputs = 8,
             .input_bytes = 9,
             .output_bytes = 10,
             .proof_bytes = 11,
             .proof_gas = 12},
    };
}

inline Provider full_provider() {
    return {
        .moniker = "Weights & Co",
        .region = "us-east",
        .contact = "mail@example.org",
        .attributes = {{"driver", "550"}, {"gpu", "H100"}},
        .bond = 100,
        .reserved = 40,
        .withdrawing = 30,
        .withdrawals = 2,
        .next_withdrawal = 9,
        .slashes = 3,
        .is_jailed = true,
        .workers = 256,
        .settled = 1'000,
        .asks_valid_from = OrderId{77},
        .declines = {Height(4), Height(4)},
        .registered = Height(2),
    };
}

inline Worker full_worker() {
    return {
        .provider = AccountNumber{3},
        .class_id = ClassId{2},
        .slots = slots_max,
        .busy = 5,
        .is_retired = true,
    };
}

inline Standing full_standing() {
    return {.day = 3, .s = 5 * q32_one, .f = q32_one, .payers = payers_max};
}

inline AskKey ask_key() {
    return {
        .row = {.book = {.class_id = ClassId{2}}, .price = 1'500, .posted = Height(9)},
        .id = OrderId{11},
    };
}

inline BidKey bid_key() {
    return {
        .row = {.book = {.class_id = ClassId{2}}, .price = 1'500, .posted = Height(9)},
        .job = {OrderId{11}, 3},
    };
}

inline Ask full_ask() {
    return {
        .provider = AccountNumber{3},
        .owner = address(8),
        .count = 5,
        .work_units = ask_work_units_max,
        .last = Height(100),
    };
}

inline Filters full_filters() {
    return {
        .regions = {"", "eu", "us"},
        .attributes = {{"a", ""}, {"driver", "550"}},
        .excluded = {AccountNumber{0}, AccountNumber{1}, AccountNumber{1'000}},
        .reputation_min = reputation_scale,
    };
}

inline Bid full_bid() {
    return {
        .user = AccountNumber{4},
        .owner = address(9),
        .count = 6,
        .work_units = 12,
        .last = Height(100),
        .deadline = Height(90),
        .blocks_needed = 33,
        .had_it = {AccountNumber{2}, AccountNumber{300}},
        .filters = full_filters(),
    };
}

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
