#include "chain/timestamp.h"

#include "samples.h"

namespace steelyard::chain {
namespace {

using namespace std::chrono_literals;

std::string reprinted(std::string_view text) {
    const auto time = Timestamp::parse(text);
    return time ? to_string(*time) : time.error().message();
}

TEST(Timestamp, is_go_zero_time_by_default) {
    EXPECT_EQ(to_string(Timestamp()), "0001-01-01T00:00:00Z");
    EXPECT_EQ(Timestamp().seconds(), -62'135'596'800);
    EXPECT_EQ(to_hex(encode_timestamp(Timestamp())), "088092b8c398feffffff01");
    EXPECT_EQ(to_hex(encode_timestamp(*Timestamp::from_unix(0))), "");
}

TEST(Timestamp, prints_the_shortest_fraction) {
    EXPECT_EQ(reprinted("2017-12-25T03:00:01.234Z"), "2017-12-25T03:00:01.234Z");
    EXPECT_EQ(reprinted("2017-12-25T03:00:01.000Z"), "2017-12-25T03:00:01Z");
    EXPECT_EQ(reprinted("2017-12-25T03:00:01.000000010Z"), "2017-12-25T03:00:01.00000001Z");
    EXPECT_EQ(reprinted("9999-12-31T23:59:59.999999999Z"), "9999-12-31T23:59:59.999999999Z");
    EXPECT_EQ(reprinted("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
}

TEST(Timestamp, counts_seconds_since_1970) {
    EXPECT_EQ(Timestamp::parse("2019-10-13T16:14:44Z")->seconds(), 1'570'983'284);
    EXPECT_EQ(Timestamp::parse("1969-12-31T23:59:59.5Z")->seconds(), -1);
    EXPECT_EQ(Timestamp::parse("1969-12-31T23:59:59.5Z")->nanoseconds(), 500'000'000);
    EXPECT_EQ(
        Timestamp::from_wall(Clock::Wall(-500ms)), Timestamp::parse("1969-12-31T23:59:59.5Z")
    );
}

TEST(Timestamp, refuses_texts_of_another_form) {
    for (const char* text : {
             "",
             "2019-10-13",
             "2019-10-13T16:14:44",
             "2019-10-13 16:14:44Z",
             "2019-10-13t16:14:44z",
             "2019-10-13T16:14:44+00:00",
             "2019-10-13T16:14:44.Z",
             "2019-10-13T16:14:44.1234567890Z",
             "2019-10-13T16:14:44Z ",
             "2019-10-13T24:00:00Z",
             "2019-10-13T16:60:44Z",
             "2019-10-13T16:14:60Z",
             "2019-02-29T00:00:00Z",
             "2019-13-01T00:00:00Z",
             "2019-00-01T00:00:00Z",
             "0000-01-01T00:00:00Z",
             "10000-01-01T00:00:00Z",
             "+019-10-13T16:14:44Z",
         }) {
        EXPECT_FALSE(Timestamp::parse(text)) << text;
    }
}

TEST(Timestamp, refuses_numbers_out_of_range) {
    EXPECT_TRUE(Timestamp::from_unix(Timestamp::seconds_min, 0));
    EXPECT_TRUE(Timestamp::from_unix(Timestamp::seconds_max, 999'999'999));
    EXPECT_FALSE(Timestamp::from_unix(Timestamp::seconds_min - 1));
    EXPECT_FALSE(Timestamp::from_unix(Timestamp::seconds_max + 1));
    EXPECT_FALSE(Timestamp::from_unix(0, -1));
    EXPECT_FALSE(Timestamp::from_unix(0, 1'000'000'000));
    EXPECT_EQ(
        error_of(decode_timestamp(*from_hex("10ffffffffffffffffff01"))),
        "Timestamp: -1 ns is not a part of a second"
    );
}

TEST(Timestamp, adds_durations_within_its_range) {
    const Timestamp time = *Timestamp::parse("2019-10-13T16:14:44.25Z");

    EXPECT_EQ(to_string(*checked_add(time, 1ms)), "2019-10-13T16:14:44.251Z");
    EXPECT_EQ(to_string(*checked_add(time, 750ms)), "2019-10-13T16:14:45Z");
    EXPECT_EQ(to_string(*checked_add(time, -500ms)), "2019-10-13T16:14:43.75Z");
    EXPECT_FALSE(checked_add(Timestamp(), -1ns));
    EXPECT_FALSE(checked_add(*Timestamp::from_unix(Timestamp::seconds_max, 999'999'999), 1ns));
}

TEST(Timestamp, subtracts_within_64_bits) {
    const Timestamp a = *Timestamp::parse("2019-10-13T16:14:44.25Z");
    const Timestamp b = *Timestamp::parse("2019-10-13T16:14:45Z");

    EXPECT_EQ(checked_sub(b, a), 750ms);
    EXPECT_EQ(checked_sub(a, b), -750ms);
    EXPECT_FALSE(checked_sub(a, Timestamp()));
    EXPECT_FALSE(checked_sub(Timestamp(), a));
}

TEST(Timestamp, sum_and_difference_agree) {
    SeededRandom random(1);
    for (int i = 0; i < 1000; ++i) {
        const Timestamp time = random_time(random);
        const std::chrono::nanoseconds delta(static_cast<std::int64_t>(random.next_u64()) / 2);
        if (const auto moved = checked_add(time, delta)) {
            EXPECT_EQ(checked_sub(*moved, time), delta);
            EXPECT_EQ(*moved > time, delta > 0ns);
        }
    }
}

TEST(Timestamp, goes_both_ways) {
    SeededRandom random(2);
    for (int i = 0; i < 100; ++i) {
        const Timestamp time = random_time(random);
        EXPECT_EQ(Timestamp::parse(to_string(time)), time);
        expect_round_trip(time, encode_timestamp, decode_timestamp);
    }
}

}  // namespace
}  // namespace steelyard::chain
