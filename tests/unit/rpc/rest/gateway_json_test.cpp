// Answers as explorers and wallets read them, in the shape that the Cosmos SDK's own gateway gives.
#include "cosmos/auth/v1beta1/query.pb.h"
#include "cosmos/bank/v1beta1/query.pb.h"
#include "cosmos/base/tendermint/v1beta1/query.pb.h"
#include "cosmos/crypto/ed25519/keys.pb.h"
#include "cosmos/distribution/v1beta1/query.pb.h"
#include "cosmos/mint/v1beta1/query.pb.h"
#include "cosmos/slashing/v1beta1/query.pb.h"
#include "cosmos/staking/v1beta1/query.pb.h"
#include "gateway_fixture.h"

namespace steelyard::rest {
namespace {

namespace auth = ::cosmos::auth::v1beta1;
namespace bank = ::cosmos::bank::v1beta1;
namespace staking = ::cosmos::staking::v1beta1;

google::protobuf::Any pack(const google::protobuf::Message& message) {
    google::protobuf::Any any;
    any.set_type_url("/" + message.GetDescriptor()->full_name());
    any.set_value(message.SerializeAsString());
    return any;
}

TEST_F(GatewayTest, writes_balances_with_an_empty_page_key_as_null) {
    bank::QueryAllBalancesResponse balances;
    auto& coin = *balances.add_balances();
    coin.set_denom("uyard");
    coin.set_amount("1000000000000");
    balances.mutable_pagination()->set_total(1);
    answer_with(balances);

    EXPECT_EQ(
        get("/cosmos/bank/v1beta1/balances/yard1x").body,
        R"({"balances":[{"denom":"uyard","amount":"1000000000000"}],)"
        R"("pagination":{"next_key":null,"total":"1"}})"
    );
}

TEST_F(GatewayTest, writes_accounts_with_their_type) {
    auth::BaseAccount account;
    account.set_address("yard1x");
    account.set_account_number(7);
    auth::QueryAccountResponse response;
    *response.mutable_account() = pack(account);
    answer_with(response);

    EXPECT_EQ(
        get("/cosmos/auth/v1beta1/accounts/yard1x").body,
        R"({"account":{"@type":"/cosmos.auth.v1beta1.BaseAccount","address":"yard1x",)"
        R"("pub_key":null,"account_number":"7","sequence":"0"}})"
    );
}

TEST_F(GatewayTest, writes_validators_whole) {
    ::cosmos::crypto::ed25519::PubKey key;
    key.set_key("\x01\x02\x03");
    staking::QueryValidatorResponse response;
    auto& validator = *response.mutable_validator();
    validator.set_operator_address("yardvaloper1x");
    *validator.mutable_consensus_pubkey() = pack(key);
    validator.set_status(staking::BOND_STATUS_BONDED);
    validator.set_tokens("5000000");
    validator.set_delegator_shares("5000000000000000000000000");
    validator.mutable_description()->set_moniker("one & only");
    auto& rates = *validator.mutable_commission()->mutable_commission_rates();
    rates.set_rate("50000000000000000");
    rates.set_max_rate("1000000000000000000");
    rates.set_max_change_rate("0");
    validator.set_min_self_delegation("1");
    validator.mutable_unbonding_time()->set_seconds(0);
    answer_with(response);

    EXPECT_EQ(
        get("/cosmos/staking/v1beta1/validators/yardvaloper1x").body,
        R"({"validator":{"operator_address":"yardvaloper1x",)"
        R"("consensus_pubkey":{"@type":"/cosmos.crypto.ed25519.PubKey","key":"AQID"},)"
        R"("jailed":false,"status":"BOND_STATUS_BONDED","tokens":"5000000",)"
        R"("delegator_shares":"5000000.000000000000000000",)"
        R"("description":{"moniker":"one & only","identity":"","website":"",)"
        R"("security_contact":"","details":""},"unbonding_height":"0",)"
        R"("unbonding_time":"1970-01-01T00:00:00Z",)"
        R"("commission":{"commission_rates":{"rate":"0.050000000000000000",)"
        R"("max_rate":"1.000000000000000000","max_change_rate":"0.000000000000000000"},)"
        R"("update_time":"0001-01-01T00:00:00Z"},"min_self_delegation":"1",)"
        R"("unbonding_on_hold_ref_count":"0","unbonding_ids":[]}})"
    );
}

TEST_F(GatewayTest, writes_parameters_with_durations_and_decimals) {
    staking::QueryParamsResponse params;
    params.mutable_params()->mutable_unbonding_time()->set_seconds(1'814'400);
    params.mutable_params()->set_max_validators(100);
    params.mutable_params()->set_bond_denom("uyard");
    params.mutable_params()->set_min_commission_rate("0");
    answer_with(params);
    EXPECT_EQ(
        get("/cosmos/staking/v1beta1/params").body,
        R"({"params":{"unbonding_time":"1814400s","max_validators":100,"max_entries":0,)"
        R"("historical_entries":0,"bond_denom":"uyard",)"
        R"("min_commission_rate":"0.000000000000000000"}})"
    );

    ::cosmos::mint::v1beta1::QueryInflationResponse inflation;
    inflation.set_inflation("130000000000000000");
    answer_with(inflation);
    EXPECT_EQ(
        get("/cosmos/mint/v1beta1/inflation").body, R"({"inflation":"0.130000000000000000"})"
    );

    ::cosmos::slashing::v1beta1::QueryParamsResponse slashing;
    slashing.mutable_params()->set_min_signed_per_window("500000000000000000");
    slashing.mutable_params()->set_slash_fraction_double_sign("50000000000000000");
    slashing.mutable_params()->set_slash_fraction_downtime("100000000000000");
    answer_with(slashing);
    EXPECT_EQ(
        get("/cosmos/slashing/v1beta1/params").body,
        R"({"params":{"signed_blocks_window":"0",)"
        R"("min_signed_per_window":"0.500000000000000000","downtime_jail_duration":"0s",)"
        R"("slash_fraction_double_sign":"0.050000000000000000",)"
        R"("slash_fraction_downtime":"0.000100000000000000"}})"
    );
}

TEST_F(GatewayTest, writes_rewards_as_decimal_coins) {
    ::cosmos::distribution::v1beta1::QueryDelegationTotalRewardsResponse rewards;
    auto& coin = *rewards.add_total();
    coin.set_denom("uyard");
    coin.set_amount("1500000000000000000");
    answer_with(rewards);

    EXPECT_EQ(
        get("/cosmos/distribution/v1beta1/delegators/yard1x/rewards").body,
        R"({"rewards":[],"total":[{"denom":"uyard","amount":"1.500000000000000000"}]})"
    );
}

TEST_F(GatewayTest, writes_the_node_as_keplr_looks_for_it) {
    ::cosmos::base::tendermint::v1beta1::GetNodeInfoResponse info;
    info.mutable_default_node_info()->set_network("steelyard-1");
    info.mutable_application_version()->set_cosmos_sdk_version("v0.50.13");
    answer_with(info);

    EXPECT_EQ(
        get("/cosmos/base/tendermint/v1beta1/node_info").body,
        R"({"default_node_info":{"protocol_version":{"p2p":"0","block":"0","app":"0"},)"
        R"("default_node_id":"","listen_addr":"","network":"steelyard-1","version":"",)"
        R"("channels":null,"moniker":"","other":{"tx_index":"","rpc_address":""}},)"
        R"("application_version":{"name":"","app_name":"","version":"","git_commit":"",)"
        R"("build_tags":"","go_version":"","build_deps":[],"cosmos_sdk_version":"v0.50.13"}})"
    );
}

TEST_F(GatewayTest, says_so_where_an_answer_cannot_be_written) {
    auth::QueryAccountResponse response;
    response.mutable_account()->set_type_url("/no.such.Type");
    answer_with(response);

    const rpc::HttpReply reply = get("/cosmos/auth/v1beta1/accounts/yard1x");

    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.body, testing::HasSubstr("/no.such.Type"));
}

}  // namespace
}  // namespace steelyard::rest
