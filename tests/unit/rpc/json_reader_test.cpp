#include "rpc/json_reader.h"

#include "rpc/json_writer.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <random>

namespace steelyard::rpc {
namespace {

namespace json = boost::json;

/// The value again, walked with the reader; numbers keep their text.
std::string rewrite(std::string_view value) {
    switch (json_kind(value)) {
        case JsonKind::object: {
            std::string out = "{";
            for (JsonWalker walker(value); walker.next();) {
                out += out.size() > 1 ? "," : "";
                append_json_string(out, walker.key());
                out += ":" + rewrite(walker.value());
            }
            return out + "}";
        }
        case JsonKind::array: {
            std::string out = "[";
            for (const std::string_view element : json_elements(value)) {
                out += (out.size() > 1 ? "," : "") + rewrite(element);
            }
            return out + "]";
        }
        case JsonKind::string: {
            std::string out;
            append_json_string(out, json_unquote(value));
            return out;
        }
        case JsonKind::number:
        case JsonKind::boolean:
        case JsonKind::null:
            break;
    }
    return std::string(trim_json(value));
}

TEST(CheckJson, words_errors_as_go_does) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "unexpected end of JSON input"},
        {"  ", "unexpected end of JSON input"},
        {"{", "unexpected end of JSON input"},
        {"[1,", "unexpected end of JSON input"},
        {R"("abc)", "unexpected end of JSON input"},
        {R"("abc\)", "unexpected end of JSON input"},
        {"-", "unexpected end of JSON input"},
        {"tru", "unexpected end of JSON input"},
        {"a", "invalid character 'a' looking for beginning of value"},
        {"'", R"(invalid character '\'' looking for beginning of value)"},
        {"[1,]", "invalid character ']' looking for beginning of value"},
        {R"({"a" 1})", "invalid character '1' after object key"},
        {R"({"a":1 "b"})", "invalid character '\"' after object key:value pair"},
        {R"({"a":1,})", "invalid character '}' looking for beginning of object key string"},
        {"{1:2}", "invalid character '1' looking for beginning of object key string"},
        {"[1 2]", "invalid character '2' after array element"},
        {"1 2", "invalid character '2' after top-level value"},
        {"01", "invalid character '1' after top-level value"},
        {"-a", "invalid character 'a' in numeric literal"},
        {"1.x", "invalid character 'x' after decimal point in numeric literal"},
        {"1ex", "invalid character 'x' in exponent of numeric literal"},
        {"trua", "invalid character 'a' in literal true (expecting 'e')"},
        {"nulx", "invalid character 'x' in literal null (expecting 'l')"},
        {R"("\x")", "invalid character 'x' in string escape code"},
        {R"("\u00g0")", "invalid character 'g' in \\u hexadecimal character escape"},
        {"\"a\nb\"", "invalid character '\\n' in string literal"},
        {std::string("\"\0\"", 3), "invalid character '\\x00' in string literal"},
        {"\"\xff\"", "invalid UTF-8 in string literal"},
        {"\xc3", "invalid character '\u00c3' looking for beginning of value"},
    };
    for (const auto& [text, error] : cases) {
        const Result<void> result = check_json(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().message(), error) << text;
    }
}

TEST(CheckJson, limits_how_deep_values_lie) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };

    EXPECT_TRUE(check_json(nested(json_depth_max)));
    EXPECT_EQ(check_json(nested(json_depth_max + 1)).error().message(), "exceeded max depth");
}

TEST(CheckJson, agrees_with_another_parser_on_damaged_texts) {
    const std::string whole =
        R"( {"jsonrpc":"2.0","id":-1.5e+3,"method":"a\u00e4\n","params":[true,false,null,{"x":[]}]} )";
    constexpr std::string_view letters = "{}[]:,\"\\0129.eE+-truefalsn \n/u";
    std::mt19937 random(2);
    std::size_t valid = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = whole;
        for (std::size_t i = 1 + random() % 3; i > 0; --i) {
            const std::size_t place = random() % text.size();
            if (random() % 2 == 0) {
                text[place] = letters[random() % letters.size()];
            } else {
                text.erase(place, 1 + random() % 4);
            }
        }
        json::error_code error;
        const json::value expected = json::parse(text, error);
        ASSERT_EQ(check_json(text).has_value(), !error) << text;
        if (!error) {
            ++valid;
            json::value again = json::parse(rewrite(text));
            ASSERT_EQ(again, expected) << text;
        }
    }
    EXPECT_GT(valid, 1000U);
}

TEST(JsonReader, reads_escapes) {
    EXPECT_EQ(json_unquote(R"("a\"\\\/\b\f\n\r\t")"), "a\"\\/\b\f\n\r\t");
    EXPECT_EQ(json_unquote(R"("\u0041\u00e4\u20ac\ud834\udd1e")"), "Aä€𝄞");
    EXPECT_EQ(json_unquote(R"("\ud834x\udd1e")"), "\uFFFDx\uFFFD");
    EXPECT_EQ(json_unquote(R"("\ud834\u0041")"), "\uFFFDA");
}

TEST(JsonReader, finds_the_last_member_of_a_name) {
    EXPECT_EQ(json_member(R"({"a":1,"b":[2,{"a":3}],"a":4})", "a"), "4");
    EXPECT_EQ(json_member(R"({"\u0061":1})", "a"), "1");
    EXPECT_EQ(json_member(R"({"b":{"a":1}})", "a"), std::nullopt);
    EXPECT_EQ(json_member("{ }", "a"), std::nullopt);
}

TEST(JsonReader, walks_what_has_white_space_everywhere) {
    const std::string_view text = " { \"a\" : [ 1 , \"]\" , { } ] , \"b\" : 2 } ";
    ASSERT_TRUE(check_json(text));

    EXPECT_EQ(rewrite(text), R"({"a":[1,"]",{}],"b":2})");
}

}  // namespace
}  // namespace steelyard::rpc
