// Names, who is at fault, who may serve whom, and deadlines as times.
#include "tests/unit/market/records/job_samples.h"

#include <gtest/gtest.h>

#include <set>

namespace steelyard::market {
namespace {

using samples::time;

ledger::BlockInfo block_at(std::int64_t height, std::string_view text) {
    return {.chain_id = {}, .height = Height(height), .time = time(text)};
}

TEST(Names, are_different) {
    std::set<std::string_view> states;
    for (std::uint8_t i = 1; i <= 11; ++i) {
        states.insert(to_string(JobState{i}));
    }
    std::set<std::string_view> reasons;
    for (std::uint8_t i = 0; i <= 12; ++i) {
        if (i != 10) {  // none has it
            reasons.insert(to_string(Reason{i}));
        }
    }

    EXPECT_EQ(states.size(), 11U);
    EXPECT_EQ(reasons.size(), 12U);
    EXPECT_EQ(to_string(JobState::committed), "committed");
    EXPECT_EQ(to_string(Reason::not_started), "not_started");
    EXPECT_EQ(to_string(JobId{OrderId{42}, 7}), "42/7");
    EXPECT_EQ(to_string(OrderId{42}), "42");
}

TEST(Names, tell_final_states) {
    for (std::uint8_t i = 1; i <= 11; ++i) {
        EXPECT_EQ(is_final(JobState{i}), i >= 7) << to_string(JobState{i});
    }
}

TEST(Names, tell_who_is_at_fault) {
    const auto at_fault = [](Reason reason) {
        return to_string(party_at_fault(reason, Decline::other));
    };

    EXPECT_EQ(at_fault(Reason::settled), "nobody");
    EXPECT_EQ(at_fault(Reason::expired), "nobody");
    EXPECT_EQ(at_fault(Reason::cancelled), "user");
    EXPECT_EQ(at_fault(Reason::settled_fault), "user");
    EXPECT_EQ(at_fault(Reason::displaced), "protocol");
    for (const Reason reason :
         {Reason::declined,
          Reason::not_started,
          Reason::late,
          Reason::retracted,
          Reason::fraud,
          Reason::silence}) {
        EXPECT_EQ(at_fault(reason), "provider") << to_string(reason);
    }
    for (const Decline decline : {Decline::no_input, Decline::bad_input}) {
        EXPECT_EQ(party_at_fault(Reason::declined, decline), Party::user);
        EXPECT_EQ(party_at_fault(Reason::late, decline), Party::provider) << "of a try before";
    }
    for (const Decline decline : {Decline::no_memory, Decline::busy, Decline::other}) {
        EXPECT_EQ(party_at_fault(Reason::declined, decline), Party::provider);
    }
}

TEST(Classes, serve_those_that_want_no_more) {
    const Class wanted = samples::full_class();
    const auto with = [&](auto change) {
        Class worker = wanted;
        change(worker);
        return may_serve(worker, wanted);
    };

    EXPECT_TRUE(with([](Class&) {}));
    EXPECT_TRUE(with([](Class& c) { c.name = "other"; }));
    EXPECT_TRUE(with([](Class& c) { ++c.vram_floor_bytes; }));
    EXPECT_FALSE(with([](Class& c) { --c.vram_floor_bytes; }));
    EXPECT_TRUE(with([](Class& c) { ++c.wu_per_second_floor; }));
    EXPECT_FALSE(with([](Class& c) { --c.wu_per_second_floor; }));
    EXPECT_FALSE(with([](Class& c) { --c.trust; }));
    EXPECT_FALSE(with([](Class& c) { c.region.clear(); }));
    EXPECT_FALSE(with([](Class& c) { c.kind = WorkerKind::cpu; }));
}

/// D1.
TEST(Deadlines, need_both_height_and_time) {
    const Due due = due_after(block_at(10, "2026-01-01T00:00:00.25Z"), 3, 1'500);

    EXPECT_EQ(due.height, Height(13));
    EXPECT_EQ(due.time, time("2026-01-01T00:00:04.75Z"));
    EXPECT_FALSE(due.is_over(block_at(12, "2026-01-01T00:01:00Z")));
    EXPECT_FALSE(due.is_over(block_at(99, "2026-01-01T00:00:04.749999999Z")));
    EXPECT_TRUE(due.is_over(block_at(13, "2026-01-01T00:00:04.75Z")));
    EXPECT_EQ(
        due_after(block_at(1, "2026-01-01T00:00:00.999999999Z"), 1, 1).time,
        time("2026-01-01T00:00:01.000999999Z")
    );
}

TEST(Deadlines, end_with_the_calendar) {
    const std::uint64_t longest = 2 * blocks_max - 1;

    EXPECT_EQ(
        due_after(block_at(1, "2026-01-01T00:00:00Z"), longest, 60'000),
        (Due{Height(1 + static_cast<std::int64_t>(longest)), time("9999-12-31T23:59:59Z")})
    );
    EXPECT_DEATH((void)due_after(block_at(1, "2026-01-01T00:00:00Z"), longest + 1, 1), "");
}

TEST(Deadlines, round_seconds_up_to_blocks) {
    EXPECT_EQ(blocks_of_seconds(0, 1'000), 0U);
    EXPECT_EQ(blocks_of_seconds(7, 1'000), 7U);
    EXPECT_EQ(blocks_of_seconds(7, 3'000), 3U);
    EXPECT_EQ(blocks_of_seconds(6, 3'000), 2U);
    EXPECT_EQ(blocks_of_seconds(1, 10), 100U);
    EXPECT_EQ(blocks_of_seconds(~std::uint64_t{0}, 10), std::uint64_t{1} << 40);
    (void)due_after(
        block_at(1, "2026-01-01T00:00:00Z"), 1'000'000 + blocks_of_seconds(~std::uint64_t{0}, 1), 1
    );
}

}  // namespace
}  // namespace steelyard::market
