#include "cosmos/distribution/v1beta1/query.pb.h"
#include "tests/unit/ledger/queries/stake_query_bench.h"

namespace steelyard::queries {
namespace {

using namespace cosmos::distribution::v1beta1;
using chain::Amount;
using chain::Dec;
using staking::dec;
using staking::yard;
using testing::StartsWith;

class DistributionQueries : public StakeQueryTest {
protected:
    /// A question of one validator, or of one delegator.
    template <typename Response, typename Request>
    std::string of_validator(std::string_view method, std::string validator) {
        Request request;
        request.set_validator_address(std::move(validator));
        return ask<Response>(path(method), request);
    }

    template <typename Response, typename Request>
    std::string of_delegator(std::string_view method, std::string delegator) {
        Request request;
        request.set_delegator_address(std::move(delegator));
        return ask<Response>(path(method), request);
    }

    static std::string path(std::string_view method) {
        return fmt::format("/cosmos.distribution.v1beta1.Query/{}", method);
    }

    std::string rewards(std::string delegator, std::string validator) {
        QueryDelegationRewardsRequest request;
        request.set_delegator_address(std::move(delegator));
        request.set_validator_address(std::move(validator));
        return ask<QueryDelegationRewardsResponse>(path("DelegationRewards"), request);
    }

    std::string total_rewards(std::string delegator) {
        return of_delegator<
            QueryDelegationTotalRewardsResponse,
            QueryDelegationTotalRewardsRequest>("DelegationTotalRewards", std::move(delegator));
    }

    std::string withdraw_address(std::string delegator) {
        return of_delegator<
            QueryDelegatorWithdrawAddressResponse,
            QueryDelegatorWithdrawAddressRequest>("DelegatorWithdrawAddress", std::move(delegator));
    }

    const staking::Party dora = bench.party(4);
};

TEST_F(DistributionQueries, give_parameters) {
    bench.params.community_tax = dec("0.02");

    EXPECT_EQ(
        ask<QueryParamsResponse>(path("Params"), QueryParamsRequest()),
        "params { community_tax: \"20000000000000000\" base_proposer_reward: \"0\" "
        "bonus_proposer_reward: \"0\" withdraw_addr_enabled: true }"
    );
}

TEST_F(DistributionQueries, give_what_a_validator_earned) {
    earn(2'000);

    EXPECT_EQ(
        (of_validator<
            QueryValidatorOutstandingRewardsResponse,
            QueryValidatorOutstandingRewardsRequest>("ValidatorOutstandingRewards", operator_of(1))
        ),
        "rewards { rewards { denom: \"uyard\" amount: \"1000000000000000000000\" } }"
    );
    EXPECT_EQ(
        (of_validator<QueryValidatorCommissionResponse, QueryValidatorCommissionRequest>(
            "ValidatorCommission", operator_of(1)
        )),
        "commission { commission { denom: \"uyard\" amount: \"100000000000000000000\" } }"
    );
    EXPECT_EQ(
        (of_validator<
            QueryValidatorDistributionInfoResponse,
            QueryValidatorDistributionInfoRequest>("ValidatorDistributionInfo", operator_of(1))),
        "operator_address: \"" + account(1) +
            "\" self_bond_rewards { denom: \"uyard\" amount: \"900000000000000000000\" } "
            "commission { denom: \"uyard\" amount: \"100000000000000000000\" }"
    );
}

TEST_F(DistributionQueries, give_nothing_where_nothing_was_earned) {
    EXPECT_EQ(
        (of_validator<QueryValidatorCommissionResponse, QueryValidatorCommissionRequest>(
            "ValidatorCommission", operator_of(1)
        )),
        "commission { }"
    );
    EXPECT_EQ(rewards(account(1), operator_of(1)), "");
}

TEST_F(DistributionQueries, know_no_other_validators) {
    EXPECT_THAT(
        (of_validator<QueryValidatorCommissionResponse, QueryValidatorCommissionRequest>(
            "ValidatorCommission", operator_of(9)
        )),
        StartsWith("NotFound: validator yardvaloper1")
    );
    EXPECT_THAT(
        (of_validator<
            QueryValidatorDistributionInfoResponse,
            QueryValidatorDistributionInfoRequest>("ValidatorDistributionInfo", "")),
        StartsWith("InvalidArgument: validator_address \"\"")
    );
    EXPECT_THAT(
        (of_validator<
            QueryValidatorOutstandingRewardsResponse,
            QueryValidatorOutstandingRewardsRequest>("ValidatorOutstandingRewards", account(1))),
        StartsWith("InvalidArgument: validator_address")
    );
}

TEST_F(DistributionQueries, give_what_a_delegation_earned_and_leave_it) {
    ASSERT_TRUE(staking::delegate(bench.context, dora, address(1), Amount(30 * yard)));
    earn(2'000);
    const auto mark = bench.state.mark();

    const std::string answer = rewards(account(4), operator_of(1));

    EXPECT_EQ(answer, "rewards { denom: \"uyard\" amount: \"675000000000000000000\" }");
    EXPECT_EQ(bench.state.mark(), mark);
    EXPECT_EQ(rewards(account(4), operator_of(1)), answer);
    EXPECT_EQ(staking::withdraw_rewards(bench.context, dora, address(1)).value(), Amount(675));
}

TEST_F(DistributionQueries, give_no_rewards_of_a_delegation_that_is_not_there) {
    EXPECT_THAT(rewards(account(4), operator_of(1)), StartsWith("NotFound: delegation of yard1"));
    EXPECT_THAT(rewards(account(77), operator_of(1)), StartsWith("NotFound: delegation of yard1"));
    EXPECT_THAT(rewards(account(4), operator_of(9)), StartsWith("NotFound: validator "));
    EXPECT_THAT(rewards("x", operator_of(1)), StartsWith("InvalidArgument: delegator_address"));
}

TEST_F(DistributionQueries, give_all_rewards_of_a_delegator) {
    ASSERT_TRUE(staking::delegate(bench.context, dora, address(2), Amount(10 * yard)));
    ASSERT_TRUE(staking::delegate(bench.context, dora, address(1), Amount(30 * yard)));
    earn(2'000);

    EXPECT_EQ(
        total_rewards(account(4)),
        "rewards { validator_address: \"" + operator_of(1) +
            "\" reward { denom: \"uyard\" amount: \"675000000000000000000\" } } "
            "rewards { validator_address: \"" +
            operator_of(2) +
            "\" reward { denom: \"uyard\" amount: \"450000000000000000000\" } } "
            "total { denom: \"uyard\" amount: \"1125000000000000000000\" }"
    );
    EXPECT_EQ(total_rewards(account(5)), "");
    EXPECT_EQ(total_rewards(account(77)), "");
}

TEST_F(DistributionQueries, give_the_validators_of_a_delegator) {
    ASSERT_TRUE(staking::delegate(bench.context, dora, address(2), Amount(1)));
    ASSERT_TRUE(staking::delegate(bench.context, dora, address(1), Amount(1)));

    EXPECT_EQ(
        (of_delegator<QueryDelegatorValidatorsResponse, QueryDelegatorValidatorsRequest>(
            "DelegatorValidators", account(4)
        )),
        "validators: \"" + operator_of(1) + "\" validators: \"" + operator_of(2) + "\""
    );
}

TEST_F(DistributionQueries, give_the_withdraw_address) {
    EXPECT_EQ(withdraw_address(account(4)), "withdraw_address: \"" + account(4) + "\"");
    EXPECT_EQ(withdraw_address(account(77)), "withdraw_address: \"" + account(77) + "\"");

    ASSERT_TRUE(distribution::set_withdraw_address(bench.context, dora, bench.party(5)));

    EXPECT_EQ(withdraw_address(account(4)), "withdraw_address: \"" + account(5) + "\"");
    EXPECT_THAT(withdraw_address(""), StartsWith("InvalidArgument: delegator_address"));
}

TEST_F(DistributionQueries, give_the_community_pool) {
    const auto pool = [&] {
        return ask<QueryCommunityPoolResponse>(path("CommunityPool"), QueryCommunityPoolRequest());
    };
    EXPECT_EQ(pool(), "");

    ASSERT_TRUE(distribution::fund_community_pool(bench.context, dora, Amount(5)));

    EXPECT_EQ(pool(), "pool { denom: \"uyard\" amount: \"5000000000000000000\" }");
}

class SlashQueries : public DistributionQueries {
protected:
    SlashQueries() {
        for (const std::int64_t height : {5, 7, 300}) {
            bench.block.height = chain::Height(height);
            EXPECT_TRUE(distribution::note_slash(
                bench.context, first, Amount(10 * yard), dec(height == 7 ? "0.5" : "0.01")
            ));
        }
        request.set_validator_address(operator_of(1));
    }

    std::string slashes() {
        return ask<QueryValidatorSlashesResponse>(path("ValidatorSlashes"), request);
    }

    QueryValidatorSlashesRequest request;
    const std::string first_slash =
        "slashes { validator_period: 2 fraction: \"10000000000000000\" } ";
    const std::string second_slash =
        "slashes { validator_period: 3 fraction: \"500000000000000000\" } ";
    const std::string third_slash =
        "slashes { validator_period: 4 fraction: \"10000000000000000\" } ";
};

TEST_F(SlashQueries, give_slashes_between_heights) {
    EXPECT_EQ(slashes(), first_slash + second_slash + third_slash + "pagination { total: 3 }");
    request.set_starting_height(6);
    EXPECT_EQ(slashes(), second_slash + third_slash + "pagination { total: 2 }");
    request.set_ending_height(7);
    EXPECT_EQ(slashes(), second_slash + "pagination { total: 1 }");
    request.set_starting_height(8);
    EXPECT_EQ(slashes(), "InvalidArgument: starting height greater than ending height (8 > 7)");
}

TEST_F(SlashQueries, give_slashes_by_pages) {
    request.mutable_pagination()->set_limit(2);
    request.mutable_pagination()->set_offset(1);
    EXPECT_EQ(slashes(), second_slash + third_slash + "pagination { }");

    request.mutable_pagination()->set_offset(0);
    EXPECT_THAT(slashes(), StartsWith(first_slash + second_slash + "pagination { next_key: "));
}

}  // namespace
}  // namespace steelyard::queries
