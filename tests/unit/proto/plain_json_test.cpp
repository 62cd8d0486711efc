#include "proto/plain_json.h"

#include "steelyard/market/v1/query.pb.h"

#include <gmock/gmock.h>

namespace steelyard::proto {
namespace {

using namespace ::steelyard::market::v1;
using testing::HasSubstr;

TEST(PlainJson, writes_values_by_their_types) {
    QueryJobResponse response;
    EXPECT_EQ(plain_json(response), R"({"job":null})");
    Job& job = *response.mutable_job();
    job.set_order_id(UINT64_MAX);
    job.set_task(7);
    job.set_state("a \"quoted\"\n\x7f \\ é");
    job.set_ended_height(-1);
    job.set_is_decided(true);
    job.add_inputs("\x01\xff");
    job.add_inputs("");
    job.mutable_wait()->mutable_time()->set_seconds(1'700'000'000);
    job.mutable_wait()->mutable_time()->set_nanos(500'000'000);
    const std::string json = plain_json(response);

    EXPECT_THAT(json, HasSubstr(R"("order_id":"18446744073709551615","task":7,)"));
    EXPECT_THAT(json, HasSubstr(R"("state":"a \"quoted\"\u000a\u007f \\ é")"));
    EXPECT_THAT(json, HasSubstr(R"("ended_height":-1,)"));
    EXPECT_THAT(json, HasSubstr(R"("is_decided":true)"));
    EXPECT_THAT(json, HasSubstr(R"("inputs":["01ff",""])"));
    EXPECT_THAT(json, HasSubstr(R"("had_it":[])"));
    EXPECT_THAT(json, HasSubstr(R"("time":"2023-11-14T22:13:20.500Z")"));
    EXPECT_THAT(json, HasSubstr(R"("commitment":null)"));
}

TEST(PlainJson, leaves_pages_to_the_caller) {
    QueryClassesResponse response;
    response.mutable_pagination()->set_total(5);
    EXPECT_EQ(plain_json(response), R"({"classes":[]})");
    EXPECT_THAT(
        plain_json_schema(*QueryClassesResponse::descriptor()),
        testing::StartsWith(R"({"type":"object","properties":{"classes":{"type":"array","items":{)"
                            R"("type":"object","properties":{"id":{"type":"integer","minimum":0})")
    );
}

TEST(PlainJson, says_in_a_schema_what_may_be_missing) {
    const std::string schema = plain_json_schema(*QueryJobResponse::descriptor());
    EXPECT_THAT(schema, HasSubstr(R"("job":{"type":["object","null"],"properties":)"));
    EXPECT_THAT(schema, HasSubstr(R"("time":{"type":"string","format":"date-time"})"));
    EXPECT_THAT(schema, HasSubstr(R"("order_id":{"type":"string","pattern":"^[0-9]+$"})"));
    EXPECT_THAT(schema, testing::EndsWith(R"(,"required":["job"]})"))
        << schema.substr(schema.size() - 80);
}

}  // namespace
}  // namespace steelyard::proto
