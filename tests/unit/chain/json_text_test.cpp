#include "chain/json_text.h"

#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::chain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(JsonText, refuses_what_is_not_one_json_value) {
    for (const std::string text :
         {"",
          " ",
          "{",
          "[1,]",
          "{\"a\":1,}",
          "nul",
          "01",
          "'a'",
          "\"\\x\"",
          "\"\xFF\"",
          "// a\n1",
          "\x01\x01"}) {
        EXPECT_FALSE(check_json(text, 8)) << text;
    }
    for (const std::string text : {" {} ", "[]", "\"a\"", "-1.5e3", "null", "{\"a\":{\"a\":1}}"}) {
        EXPECT_TRUE(check_json(text, 8)) << text;
    }
    EXPECT_THAT(error_of(check_json("{}\n{}", 8)), HasSubstr("line 2"));
    EXPECT_THAT(error_of(check_json("{\n\n\"a\" 1}", 8)), HasSubstr("line 3"));
}

TEST(JsonText, refuses_a_key_that_stands_twice_in_one_object) {
    EXPECT_THAT(
        error_of(check_json("{\"a\":1,\n\"b\":{},\n\"a\":2}", 8)),
        HasSubstr("line 3: key \"a\" stands twice")
    );
    EXPECT_THAT(error_of(check_json(R"([{"x":[{"ab":1,"\u0061b":2}]}])", 8)), HasSubstr("\"ab\""));
    EXPECT_TRUE(check_json(R"([{"a":1,"b":{"a":1}},{"a":1},{"":1}])", 8));
}

TEST(JsonText, bounds_the_nesting) {
    EXPECT_TRUE(check_json("[[[[1]]]]", 4));
    EXPECT_FALSE(check_json("[[[[1]]]]", 3));
    EXPECT_FALSE(check_json(std::string(1'000'000, '['), 64));
}

TEST(JsonText, takes_objects_and_arrays_apart_without_changing_the_values) {
    const std::string_view text =
        " { \"a\" : [ 1 , {\"b\":\"]}\"} ] ,\n\"\\u0063\\\"\":\"\\\\\" , \"d\":null } ";
    ASSERT_TRUE(check_json(text, 8));
    const auto members = json_members(text);
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].key, "a");
    EXPECT_EQ(members[0].value, "[ 1 , {\"b\":\"]}\"} ]");
    EXPECT_THAT(json_elements(members[0].value), ElementsAre("1", "{\"b\":\"]}\"}"));
    EXPECT_EQ(members[1].key, "c\"");
    EXPECT_EQ(json_unquote(members[1].value), "\\");
    EXPECT_EQ(json_kind(members[2].value), JsonKind::null);
    EXPECT_TRUE(json_members("{ }").empty());
    EXPECT_TRUE(json_elements("[ ]").empty());
}

TEST(JsonText, quotes_and_unquotes) {
    for (const std::string text : {"", "plain", "\"\\/\b\f\n\r\t", "ä€😀", "\x7F"}) {
        const std::string quoted = json_quote(text);
        EXPECT_TRUE(check_json(quoted, 1)) << quoted;
        EXPECT_EQ(json_unquote(quoted), text);
    }
}

TEST(JsonText, compacts_between_tokens_only) {
    EXPECT_EQ(
        json_compact(" { \"a b\" : [ 1 ,\t2 ] ,\r\n \"c\\\" d\" : \" \\\\\" } "),
        "{\"a b\":[1,2],\"c\\\" d\":\" \\\\\"}"
    );
}

TEST(JsonText, indents_members_and_elements) {
    EXPECT_EQ(
        json_indent("{\"a:,\\\"\":[1,{\"b\":{}}],\"c\": [ ]}"),
        "{\n  \"a:,\\\"\": [\n    1,\n    {\n      \"b\": {}\n    }\n  ],\n  \"c\": []\n}"
    );
    EXPECT_EQ(json_compact(json_indent("[[],{\"[\":\"}\"}]")), "[[],{\"[\":\"}\"}]");
}

}  // namespace
}  // namespace steelyard::chain
