#include "p2p/keepalive.h"
#include "p2p/rate_limit.h"
#include "p2p/receive_window.h"

#include <gtest/gtest.h>

#include <chrono>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;
using Action = Keepalive::Action;

TEST(Keepalive, pings_every_interval) {
    Keepalive keepalive(60s, 45s, 0s);

    EXPECT_EQ(keepalive.deadline(), 60s);
    EXPECT_EQ(keepalive.tick(59s), Action::none);
    EXPECT_EQ(keepalive.tick(60s), Action::ping);
    EXPECT_EQ(keepalive.tick(60s), Action::none);
    keepalive.on_pong(61s);
    EXPECT_EQ(keepalive.round_trip(), 1s);
    EXPECT_EQ(keepalive.deadline(), 120s);
    EXPECT_EQ(keepalive.tick(120s), Action::ping);
}

TEST(Keepalive, gives_up_when_there_is_no_answer) {
    Keepalive keepalive(60s, 45s, 0s);
    ASSERT_EQ(keepalive.tick(60s), Action::ping);

    EXPECT_EQ(keepalive.deadline(), 105s);
    EXPECT_EQ(keepalive.tick(104s), Action::none);
    EXPECT_EQ(keepalive.tick(105s), Action::timed_out);
}

TEST(Keepalive, takes_no_answers_in_advance) {
    Keepalive keepalive(60s, 45s, 0s);
    keepalive.on_pong(1s);
    keepalive.on_pong(2s);
    EXPECT_FALSE(keepalive.round_trip());

    ASSERT_EQ(keepalive.tick(60s), Action::ping);
    EXPECT_EQ(keepalive.tick(105s), Action::timed_out);
}

TEST(Keepalive, gives_the_whole_timeout_again_when_reading_was_stopped) {
    Keepalive keepalive(60s, 45s, 0s);
    ASSERT_EQ(keepalive.tick(60s), Action::ping);

    keepalive.on_reading_resumed(200s);

    EXPECT_EQ(keepalive.tick(244s), Action::none);
    EXPECT_EQ(keepalive.tick(245s), Action::timed_out);
}

TEST(RateLimit, allows_everything_when_there_is_none) {
    RateLimit limit(0, 0s);

    limit.take(std::size_t{1} << 40);

    EXPECT_GT(limit.room(0s), std::size_t{1} << 40);
    EXPECT_EQ(limit.wait(0s), 0s);
}

TEST(RateLimit, allows_a_tenth_of_a_second_at_once) {
    RateLimit limit(5'120'000, 0s);

    EXPECT_EQ(limit.room(0s), 512'000U);
    EXPECT_EQ(limit.room(10s), 512'000U) << "no more is saved up";
    limit.take(512'000);
    EXPECT_EQ(limit.room(10s), 0U);
    EXPECT_EQ(limit.room(10s + 50ms), 256'000U);
}

TEST(RateLimit, makes_wait_for_what_was_taken_in_advance) {
    RateLimit limit(1'000'000, 0s);

    limit.take(1'100'000);

    EXPECT_EQ(limit.room(0s), 0U);
    EXPECT_EQ(limit.wait(0s), 1s + 25ms) << "until a quarter of the bucket is there";
    EXPECT_EQ(limit.room(1s + 25ms), 25'000U);
    EXPECT_EQ(limit.wait(1s + 25ms), 0s);
}

TEST(RateLimit, is_exact_however_often_it_is_asked) {
    RateLimit limit(70'000, 0s);
    std::uint64_t taken = 0;

    for (std::int64_t i = 0; i <= 10'000'000; i += 7) {
        const std::size_t room = limit.room(std::chrono::microseconds(i));
        limit.take(room);
        taken += room;
    }

    EXPECT_LE(taken, 700'000U + 65'536U);
    EXPECT_GT(taken, 700'000U + 65'536U - 100U) << "a nanosecond is lost now and then";
}

TEST(ReceiveWindow, stalls_when_it_is_full_and_resumes_when_half_is_free) {
    int resumed = 0;
    const auto window = std::make_shared<ReceiveWindow>(1000, [&] { ++resumed; });
    constexpr std::size_t size = 250 - ReceiveWindow::message_overhead;

    std::vector<ReceiveCredit> credits;
    for (int i = 0; i < 3; ++i) {
        credits.push_back(window->take(size));
        EXPECT_FALSE(window->stall());
    }
    credits.push_back(window->take(size));
    EXPECT_TRUE(window->stall());
    credits.pop_back();
    EXPECT_EQ(resumed, 0);
    credits.pop_back();
    EXPECT_EQ(resumed, 1);
    credits.clear();
    EXPECT_EQ(resumed, 1);
    EXPECT_EQ(window->unhandled(), 0U);
}

TEST(ReceiveWindow, counts_a_credit_until_its_last_copy_is_gone) {
    const auto window = std::make_shared<ReceiveWindow>(1000, [] {});

    ReceiveCredit credit = window->take(100);
    ReceiveCredit copy = credit;
    credit.reset();
    EXPECT_EQ(window->unhandled(), 100 + ReceiveWindow::message_overhead);
    copy.reset();
    EXPECT_EQ(window->unhandled(), 0U);
}

TEST(ReceiveWindow, outlives_its_connection) {
    ReceiveCredit credit;
    {
        const auto window = std::make_shared<ReceiveWindow>(1000, [] {});
        credit = window->take(100);
    }
    credit.reset();
}

}  // namespace
}  // namespace steelyard::p2p
