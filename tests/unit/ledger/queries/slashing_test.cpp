#include "cosmos/slashing/v1beta1/query.pb.h"
#include "tests/unit/ledger/queries/stake_query_bench.h"

namespace steelyard::queries {
namespace {

using namespace cosmos::slashing::v1beta1;
using testing::StartsWith;

class SlashingQueries : public StakeQueryTest {
protected:
    SlashingQueries() { EXPECT_TRUE(slashing::watch(bench.context, bench.end_block().bonded)); }

    static chain::Address key_of(std::uint8_t byte) {
        return staking::StakingBench::consensus_key(byte).address();
    }

    std::string info(std::string address) {
        QuerySigningInfoRequest request;
        request.set_cons_address(std::move(address));
        return ask<QuerySigningInfoResponse>("/cosmos.slashing.v1beta1.Query/SigningInfo", request);
    }
};

TEST_F(SlashingQueries, give_parameters) {
    EXPECT_EQ(
        ask<QueryParamsResponse>("/cosmos.slashing.v1beta1.Query/Params", QueryParamsRequest()),
        "params { signed_blocks_window: 10000 min_signed_per_window: \"500000000000000000\" "
        "downtime_jail_duration { seconds: 600 } "
        "slash_fraction_double_sign: \"50000000000000000\" "
        "slash_fraction_downtime: \"100000000000000\" }"
    );
}

TEST_F(SlashingQueries, give_a_signing_info) {
    const std::array participants = {
        chain::CommitParticipant{key_of(1), 10, chain::BlockIdFlag::commit},
        chain::CommitParticipant{key_of(1), 10, chain::BlockIdFlag::absent},
    };
    ASSERT_TRUE(slashing::judge_signatures(bench.context, participants));
    const std::string address = messages::consensus_text(key_of(1));

    EXPECT_EQ(
        info(address),
        "val_signing_info { address: \"" + address +
            "\" start_height: 1 index_offset: 2 jailed_until { } missed_blocks_counter: 1 }"
    );
    EXPECT_EQ(
        info(messages::consensus_text(key_of(99))),
        "NotFound: SigningInfo not found for validator " + messages::consensus_text(key_of(99))
    );
    EXPECT_THAT(info(""), StartsWith("InvalidArgument: cons_address \"\""));
    EXPECT_THAT(info(account(1)), StartsWith("InvalidArgument: cons_address"));
}

TEST_F(SlashingQueries, give_signing_infos_by_pages) {
    auto addresses = std::array{key_of(1), key_of(2)};
    std::ranges::sort(addresses);
    const auto of = [&](std::size_t i) {
        return "info { address: \"" + messages::consensus_text(addresses[i]) +
               "\" start_height: 1 jailed_until { } } ";
    };
    const std::string path = "/cosmos.slashing.v1beta1.Query/SigningInfos";
    QuerySigningInfosRequest request;

    EXPECT_EQ(
        ask<QuerySigningInfosResponse>(path, request), of(0) + of(1) + "pagination { total: 2 }"
    );
    request.mutable_pagination()->set_limit(1);
    EXPECT_THAT(
        ask<QuerySigningInfosResponse>(path, request), StartsWith(of(0) + "pagination { next_key: ")
    );
    request.mutable_pagination()->set_key(std::string(as_text(ByteView(addresses[1]))));
    EXPECT_EQ(ask<QuerySigningInfosResponse>(path, request), of(1) + "pagination { }");
}

}  // namespace
}  // namespace steelyard::queries
