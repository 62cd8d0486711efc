#include "cosmos/base/tendermint/v1beta1/query.pb.h"
#include "service_fixture.h"

#include <google/protobuf/descriptor.h>

namespace steelyard::services {
namespace {

namespace comet = ::cosmos::base::tendermint::v1beta1;

TEST_F(ServiceTest, passes_on_to_the_application_what_is_not_the_nodes) {
    const auto result = services_.query({.path = "/cosmos.tx.v1beta1.Service/Simulate"}).value();

    EXPECT_EQ(result.log, "exists");  // the application's own word
}

TEST_F(ServiceTest, has_methods_that_the_schema_knows) {
    for (const std::string_view path : services_.paths()) {
        std::string name(path.substr(1));
        name[name.find('/')] = '.';
        EXPECT_NE(
            google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name), nullptr
        ) << path;
    }
    EXPECT_EQ(services_.paths().size(), 18U);
}

TEST_F(ServiceTest, answers_every_method_even_a_chain_without_blocks) {
    for (const std::string_view path : services_.paths()) {
        const auto result = services_.query({.path = std::string(path)}).value();
        EXPECT_TRUE(result.code == 0 || !result.log.empty()) << path;
    }
}

TEST_F(ServiceTest, refuses_what_is_no_question) {
    const auto result = services_
                            .query(
                                {.path = "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo",
                                 .data = {0x0a, 0x01}}
                            )
                            .value();

    EXPECT_EQ(abci::grpc_code(result), abci::GrpcCode::invalid_argument);
    EXPECT_THAT(result.log, testing::HasSubstr("unknown field 1"));
}

TEST_F(ServiceTest, tells_a_callback_at_once_where_nothing_is_waited_for) {
    bool is_told = false;

    services_.query(
        {.path = "/cosmos.base.tendermint.v1beta1.Service/GetSyncing"},
        [&](const Result<abci::QueryResult>& result) { is_told = result.has_value(); }
    );

    EXPECT_TRUE(is_told);
}

}  // namespace
}  // namespace steelyard::services
