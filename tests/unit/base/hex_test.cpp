#include "base/hex.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(Hex, goes_both_ways) {
    const Bytes bytes = {0x00, 0x1F, 0xA0, 0xFF};

    EXPECT_EQ(to_hex(bytes), "001fa0ff");
    EXPECT_EQ(to_hex_upper(bytes), "001FA0FF");
    EXPECT_EQ(from_hex("001fA0Ff"), bytes);
    EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, names_the_bad_place) {
    EXPECT_EQ(from_hex("abc").error().message(), "hex text has an odd number of characters, 3");
    EXPECT_EQ(
        from_hex("00g0").error().message(), "hex text has a character that is no hex digit at 2"
    );
    ByteArray<2> out;
    EXPECT_EQ(from_hex("000000", out).error().message(), "hex text has 6 characters, not 4");
}

}  // namespace
}  // namespace steelyard
