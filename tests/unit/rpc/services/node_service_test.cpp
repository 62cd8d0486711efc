#include "cosmos/base/node/v1beta1/query.pb.h"
#include "cosmos/consensus/v1/query.pb.h"
#include "service_fixture.h"
#include "steelyard/params/v1/query.pb.h"

namespace steelyard::services {
namespace {

namespace pb = ::cosmos::base::node::v1beta1;

/// An application with parameters.
class WithParams final : public rpc::AppView {
public:
    Result<abci::ApplicationInfo> info() override { return abci::ApplicationInfo(); }
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override {
        EXPECT_EQ(request.path, "/steelyard.params.v1.Query/Params");
        ::steelyard::params::v1::QueryParamsResponse response;
        response.mutable_params()->mutable_fees()->set_min_gas_price("10000000000000000");
        return abci::QueryResult{.value = proto::serialize(response)};
    }
    Result<abci::CheckTxResult> check_tx(ByteView) override { return abci::CheckTxResult(); }
};

TEST_F(ServiceTest, tells_the_lowest_price_of_gas) {
    WithParams app;
    Services services(
        {.chain = node_.chain, .blocks = node_.blocks, .pool = node_, .app = app, .status = node_},
        {.fee_denom = "uyard", .consensus_prefix = "yardvalcons", .retain_blocks = 500}
    );

    const auto result =
        services.query({.path = "/cosmos.base.node.v1beta1.Service/Config"}).value();

    pb::ConfigResponse config;
    ASSERT_TRUE(config.ParseFromString(std::string(as_text(result.value))));
    EXPECT_EQ(config.minimum_gas_price(), "0.010000000000000000uyard");
    EXPECT_EQ(config.pruning_keep_recent(), "500");
    EXPECT_EQ(config.pruning_interval(), "1");
}

TEST_F(ServiceTest, tells_no_price_where_the_application_has_none) {
    const auto config =
        ask<pb::ConfigResponse>("/cosmos.base.node.v1beta1.Service/Config", pb::ConfigRequest());

    EXPECT_EQ(config.minimum_gas_price(), "");
    EXPECT_EQ(config.pruning_keep_recent(), "0");
}

TEST_F(ServiceTest, tells_where_the_chain_stands) {
    node_.append({});
    const auto& tip = node_.append({});

    const auto status =
        ask<pb::StatusResponse>("/cosmos.base.node.v1beta1.Service/Status", pb::StatusRequest());

    EXPECT_EQ(status.earliest_store_height(), 1U);
    EXPECT_EQ(status.height(), 2U);
    EXPECT_EQ(status.timestamp().seconds(), tip.block.header.time.seconds());
    EXPECT_EQ(status.app_hash(), as_text(tip.block.header.app_hash.view()));
    EXPECT_EQ(status.validator_hash(), as_text(tip.block.header.validators_hash));
}

TEST_F(ServiceTest, shows_the_consensus_parameters) {
    namespace consensus = ::cosmos::consensus::v1;
    node_.append({});

    const auto response = ask<consensus::QueryParamsResponse>(
        "/cosmos.consensus.v1.Query/Params", consensus::QueryParamsRequest()
    );

    EXPECT_EQ(response.params().block().max_bytes(), chain::ConsensusParams().block.max_bytes);
    EXPECT_GT(response.params().validator().pub_key_types_size(), 0);
}

}  // namespace
}  // namespace steelyard::services
