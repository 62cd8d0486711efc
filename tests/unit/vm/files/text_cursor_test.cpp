#include "vm/files/text_cursor.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

TEST(TextCursor, ReadsTokensStringsAndNumbers) {
    TextCursor cursor("f", " { 'a\"' : \"b'\", 18446744073709551615 } \n", 0);
    EXPECT_TRUE(cursor.take("{"));
    EXPECT_FALSE(cursor.take("}"));
    EXPECT_EQ(cursor.string(8), "a\"");
    cursor.expect(":");
    EXPECT_EQ(cursor.string(8), "b'");
    EXPECT_TRUE(cursor.take(","));
    EXPECT_EQ(cursor.number(), ~std::uint64_t{0});
    cursor.expect("}");
    cursor.expect_end();
    EXPECT_TRUE(cursor.finish().has_value());
}

TEST(TextCursor, KeepsTheFirstErrorAndDoesNothingAfterIt) {
    TextCursor cursor("f", "abc 12", 100);
    EXPECT_EQ(cursor.number(), 0U);
    EXPECT_EQ(cursor.string(8), "");
    cursor.raw_string();
    cursor.expect("abc");
    EXPECT_FALSE(cursor.take("abc"));
    cursor.expect_end();
    EXPECT_EQ(cursor.finish().error().message(), "f, offset 100: a number is missing");
}

TEST(TextCursor, BoundsStringsAndNumbers) {
    TextCursor longer("f", "'abcd'", 0);
    EXPECT_EQ(longer.string(3), "");
    EXPECT_EQ(longer.finish().error().message(), "f, offset 4: a string of over 3 bytes");
    TextCursor number("f", "18446744073709551616", 0);
    EXPECT_EQ(number.number(), 0U);
    EXPECT_FALSE(number.ok());
}

}  // namespace
}  // namespace steelyard::vm
