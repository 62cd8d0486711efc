#include "cosmos/staking/v1beta1/query.pb.h"
#include "ledger/messages/consensus_key.h"
#include "tests/unit/ledger/queries/query_bench.h"
#include "tests/unit/ledger/staking/staking_bench.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::queries {
namespace {

using namespace cosmos::staking::v1beta1;
using chain::Amount;
using staking::StakingBench;
using staking::yard;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string validator(std::uint8_t byte) {
    return messages::operator_text(address(byte));
}

/// dora has 100 with anna's and 50 with bela's validator, carl's is too small to be in the set.
class StakingQueries : public testing::Test {
protected:
    StakingQueries() {
        bench.params.staking.unbonding_time = std::chrono::seconds(1'000);
        bench.end_block();
        bench.next_block();
        delegate(1, 100);
        delegate(2, 50);
    }

    template <typename Response>
    Response ask(std::string_view method, const google::protobuf::Message& request) {
        Response response;
        const Answer<Bytes> answer = raw(method, request);
        EXPECT_TRUE(answer) << answer.error().text;
        if (answer) {
            EXPECT_TRUE(response.ParseFromArray(answer->data(), static_cast<int>(answer->size())));
        }
        return response;
    }

    std::string refusal(std::string_view method, const google::protobuf::Message& request) {
        const Answer<Bytes> answer = raw(method, request);
        return answer ? "" : abci_failure(answer.error()).log;
    }

    Answer<Bytes> raw(std::string_view method, const google::protobuf::Message& request) {
        const std::string path = fmt::format("/cosmos.staking.v1beta1.Query/{}", method);
        return find_query_method(path)->answer(
            {bench.state, bench.block, bench.params}, proto::serialize(request)
        );
    }

    void delegate(std::uint8_t to, std::uint64_t amount) {
        ASSERT_TRUE(staking::delegate(bench.context, dora, address(to), Amount(amount)));
    }

    void undelegate(std::uint8_t from, std::uint64_t amount) {
        ASSERT_TRUE(staking::undelegate(bench.context, dora, address(from), Amount(amount)));
    }

    void redelegate(std::uint8_t from, std::uint8_t to, std::uint64_t amount) {
        ASSERT_TRUE(
            staking::redelegate(bench.context, dora, address(from), address(to), Amount(amount))
        );
    }

    template <typename Request>
    static Request pair(std::uint8_t delegator, std::uint8_t operator_byte) {
        Request request;
        request.set_delegator_addr(account(delegator));
        request.set_validator_addr(validator(operator_byte));
        return request;
    }

    StakingBench bench;
    staking::ValidatorNumber of_anna = bench.make_validator(1, 10 * yard);
    staking::ValidatorNumber of_bela = bench.make_validator(2, 20 * yard);
    staking::ValidatorNumber of_carl = bench.make_validator(3, yard / 2);
    staking::Party dora = bench.party(7);
};

std::vector<std::string> operators(const google::protobuf::RepeatedPtrField<Validator>& validators
) {
    std::vector<std::string> addresses;
    for (const Validator& validator : validators) {
        addresses.push_back(validator.operator_address());
    }
    return addresses;
}

TEST_F(StakingQueries, describe_a_validator) {
    QueryValidatorRequest request;
    request.set_validator_addr(validator(1));

    const auto found = ask<QueryValidatorResponse>("Validator", request).validator();

    EXPECT_EQ(found.operator_address(), validator(1));
    EXPECT_EQ(found.consensus_pubkey().type_url(), "/cosmos.crypto.ed25519.PubKey");
    EXPECT_EQ(
        messages::read_consensus_key("key", found.consensus_pubkey()).value(),
        StakingBench::consensus_key(1)
    );
    EXPECT_FALSE(found.jailed());
    EXPECT_EQ(found.status(), BOND_STATUS_BONDED);
    EXPECT_EQ(found.tokens(), "10000100");
    EXPECT_EQ(found.delegator_shares(), "10000100000000000000000000");
    EXPECT_EQ(found.description().moniker(), "v1");
    EXPECT_TRUE(found.has_unbonding_time());
    EXPECT_EQ(found.unbonding_time().seconds(), 0);
    EXPECT_EQ(found.commission().commission_rates().rate(), "100000000000000000");
    EXPECT_EQ(found.commission().update_time().seconds(), bench.block.time.seconds() - 5);
    EXPECT_EQ(found.min_self_delegation(), "1");
}

TEST_F(StakingQueries, say_that_there_is_no_such_validator) {
    QueryValidatorRequest request;
    request.set_validator_addr(validator(9));
    EXPECT_EQ(
        refusal("Validator", request),
        "rpc error: code = NotFound desc = validator " + validator(9) + " not found: key not found"
    );
    request.set_validator_addr(account(1));
    EXPECT_THAT(refusal("Validator", request), StartsWith("rpc error: code = InvalidArgument "));
    request.clear_validator_addr();
    EXPECT_THAT(refusal("Validator", request), HasSubstr("validator_addr"));
}

TEST_F(StakingQueries, list_validators_by_status) {
    const auto list = [&](const std::string& status) {
        QueryValidatorsRequest request;
        request.set_status(status);
        return operators(ask<QueryValidatorsResponse>("Validators", request).validators());
    };

    EXPECT_THAT(list(""), ElementsAre(validator(1), validator(2), validator(3)));
    EXPECT_THAT(list("BOND_STATUS_BONDED"), ElementsAre(validator(1), validator(2)));
    EXPECT_THAT(list("BOND_STATUS_UNBONDED"), ElementsAre(validator(3)));
    EXPECT_THAT(list("BOND_STATUS_UNBONDING"), IsEmpty());
    QueryValidatorsRequest request;
    request.set_status("bonded");
    EXPECT_THAT(refusal("Validators", request), HasSubstr("invalid validator status bonded"));
}

TEST_F(StakingQueries, turn_pages_of_validators) {
    QueryValidatorsRequest request;
    request.set_status("BOND_STATUS_BONDED");
    request.mutable_pagination()->set_limit(1);
    request.mutable_pagination()->set_count_total(true);

    auto page = ask<QueryValidatorsResponse>("Validators", request);
    EXPECT_THAT(operators(page.validators()), ElementsAre(validator(1)));
    EXPECT_EQ(page.pagination().total(), 2U);

    request.mutable_pagination()->set_key(page.pagination().next_key());
    page = ask<QueryValidatorsResponse>("Validators", request);
    EXPECT_THAT(operators(page.validators()), ElementsAre(validator(2)));
    EXPECT_EQ(page.pagination().next_key(), "");

    request.mutable_pagination()->clear_key();
    request.mutable_pagination()->set_reverse(true);
    page = ask<QueryValidatorsResponse>("Validators", request);
    EXPECT_THAT(operators(page.validators()), ElementsAre(validator(2)));
}

TEST_F(StakingQueries, give_a_delegation_and_its_worth) {
    staking::slash(bench.context, of_anna, bench.block.height, 10, staking::dec("0.5")).value();

    const auto found =
        ask<QueryDelegationResponse>("Delegation", pair<QueryDelegationRequest>(7, 1))
            .delegation_response();

    EXPECT_EQ(found.delegation().delegator_address(), account(7));
    EXPECT_EQ(found.delegation().validator_address(), validator(1));
    EXPECT_EQ(found.delegation().shares(), "100000000000000000000");
    EXPECT_EQ(found.balance().denom(), "uyard");
    EXPECT_EQ(found.balance().amount(), "50");
}

// CosmJS takes a text with "key not found" for nothing.
TEST_F(StakingQueries, say_that_there_is_no_such_delegation) {
    for (const auto& [delegator, of] : {std::pair(7, 3), std::pair(77, 1), std::pair(7, 9)}) {
        const auto who = static_cast<std::uint8_t>(delegator);
        const auto whose = static_cast<std::uint8_t>(of);
        const std::string text = " with delegator " + account(who) + " not found for validator " +
                                 validator(whose) + ": key not found";
        const std::string error = "rpc error: code = NotFound desc = ";
        EXPECT_EQ(
            refusal("Delegation", pair<QueryDelegationRequest>(who, whose)),
            error + "delegation" + text
        );
        EXPECT_EQ(
            refusal("DelegatorValidator", pair<QueryDelegatorValidatorRequest>(who, whose)),
            error + "delegation" + text
        );
        EXPECT_EQ(
            refusal("UnbondingDelegation", pair<QueryUnbondingDelegationRequest>(who, whose)),
            error + "unbonding delegation" + text
        );
    }
    QueryDelegationRequest request;
    request.set_validator_addr(validator(1));
    EXPECT_THAT(refusal("Delegation", request), HasSubstr("code = InvalidArgument"));
}

TEST_F(StakingQueries, list_delegations_from_both_ends) {
    QueryDelegatorDelegationsRequest of_dora;
    of_dora.set_delegator_addr(account(7));
    const auto delegations =
        ask<QueryDelegatorDelegationsResponse>("DelegatorDelegations", of_dora);
    ASSERT_EQ(delegations.delegation_responses_size(), 2);
    EXPECT_EQ(delegations.delegation_responses(0).balance().amount(), "100");
    EXPECT_EQ(delegations.delegation_responses(1).balance().amount(), "50");
    EXPECT_EQ(delegations.pagination().total(), 2U);

    QueryValidatorDelegationsRequest with_anna;
    with_anna.set_validator_addr(validator(1));
    const auto delegators =
        ask<QueryValidatorDelegationsResponse>("ValidatorDelegations", with_anna);
    ASSERT_EQ(delegators.delegation_responses_size(), 2);
    EXPECT_EQ(delegators.delegation_responses(0).delegation().delegator_address(), account(1));
    EXPECT_EQ(delegators.delegation_responses(1).delegation().delegator_address(), account(7));

    QueryDelegatorValidatorsRequest validators;
    validators.set_delegator_addr(account(7));
    EXPECT_THAT(
        operators(
            ask<QueryDelegatorValidatorsResponse>("DelegatorValidators", validators).validators()
        ),
        ElementsAre(validator(1), validator(2))
    );
    EXPECT_EQ(
        ask<QueryDelegatorValidatorResponse>(
            "DelegatorValidator", pair<QueryDelegatorValidatorRequest>(7, 2)
        )
            .validator()
            .operator_address(),
        validator(2)
    );
}

TEST_F(StakingQueries, turn_pages_of_delegations) {
    QueryDelegatorDelegationsRequest request;
    request.set_delegator_addr(account(7));
    request.mutable_pagination()->set_limit(1);

    auto page = ask<QueryDelegatorDelegationsResponse>("DelegatorDelegations", request);
    ASSERT_EQ(page.delegation_responses_size(), 1);
    EXPECT_NE(page.pagination().next_key(), "");
    request.mutable_pagination()->set_key(page.pagination().next_key());
    page = ask<QueryDelegatorDelegationsResponse>("DelegatorDelegations", request);
    ASSERT_EQ(page.delegation_responses_size(), 1);
    EXPECT_EQ(page.delegation_responses(0).balance().amount(), "50");
    EXPECT_EQ(page.pagination().next_key(), "");
}

TEST_F(StakingQueries, list_nothing_for_those_who_are_not_known) {
    QueryDelegatorDelegationsRequest delegations;
    delegations.set_delegator_addr(account(99));
    const auto none = ask<QueryDelegatorDelegationsResponse>("DelegatorDelegations", delegations);
    EXPECT_EQ(none.delegation_responses_size(), 0);
    EXPECT_TRUE(none.has_pagination());
    QueryValidatorDelegationsRequest delegators;
    delegators.set_validator_addr(validator(99));
    EXPECT_TRUE(
        ask<QueryValidatorDelegationsResponse>("ValidatorDelegations", delegators).has_pagination()
    );
    QueryRedelegationsRequest redelegations;
    redelegations.set_delegator_addr(account(99));
    EXPECT_TRUE(ask<QueryRedelegationsResponse>("Redelegations", redelegations).has_pagination());
}

TEST_F(StakingQueries, give_what_is_unbonding) {
    undelegate(1, 30);
    staking::slash(bench.context, of_anna, bench.block.height, 10, staking::dec("0.1")).value();
    bench.next_block();
    undelegate(1, 9);

    const auto unbond = ask<QueryUnbondingDelegationResponse>(
                            "UnbondingDelegation", pair<QueryUnbondingDelegationRequest>(7, 1)
    )
                            .unbond();
    EXPECT_EQ(unbond.delegator_address(), account(7));
    EXPECT_EQ(unbond.validator_address(), validator(1));
    ASSERT_EQ(unbond.entries_size(), 2);
    EXPECT_EQ(unbond.entries(0).creation_height(), 2);
    EXPECT_EQ(unbond.entries(0).initial_balance(), "30");
    EXPECT_EQ(unbond.entries(0).balance(), "30");
    EXPECT_EQ(unbond.entries(1).completion_time().seconds(), bench.block.time.seconds() + 1'000);

    QueryDelegatorUnbondingDelegationsRequest of_dora;
    of_dora.set_delegator_addr(account(7));
    EXPECT_EQ(
        ask<QueryDelegatorUnbondingDelegationsResponse>("DelegatorUnbondingDelegations", of_dora)
            .unbonding_responses_size(),
        1
    );
    QueryValidatorUnbondingDelegationsRequest from_anna;
    from_anna.set_validator_addr(validator(1));
    EXPECT_EQ(
        ask<QueryValidatorUnbondingDelegationsResponse>("ValidatorUnbondingDelegations", from_anna)
            .unbonding_responses(0)
            .entries_size(),
        2
    );
}

TEST_F(StakingQueries, give_what_is_unbonding_from_a_validator_that_is_gone) {
    delegate(3, 10);
    undelegate(3, 10);
    const auto carl = bench.party(3);
    ASSERT_TRUE(staking::undelegate(bench.context, carl, carl.address, Amount(yard / 2)));
    ASSERT_FALSE(staking::get_validator(bench.state, of_carl).value());

    QueryDelegatorUnbondingDelegationsRequest of_dora;
    of_dora.set_delegator_addr(account(7));
    const auto found =
        ask<QueryDelegatorUnbondingDelegationsResponse>("DelegatorUnbondingDelegations", of_dora);

    ASSERT_EQ(found.unbonding_responses_size(), 1);
    EXPECT_EQ(found.unbonding_responses(0).validator_address(), validator(3));
}

TEST_F(StakingQueries, give_redelegations_three_ways) {
    redelegate(1, 2, 40);
    redelegate(1, 3, 7);
    const auto list =
        [&](const std::string& delegator, const std::string& from, const std::string& to) {
            QueryRedelegationsRequest request;
            request.set_delegator_addr(delegator);
            request.set_src_validator_addr(from);
            request.set_dst_validator_addr(to);
            return ask<QueryRedelegationsResponse>("Redelegations", request);
        };

    const auto one = list(account(7), validator(1), validator(2));
    ASSERT_EQ(one.redelegation_responses_size(), 1);
    const RedelegationResponse& response = one.redelegation_responses(0);
    EXPECT_EQ(response.redelegation().delegator_address(), account(7));
    EXPECT_EQ(response.redelegation().validator_src_address(), validator(1));
    EXPECT_EQ(response.redelegation().validator_dst_address(), validator(2));
    ASSERT_EQ(response.entries_size(), 1);
    EXPECT_EQ(response.entries(0).balance(), "40");
    EXPECT_EQ(response.entries(0).redelegation_entry().initial_balance(), "40");
    EXPECT_EQ(response.entries(0).redelegation_entry().shares_dst(), "40000000000000000000");
    EXPECT_EQ(list(account(7), "", "").redelegation_responses_size(), 2);
    EXPECT_EQ(list("", validator(1), "").redelegation_responses_size(), 2);
    EXPECT_EQ(list("", validator(2), "").redelegation_responses_size(), 0);

    QueryRedelegationsRequest request;
    request.set_delegator_addr(account(7));
    request.set_src_validator_addr(validator(2));
    request.set_dst_validator_addr(validator(1));
    EXPECT_THAT(
        refusal("Redelegations", request), HasSubstr("NotFound desc = redelegation not found")
    );
    EXPECT_THAT(
        refusal("Redelegations", QueryRedelegationsRequest()), HasSubstr("InvalidArgument")
    );
}

TEST_F(StakingQueries, give_a_redelegation_whose_shares_are_gone) {
    redelegate(1, 3, 50);
    const auto carl = bench.party(3);
    ASSERT_TRUE(staking::undelegate(bench.context, carl, carl.address, Amount(yard / 2)));
    undelegate(3, 20);
    const auto balance = [&] {
        QueryRedelegationsRequest request;
        request.set_delegator_addr(account(7));
        return ask<QueryRedelegationsResponse>("Redelegations", request)
            .redelegation_responses(0)
            .entries(0)
            .balance();
    };

    EXPECT_EQ(balance(), "30") << "not more than the validator has";
    undelegate(3, 30);
    EXPECT_EQ(balance(), "0") << "nor anything of a validator that is gone";
}

TEST_F(StakingQueries, give_the_pools) {
    undelegate(1, 30);

    const auto pool = ask<QueryPoolResponse>("Pool", QueryPoolRequest()).pool();

    EXPECT_EQ(pool.bonded_tokens(), "30000120");
    EXPECT_EQ(pool.not_bonded_tokens(), "500030");
}

TEST_F(StakingQueries, give_the_parameters) {
    const auto params = ask<QueryParamsResponse>("Params", QueryParamsRequest()).params();

    EXPECT_EQ(params.unbonding_time().seconds(), 1'000);
    EXPECT_EQ(params.max_validators(), 100U);
    EXPECT_EQ(params.max_entries(), 7U);
    EXPECT_EQ(params.historical_entries(), 100U);
    EXPECT_EQ(params.bond_denom(), "uyard");
    EXPECT_EQ(params.min_commission_rate(), "0");
}

TEST_F(StakingQueries, give_a_set_of_the_past) {
    chain::Header header;
    header.chain_id = chain::ChainId::parse("history").value();
    header.height = bench.block.height;
    header.app_hash = chain::AppHash::parse(Bytes(32, 7)).value();
    ASSERT_TRUE(staking::keep_historical_info(bench.context, header));
    delegate(1, 50 * yard);

    QueryHistoricalInfoRequest request;
    request.set_height(2);
    const auto hist = ask<QueryHistoricalInfoResponse>("HistoricalInfo", request).hist();

    EXPECT_EQ(hist.header().chain_id(), "history");
    EXPECT_EQ(hist.header().height(), 2);
    EXPECT_THAT(operators(hist.valset()), ElementsAre(validator(2), validator(1)));
    EXPECT_EQ(hist.valset(1).tokens(), "10000000");
    request.set_height(3);
    EXPECT_EQ(
        refusal("HistoricalInfo", request),
        "rpc error: code = NotFound desc = historical info for height 3 not found: key not found"
    );
    request.set_height(-1);
    EXPECT_THAT(refusal("HistoricalInfo", request), HasSubstr("InvalidArgument"));
}

}  // namespace
}  // namespace steelyard::queries
