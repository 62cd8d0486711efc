#include "base/decimal.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

constexpr Uint128 largest = ~Uint128{0};

TEST(Decimal, prints_what_it_reads) {
    for (const std::string text : {"0", "7", "10", "18446744073709551616"}) {
        EXPECT_EQ(to_decimal(*parse_decimal(text)), text);
    }
    EXPECT_EQ(to_decimal(largest), "340282366920938463463374607431768211455");
}

TEST(Decimal, ends_at_128_bits) {
    EXPECT_EQ(*parse_decimal("340282366920938463463374607431768211455"), largest);
    for (const std::string text :
         {"340282366920938463463374607431768211456",
          "340282366920938463463374607431768211460",
          "999999999999999999999999999999999999999",
          "1000000000000000000000000000000000000000"}) {
        const auto result = parse_decimal(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().code(), ErrorCode::too_large);
    }
}

TEST(Decimal, refuses_a_second_text_of_a_number) {
    for (const std::string text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1.0", "1e3", "0x1"}) {
        EXPECT_FALSE(parse_decimal(text)) << text;
    }
}

}  // namespace
}  // namespace steelyard
