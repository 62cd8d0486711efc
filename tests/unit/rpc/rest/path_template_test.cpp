#include "rpc/rest/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::rest {
namespace {

using testing::ElementsAre;

/// "field=value" for each parameter; "no" where the template does not take the path.
std::vector<std::string> matched(std::string_view path_template, std::string_view path) {
    const auto segments = split_path(path);
    EXPECT_TRUE(segments) << path;
    const auto parameters = PathTemplate(path_template).match(*segments);
    if (!parameters) {
        return {"no"};
    }
    std::vector<std::string> out;
    for (const PathParameter& parameter : *parameters) {
        out.push_back(std::string(parameter.field) + '=' + parameter.value);
    }
    return out;
}

TEST(SplitPath, decodes_each_segment_for_itself) {
    EXPECT_THAT(split_path("/a/b%2Fc/d+e/%C3%A9").value(), ElementsAre("a", "b/c", "d+e", "é"));
    EXPECT_THAT(split_path("/").value(), ElementsAre(""));
    EXPECT_THAT(split_path("/a//").value(), ElementsAre("a", "", ""));
}

TEST(SplitPath, refuses_what_is_no_path) {
    EXPECT_FALSE(split_path(""));
    EXPECT_FALSE(split_path("a/b"));
    EXPECT_EQ(split_path("/a%2").error().message(), "invalid URL escape \"%2\"");
    EXPECT_EQ(split_path("/a%zz").error().message(), "invalid URL escape \"%zz\"");
    EXPECT_EQ(split_path("/%").error().message(), "invalid URL escape \"%\"");
    std::string long_path;
    for (std::size_t i = 0; i < segments_max; ++i) {
        long_path += "/a";
    }
    EXPECT_TRUE(split_path(long_path));
    EXPECT_EQ(split_path(long_path + "/a").error().code(), ErrorCode::too_large);
}

TEST(PathTemplate, takes_parameters_of_one_segment) {
    constexpr std::string_view by_denom = "/balances/{address}/by_denom";
    EXPECT_THAT(matched(by_denom, "/balances/yard1x/by_denom"), ElementsAre("address=yard1x"));
    EXPECT_THAT(matched(by_denom, "/balances/yard1x"), ElementsAre("no"));
    EXPECT_THAT(matched(by_denom, "/balances/yard1x/by_denom/z"), ElementsAre("no"));
    EXPECT_THAT(matched(by_denom, "/balances/yard1x/other"), ElementsAre("no"));
    EXPECT_THAT(matched("/v/{a}/d/{b}", "/v/1/d/2%20"), ElementsAre("a=1", "b=2 "));
    EXPECT_THAT(matched("/accounts/{address}", "/accounts/"), ElementsAre("address="));
}

TEST(PathTemplate, takes_all_that_is_left_where_it_says_so) {
    constexpr std::string_view rest = "/denoms/{denom=**}";
    EXPECT_THAT(matched(rest, "/denoms/ibc/0123"), ElementsAre("denom=ibc/0123"));
    EXPECT_THAT(matched(rest, "/denoms/uyard"), ElementsAre("denom=uyard"));
    EXPECT_THAT(matched(rest, "/denoms"), ElementsAre("no"));
}

TEST(PathTemplateDeathTest, is_written_by_people_who_know_how) {
    EXPECT_DEATH(PathTemplate("a"), "CHECK failed");
    EXPECT_DEATH(PathTemplate("/{a"), "CHECK failed");
    EXPECT_DEATH(PathTemplate("/{a=**}/b"), "CHECK failed");
    EXPECT_DEATH(PathTemplate("/a//b"), "CHECK failed");
}

}  // namespace
}  // namespace steelyard::rest
