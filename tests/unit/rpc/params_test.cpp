#include "rpc/params.h"

#include "rpc/json_reader.h"
#include "test_methods.h"

#include <gtest/gtest.h>

namespace steelyard::rpc {
namespace {

std::string from_json(std::string_view json) {
    const Result<void> checked = check_json(json);
    EXPECT_TRUE(checked) << json;
    const Result<Params> params = params_from_json(all_types, json);
    return params ? describe(*params) : "error: " + params.error().message();
}

std::string from_query(std::string_view query) {
    const auto arguments = parse_query_string(query);
    if (!arguments) {
        return "error: " + arguments.error().message();
    }
    const Result<Params> params = params_from_query(all_types, *arguments);
    return params ? describe(*params) : "error: " + params.error().message();
}

TEST(JsonParams, are_taken_by_name) {
    EXPECT_EQ(
        from_json(
            R"({"tx":"AQI=","height":"10","page":"-1","chunk":"0","limit":5,"prove":true,"query":"a<\u0062","data":"aBcd","evidence":{"x":[1]},"unused":7})"
        ),
        R"({"height":10,"page":-1,"chunk":0,"limit":5,"prove":true,"query":"a\u003cb","tx":"0102","data":"ABCD","evidence":{"x":[1]}})"
    );
    EXPECT_EQ(from_json(R"({"\u0070age":" 7 ","limit":"6"})"), R"({"page":7,"limit":6})");
}

TEST(JsonParams, have_defaults) {
    EXPECT_EQ(from_json("{}"), "{}");
    EXPECT_EQ(from_json("null"), "{}");
    EXPECT_EQ(from_json(R"({"height":null,"tx":null,"query":null})"), "{}");
    EXPECT_EQ(from_json(R"({"query":"","tx":"","data":""})"), R"({"query":"","tx":"","data":""})");
}

TEST(JsonParams, are_taken_by_place) {
    EXPECT_EQ(
        from_json(R"(["1",null,"2",3,false,"q","AA==","ff",[]])"),
        R"({"height":1,"chunk":2,"limit":3,"prove":false,"query":"q","tx":"00","data":"FF","evidence":[]})"
    );
}

TEST(JsonParams, of_a_wrong_type_are_refused_as_in_cometbft) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"({"height":5})", R"(invalid 64-bit integer encoding "5", expected string)"},
        {R"({"height":["5"]})", R"(invalid 64-bit integer encoding "[\"5\"]", expected string)"},
        {R"({"height":true})", R"(invalid 64-bit integer encoding "true", expected string)"},
        {R"({"height":"abc"})", "invalid character 'a' looking for beginning of value"},
        {R"({"height":""})", "unexpected end of JSON input"},
        {R"({"height":"1.5"})", "json: cannot unmarshal number 1.5 into Go value of type int64"},
        {R"({"height":"9223372036854775808"})",
         "json: cannot unmarshal number 9223372036854775808 into Go value of type int64"},
        {R"({"page":"1e3"})", "json: cannot unmarshal number 1e3 into Go value of type int"},
        {R"({"page":"true"})", "json: cannot unmarshal bool into Go value of type int"},
        {R"({"chunk":"-1"})", "json: cannot unmarshal number -1 into Go value of type uint"},
        {R"({"limit":1.5})", "json: cannot unmarshal number 1.5 into Go value of type int64"},
        {R"({"limit":false})", "json: cannot unmarshal bool into Go value of type int64"},
        {R"({"prove":"true"})", "json: cannot unmarshal string into Go value of type bool"},
        {R"({"prove":1})", "json: cannot unmarshal number into Go value of type bool"},
        {R"({"query":1})", "json: cannot unmarshal number into Go value of type string"},
        {R"({"query":{}})", "json: cannot unmarshal object into Go value of type string"},
        {R"({"tx":1})", "json: cannot unmarshal number into Go value of type []uint8"},
        {R"({"tx":"A*=="})", "illegal base64 data at input byte 1"},
        {R"({"tx":"AQI"})", "illegal base64 data at input byte 0"},
        {R"({"tx":"AQIDA"})", "illegal base64 data at input byte 4"},
        {R"({"data":1})", "invalid hex string: 1"},
        {R"({"data":"0x01"})", "encoding/hex: invalid byte: U+0078 'x'"},
        {R"({"data":"012"})", "encoding/hex: odd length hex string"},
    };
    for (const auto& [json, error] : cases) {
        EXPECT_EQ(from_json(json), "error: " + error) << json;
    }
}

TEST(JsonParams, of_a_wrong_shape_are_refused_as_in_cometbft) {
    const std::vector<ParamSpec> two = {{.name = "s"}, {.name = "i", .type = ParamType::go_int}};

    EXPECT_EQ(
        params_from_json(two, R"(["a"])").error().message(),
        "expected 2 parameters ([s i]), got 1 ([[34 97 34]])"
    );
    EXPECT_EQ(
        params_from_json(two, "[]").error().message(), "expected 2 parameters ([s i]), got 0 ([])"
    );
    EXPECT_EQ(
        params_from_json(two, R"(["a","1",3])").error().message(),
        "expected 2 parameters ([s i]), got 3 ([[34 97 34] [34 49 34] [51]])"
    );
    EXPECT_EQ(
        params_from_json(two, "5").error().message(),
        "unknown type for JSON params: json: cannot unmarshal number into Go value of type "
        "[]json.RawMessage. Expected map or array"
    );
}

TEST(JsonParams, do_not_fill_an_error_with_what_was_sent) {
    const std::string big(100'000, '1');

    EXPECT_LT(from_json("[" + big + "]").size(), 2000U);
    EXPECT_LT(from_json(R"({"height":")" + big + "\"}").size(), 300U);
    EXPECT_LT(from_json(R"({"height":)" + big + "}").size(), 300U);
    EXPECT_LT(from_json(R"({"data":)" + big + "}").size(), 300U);
}

TEST(JsonParams, that_are_required_must_be_there) {
    const std::vector<ParamSpec> specs = {{.name = "what", .required = true}};

    EXPECT_EQ(params_from_json(specs, "{}").error().message(), "missing required parameter what");
    EXPECT_EQ(params_from_query(specs, {}).error().message(), "missing required parameter what");
    EXPECT_TRUE(params_from_json(specs, R"({"what":""})"));
}

TEST(QueryParams, are_bare_numbers_quoted_texts_and_hex) {
    EXPECT_EQ(
        from_query("height=10&page=-1&chunk=3&limit=4&prove=true&query=%22a%3D%27b%27+c%22"),
        R"({"height":10,"page":-1,"chunk":3,"limit":4,"prove":true,"query":"a='b' c"})"
    );
    EXPECT_EQ(from_query("height=%2210%22"), R"({"height":10})");
    EXPECT_EQ(from_query("tx=0x0aFF&data=0X01"), R"({"tx":"0AFF","data":"01"})");
    EXPECT_EQ(from_query("tx=%22a=b%22&data=%22ff%22"), R"({"tx":"613D62","data":"6666"})");
    EXPECT_EQ(from_query("query=0x6162"), R"({"query":"ab"})");
    EXPECT_EQ(from_query("evidence=%5B1%5D"), R"({"evidence":[1]})");
}

TEST(QueryParams, have_defaults_and_the_first_of_a_name_counts) {
    EXPECT_EQ(from_query(""), "{}");
    EXPECT_EQ(from_query("height=&query&&other=%22x%22"), "{}");
    EXPECT_EQ(from_query("height=1&height=2"), R"({"height":1})");
    EXPECT_EQ(from_query("height=&height=2"), "{}");
}

TEST(QueryParams, that_are_wrong_are_refused_as_in_cometbft) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"height=abc", "invalid character 'a' looking for beginning of value"},
        {"height=1.5", R"(invalid 64-bit integer encoding "1.5", expected string)"},
        {"height=0x10", "got a hex string arg, but expected 'int64'"},
        {"chunk=0x10", "got a hex string arg, but expected 'uint'"},
        {"prove=0x10", "got a hex string arg, but expected 'bool'"},
        {"chunk=-1", "json: cannot unmarshal number -1 into Go value of type uint"},
        {"height=99999999999999999999",
         "json: cannot unmarshal number 99999999999999999999 into Go value of type int64"},
        {"prove=1", "json: cannot unmarshal number into Go value of type bool"},
        {"query=bob", "invalid character 'b' looking for beginning of value"},
        {"query=5", "json: cannot unmarshal number into Go value of type string"},
        {"tx=abc", "invalid character 'a' looking for beginning of value"},
        {"tx=5", "json: cannot unmarshal number into Go value of type []uint8"},
        {"tx=0xzz", "encoding/hex: invalid byte: U+007A 'z'"},
        {"tx=0x123", "encoding/hex: odd length hex string"},
        {"data=5", "invalid hex string: 5"},
        {"tx=%zz", "invalid URL escape \"%zz\""},
        {"tx=%2", "invalid URL escape \"%2\""},
    };
    for (const auto& [query, error] : cases) {
        EXPECT_EQ(from_query(query), "error: " + error) << query;
    }
}

TEST(QueryParams, are_limited_in_number) {
    std::string query;
    for (std::size_t i = 0; i < query_arguments_max; ++i) {
        query += "a=1&";
    }

    EXPECT_TRUE(parse_query_string(query));
    EXPECT_FALSE(parse_query_string(query + "a=1"));
}

TEST(Params, hand_bytes_over) {
    Result<Params> params = params_from_json(all_types, R"({"tx":"AQI="})");
    ASSERT_TRUE(params);

    EXPECT_EQ(params->take_bytes("tx"), (Bytes{1, 2}));
    EXPECT_TRUE(params->bytes("tx").empty());
    EXPECT_TRUE(params->take_bytes("data").empty());
}

}  // namespace
}  // namespace steelyard::rpc
