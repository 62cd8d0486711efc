#include "base/checked.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace steelyard {
namespace {

constexpr auto max64 = std::numeric_limits<std::int64_t>::max();
constexpr auto min64 = std::numeric_limits<std::int64_t>::min();

TEST(Checked, reports_overflow_at_both_ends) {
    EXPECT_EQ(checked_add<std::int64_t>(max64, 0), max64);
    EXPECT_FALSE(checked_add<std::int64_t>(max64, 1));
    EXPECT_FALSE(checked_sub<std::int64_t>(min64, 1));
    EXPECT_FALSE(checked_sub<std::uint64_t>(0, 1));
    EXPECT_FALSE(checked_mul<std::int64_t>(min64, -1));
    EXPECT_FALSE(checked_mul<Uint128>(~Uint128{0}, 2));
    EXPECT_EQ(checked_cast<std::uint8_t>(255), std::uint8_t{255});
    EXPECT_FALSE(checked_cast<std::uint8_t>(256));
    EXPECT_FALSE(checked_cast<std::uint64_t>(std::int64_t{-1}));
}

TEST(Checked, clips_to_the_range) {
    EXPECT_EQ(clipped_add<std::int64_t>(max64, 5), max64);
    EXPECT_EQ(clipped_add<std::int64_t>(min64, -5), min64);
    EXPECT_EQ(clipped_sub<std::int64_t>(min64, 5), min64);
    EXPECT_EQ(clipped_sub<std::int64_t>(max64, -5), max64);
    EXPECT_EQ(clipped_sub<std::int64_t>(0, 5), -5);
}

// CometBFT v0.38 types/validator_set_test.go: TestSafeAddClip, TestSafeSubClip, TestSafeMul.
TEST(Checked, agrees_with_the_published_tables) {
    EXPECT_EQ(clipped_add<std::int64_t>(max64, 10), max64);
    EXPECT_EQ(clipped_add<std::int64_t>(max64, max64), max64);
    EXPECT_EQ(clipped_add<std::int64_t>(min64, -10), min64);
    EXPECT_EQ(clipped_sub<std::int64_t>(min64, 10), min64);
    EXPECT_EQ(clipped_sub<std::int64_t>(min64, min64), 0);
    EXPECT_EQ(clipped_sub<std::int64_t>(min64, max64), min64);
    EXPECT_EQ(clipped_sub<std::int64_t>(max64, -10), max64);
    EXPECT_EQ(checked_mul<std::int64_t>(-2, -3), 6);
    EXPECT_EQ(checked_mul<std::int64_t>(max64, 1), max64);
    EXPECT_EQ(checked_mul<std::int64_t>(max64 / 2, 2), max64 - 1);
    EXPECT_FALSE(checked_mul<std::int64_t>(max64 / 2, 3));
    EXPECT_FALSE(checked_mul<std::int64_t>(max64, 2));
}

}  // namespace
}  // namespace steelyard
