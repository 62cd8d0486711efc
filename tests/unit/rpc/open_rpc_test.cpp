#include "rpc/open_rpc.h"

#include "test_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace steelyard::rpc {
namespace {

TEST(OpenRpc, describes_every_method_of_the_table) {
    const MethodTable table = test_table();

    const auto document = boost::json::parse(open_rpc_document(table));

    EXPECT_EQ(document.at("openrpc").as_string(), "1.2.6");
    EXPECT_EQ(document.at("info").at("version").as_string(), "1.2.3");
    const auto& methods = document.at("methods").as_array();
    ASSERT_EQ(methods.size(), table.methods().size());
    for (const auto& method : methods) {
        const auto& name = method.at("name").as_string();
        const Method* row = table.find({name.data(), name.size()});
        ASSERT_NE(row, nullptr);
        ASSERT_EQ(method.at("params").as_array().size(), row->params.size());
        for (std::size_t i = 0; i < row->params.size(); ++i) {
            const auto& param = method.at("params").at(i);
            EXPECT_EQ(param.at("name").as_string(), row->params[i].name);
            EXPECT_TRUE(param.at("schema").is_object());
        }
        EXPECT_TRUE(method.at("result").at("schema").is_object());
        EXPECT_FALSE(method.at("result").at("name").as_string().empty());
    }
}

TEST(OpenRpc, lists_links_for_people) {
    const std::string page = endpoint_list_page(test_table(), "a.example:1\"><b>");

    EXPECT_THAT(page, testing::HasSubstr("//a.example:1&quot;&gt;&lt;b&gt;/genesis\""));
    EXPECT_THAT(page, testing::HasSubstr("/c?s=_&amp;i=_\""));
    EXPECT_THAT(page, testing::Not(testing::HasSubstr("subscribe")));
    EXPECT_THAT(page, testing::Not(testing::HasSubstr("<b>")));
}

}  // namespace
}  // namespace steelyard::rpc
