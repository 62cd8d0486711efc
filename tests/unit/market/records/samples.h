// Records in which no field has its first value.
#pragma once

#include "market/records/book_rows.h"
#include "market/records/instrument.h"
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
        .classes = {{ClassId{1}, 255, 7}, {ClassId{4}, 1, 0}},
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

}  // namespace steelyard::market::samples
