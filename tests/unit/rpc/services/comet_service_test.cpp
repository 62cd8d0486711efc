#include "cosmos/base/tendermint/v1beta1/query.pb.h"
#include "cosmos/crypto/ed25519/keys.pb.h"
#include "crypto/bech32.h"
#include "service_fixture.h"

namespace steelyard::services {
namespace {

namespace pb = ::cosmos::base::tendermint::v1beta1;
using testing::HasSubstr;

constexpr std::string_view service = "/cosmos.base.tendermint.v1beta1.Service/";

std::string path(std::string_view method) {
    return std::string(service) + std::string(method);
}

TEST_F(ServiceTest, describes_the_node) {
    const auto info = ask<pb::GetNodeInfoResponse>(path("GetNodeInfo"), pb::GetNodeInfoRequest());

    EXPECT_EQ(info.default_node_info().network(), "net");
    EXPECT_EQ(info.default_node_info().default_node_id(), "ab");
    EXPECT_TRUE(info.default_node_info().version().starts_with("0.38."));
    EXPECT_EQ(info.application_version().app_name(), "steelyardd");
    EXPECT_TRUE(info.application_version().cosmos_sdk_version().starts_with("v0.50."));
}

TEST_F(ServiceTest, says_whether_blocks_are_fetched) {
    node_.is_catching_up = true;
    EXPECT_TRUE(ask<pb::GetSyncingResponse>(path("GetSyncing"), pb::GetSyncingRequest()).syncing());
}

TEST_F(ServiceTest, shows_blocks_with_the_proposer_in_both_forms) {
    node_.append({{1, 2}});
    const auto& second = node_.append({{3}});

    const auto latest =
        ask<pb::GetLatestBlockResponse>(path("GetLatestBlock"), pb::GetLatestBlockRequest());
    pb::GetBlockByHeightRequest request;
    request.set_height(1);
    const auto first = ask<pb::GetBlockByHeightResponse>(path("GetBlockByHeight"), request);

    EXPECT_EQ(as_bytes(latest.block_id().hash()).size(), 32U);
    EXPECT_EQ(latest.block().header().height(), 2);
    EXPECT_EQ(latest.block().header().proposer_address().size(), 20U);
    EXPECT_EQ(
        latest.sdk_block().header().proposer_address(),
        crypto::encode_address("yardvalcons", second.block.header.proposer_address).value()
    );
    EXPECT_EQ(
        latest.sdk_block().header().validators_hash(), latest.block().header().validators_hash()
    );
    EXPECT_EQ(latest.sdk_block().data().txs(0), "\x03");
    EXPECT_EQ(first.block().data().txs(0), "\x01\x02");
}

TEST_F(ServiceTest, refuses_heights_that_are_not_there) {
    EXPECT_THAT(
        refusal(path("GetLatestBlock"), pb::GetLatestBlockRequest()), HasSubstr("no block yet")
    );
    node_.append({});
    for (const std::int64_t height : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{2}}) {
        pb::GetBlockByHeightRequest block;
        block.set_height(height);
        EXPECT_THAT(
            refusal(path("GetBlockByHeight"), block),
            HasSubstr("code = InvalidArgument desc = requested height")
        );
        pb::GetValidatorSetByHeightRequest validators;
        validators.set_height(height);
        EXPECT_THAT(
            refusal(path("GetValidatorSetByHeight"), validators), HasSubstr("InvalidArgument")
        );
    }
}

TEST_F(ServiceTest, lists_validators_page_by_page) {
    node_.set = test::validators_with_power({30, 20, 10});
    node_.chain.next_validators = node_.set.validators;
    node_.append({});

    pb::GetLatestValidatorSetRequest request;
    request.mutable_pagination()->set_offset(1);
    request.mutable_pagination()->set_limit(1);
    const auto page =
        ask<pb::GetLatestValidatorSetResponse>(path("GetLatestValidatorSet"), request);

    ASSERT_EQ(page.validators_size(), 1);
    EXPECT_EQ(page.block_height(), 1);
    EXPECT_EQ(page.pagination().total(), 3U);
    EXPECT_EQ(page.validators(0).voting_power(), 20);
    EXPECT_TRUE(page.validators(0).address().starts_with("yardvalcons1"));
    const auto& key = node_.set.validators[chain::ValidatorIndex(1)].public_key();
    EXPECT_EQ(
        page.validators(0).pub_key().type_url(),
        key.type() == crypto::KeyType::ed25519 ? "/cosmos.crypto.ed25519.PubKey"
                                               : "/cosmos.crypto.secp256k1.PubKey"
    );
    ::cosmos::crypto::ed25519::PubKey packed;  // has the fields of the other one as well
    ASSERT_TRUE(packed.ParseFromString(page.validators(0).pub_key().value()));
    EXPECT_EQ(packed.key(), as_text(key.bytes()));
}

TEST_F(ServiceTest, asks_the_application_on_behalf_of_a_client) {
    pb::ABCIQueryRequest request;
    request.set_path("/store/bank/key");
    request.set_data("key");

    const auto answer = ask<pb::ABCIQueryResponse>(path("ABCIQuery"), request);

    EXPECT_EQ(answer.log(), "exists");
    EXPECT_EQ(answer.key(), "key");
    request.set_height(-1);
    EXPECT_THAT(refusal(path("ABCIQuery"), request), HasSubstr("height -1 is negative"));
}

}  // namespace
}  // namespace steelyard::services
