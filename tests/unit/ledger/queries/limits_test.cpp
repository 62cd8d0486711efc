// How much of the state one question may read.
#include "cosmos/distribution/v1beta1/query.pb.h"
#include "cosmos/staking/v1beta1/query.pb.h"
#include "tests/unit/ledger/queries/stake_query_bench.h"

namespace steelyard::queries {
namespace {

using cosmos::distribution::v1beta1::QueryDelegationTotalRewardsRequest;
using cosmos::distribution::v1beta1::QueryDelegationTotalRewardsResponse;
using cosmos::staking::v1beta1::QueryDelegatorValidatorsRequest;
using cosmos::staking::v1beta1::QueryDelegatorValidatorsResponse;
using testing::HasSubstr;

class QueryLimits : public StakeQueryTest {
protected:
    QueryLimits() { rewards_of_dora.set_delegator_address(account(200)); }

    void delegate_to(std::uint8_t validator) {
        ASSERT_TRUE(
            staking::delegate(bench.context, bench.party(200), address(validator), chain::Amount(5))
        );
    }

    void slash(staking::ValidatorNumber validator, int times) {
        for (int i = 0; i < times; ++i) {
            bench.block.height = bench.block.height.next();
            ASSERT_TRUE(distribution::note_slash(
                bench.context, validator, chain::Amount(10), staking::dec("0.0001")
            ));
        }
    }

    std::string ask_rewards(std::uint64_t gas_max) {
        return ask_of<QueryDelegationTotalRewardsResponse>(
            {bench.state, bench.block, bench.params}, rewards_path, rewards_of_dora, gas_max
        );
    }

    static constexpr std::string_view rewards_path =
        "/cosmos.distribution.v1beta1.Query/DelegationTotalRewards";
    QueryDelegationTotalRewardsRequest rewards_of_dora;
};

TEST_F(QueryLimits, end_a_question_wherever_it_is) {
    for (const auto& [validator, byte] : {std::pair(first, 1), {second, 2}}) {
        delegate_to(static_cast<std::uint8_t>(byte));
        slash(validator, 3);
    }
    const auto mark = bench.state.mark();
    const std::string whole = ask_rewards(query_gas_max);
    EXPECT_THAT(whole, testing::StartsWith("rewards {"));

    std::uint64_t gas_max = 0;
    while (ask_rewards(gas_max) != whole) {
        EXPECT_EQ(
            ask_rewards(gas_max),
            fmt::format(
                "ResourceExhausted: the answer takes more than {} gas of reading: ask for less "
                "at once",
                gas_max
            )
        );
        gas_max += 50;
    }

    EXPECT_GT(gas_max, 20'000);
    EXPECT_LT(gas_max, 200'000);
    EXPECT_EQ(bench.state.mark(), mark) << "the state stays as it was";
    EXPECT_EQ(bench.state.meter(), nullptr);
}

TEST_F(QueryLimits, let_nobody_ask_for_the_rewards_of_a_hundred_validators_slashed_to_the_limit) {
    for (std::uint8_t byte = 3; byte <= 102; ++byte) {
        const auto validator = bench.make_validator(byte, staking::yard);
        delegate_to(byte);
        slash(validator, distribution::settled_slashes_max);
    }

    EXPECT_THAT(ask_rewards(query_gas_max), HasSubstr("ResourceExhausted: "));

    QueryDelegatorValidatorsRequest validators;
    validators.set_delegator_addr(account(200));
    EXPECT_THAT(
        ask<QueryDelegatorValidatorsResponse>(
            "/cosmos.staking.v1beta1.Query/DelegatorValidators", validators
        ),
        HasSubstr("pagination { total: 100 }")
    );
}

}  // namespace
}  // namespace steelyard::queries
