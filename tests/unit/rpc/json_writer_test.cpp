#include "rpc/json_writer.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <limits>
#include <random>

namespace steelyard::rpc {
namespace {

std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonWriter, sets_commas_between_members_and_elements) {
    JsonWriter writer;

    writer.begin_object().key("a").begin_array().number(1).begin_object().end_object();
    writer.begin_array().end_array().string("x").end_array();
    writer.key("b").null().key("c").boolean(true).key("d").begin_object().end_object();
    writer.key("e").string("{").key("f").string("[:").end_object();

    EXPECT_EQ(writer.text(), R"({"a":[1,{},[],"x"],"b":null,"c":true,"d":{},"e":"{","f":"[:"})");
}

TEST(JsonWriter, writes_numbers_of_64_bits_as_strings) {
    JsonWriter writer;

    writer.begin_array();
    writer.quoted(std::numeric_limits<std::int64_t>::min()).quoted(0);
    writer.quoted_unsigned(std::numeric_limits<std::uint64_t>::max()).number(-5).end_array();

    EXPECT_EQ(writer.text(), R"(["-9223372036854775808","0","18446744073709551615",-5])");
}

TEST(JsonWriter, writes_bytes_and_times) {
    JsonWriter writer;

    writer.begin_array().hex(Bytes{0xAB, 0x01}).hex({}).base64(Bytes{1, 2, 3, 4}).base64({});
    writer.time(chain::Timestamp()).raw("{\"a\":1}").end_array();

    EXPECT_EQ(writer.text(), R"(["AB01","","AQIDBA==","","0001-01-01T00:00:00Z",{"a":1}])");
}

TEST(JsonWriter, goes_on_after_a_beginning) {
    JsonWriter writer(R"({"id":1)");

    writer.key("result").number(2).end_object();

    EXPECT_EQ(writer.text(), R"({"id":1,"result":2})");
}

TEST(JsonString, is_escaped_as_go_does) {
    EXPECT_EQ(json_of("a\"b\\c/"), R"("a\"b\\c/")");
    EXPECT_EQ(json_of("<a>&"), "\"\\u003ca\\u003e\\u0026\"");
    EXPECT_EQ(json_of("\n\r\t\b\x01\x1f\x7f"), "\"\\n\\r\\t\\u0008\\u0001\\u001f\x7f\"");
    EXPECT_EQ(json_of("\u2028\u2029\u202a"), "\"\\u2028\\u2029\u202a\"");
    EXPECT_EQ(json_of("ä€𝄞"), "\"ä€𝄞\"");
}

TEST(JsonString, replaces_what_is_not_utf8) {
    for (const std::string_view bad :
         {"\xff", "\xc0", "\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xc1\xbf"}) {
        const std::string out = json_of(bad);
        EXPECT_TRUE(out.starts_with("\"\\ufffd")) << out;
        EXPECT_NO_THROW(boost::json::parse(out)) << out;
    }
}

TEST(JsonString, is_read_back_by_another_parser) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::size_t i = random() % 20; i > 0; --i) {
            text += static_cast<char>(random() % 128);
        }
        EXPECT_EQ(boost::json::parse(json_of(text)).as_string(), text);
    }
}

}  // namespace
}  // namespace steelyard::rpc
