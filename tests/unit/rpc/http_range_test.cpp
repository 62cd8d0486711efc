#include "rpc/http_range.h"

#include <gtest/gtest.h>

namespace steelyard::rpc {
namespace {

using enum AskedRange::Kind;

TEST(HttpRange, reads_the_three_forms) {
    EXPECT_EQ(parse_range("bytes=0-0", 10), (AskedRange{part, 0, 1}));
    EXPECT_EQ(parse_range("bytes=2-5", 10), (AskedRange{part, 2, 4}));
    EXPECT_EQ(parse_range("bytes=2-", 10), (AskedRange{part, 2, 8}));
    EXPECT_EQ(parse_range("bytes=-3", 10), (AskedRange{part, 7, 3}));
    EXPECT_EQ(parse_range(" BYTES= 9- ", 10), (AskedRange{part, 9, 1}));
}

TEST(HttpRange, ends_with_the_body) {
    EXPECT_EQ(parse_range("bytes=2-10", 10), (AskedRange{part, 2, 8}));
    EXPECT_EQ(parse_range("bytes=2-99999999999999999999999", 10), (AskedRange{part, 2, 8}));
    EXPECT_EQ(parse_range("bytes=-11", 10), (AskedRange{part, 0, 10}));
    EXPECT_EQ(parse_range("bytes=-99999999999999999999999", 10), (AskedRange{part, 0, 10}));
}

TEST(HttpRange, tells_what_begins_behind_the_body) {
    for (const char* text :
         {"bytes=10-", "bytes=10-12", "bytes=18446744073709551616-", "bytes=-0"}) {
        EXPECT_EQ(parse_range(text, 10).kind, unsatisfiable) << text;
    }
}

TEST(HttpRange, leaves_aside_what_is_not_one_range) {
    for (const char* text :
         {"",
          "bytes",
          "bytes=",
          "bytes=-",
          "bytes=5-2",
          "bytes=1-2,4-5",
          "items=1-2",
          "bytes=a-2",
          "bytes=1-2x",
          "bytes=1 -2",
          "bytes=+1-2",
          "bytes=1--2"}) {
        EXPECT_EQ(parse_range(text, 10), AskedRange{}) << text;
    }
}

TEST(HttpRange, reads_where_a_piece_belongs) {
    EXPECT_EQ(parse_content_range("bytes 0-0/1").value(), (ContentRange{0, 1, 1}));
    EXPECT_EQ(parse_content_range("bytes 4-9/20").value(), (ContentRange{4, 6, 20}));
    EXPECT_EQ(
        parse_content_range("bytes 9223372036854775805-9223372036854775806/9223372036854775807")
            .value(),
        (ContentRange{9223372036854775805U, 2, 9223372036854775807U})
    );
}

TEST(HttpRange, refuses_pieces_that_are_nowhere) {
    for (const char* text :
         {"",
          "bytes",
          "bytes 0-0",
          "bytes 0-0/*",
          "bytes */5",
          "bytes 1-0/5",
          "bytes 0-5/5",
          "bytes=0-1/5",
          "bytes  0-1/5",
          "bytes 00-1/5",
          "bytes 0-1/5 ",
          "bytes 0/1-5",
          "bytes 0-1/9223372036854775808",
          "bytes 0-1/99999999999999999999999999999999999999999",
          "bytes -1-1/5"}) {
        EXPECT_FALSE(parse_content_range(text)) << text;
    }
    EXPECT_EQ(
        parse_content_range("bytes 0-5/5").error().message(),
        "Content-Range: no bytes 0 to 5 are in 5"
    );
}

TEST(HttpRange, finds_a_tag_in_a_list) {
    const std::string_view tag = "\"a\"";
    for (const char* text :
         {"*", "\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" , \"c\"", "\"b,\", \"a\""}) {
        EXPECT_TRUE(names_tag(text, tag)) << text;
    }
    for (const char* text : {"", "a", "\"b\"", "\"a", "\"b, \"a\"", "b, \"a\"", "\"ab\""}) {
        EXPECT_FALSE(names_tag(text, tag)) << text;
    }
}

}  // namespace
}  // namespace steelyard::rpc
