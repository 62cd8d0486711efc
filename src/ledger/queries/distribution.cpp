// cosmos.distribution.v1beta1.Query.
#include "cosmos/distribution/v1beta1/query.pb.h"
#include "ledger/distribution/rewards.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/typed_query.h"
#include "ledger/staking/delegation.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::distribution::v1beta1;
using chain::Dec;
using ledger::AccountNumber;
using ledger::Outcome;
using ledger::Record;
using staking::Delegation;
using staking::Member;
using DecCoins = google::protobuf::RepeatedPtrField<cosmos::base::v1beta1::DecCoin>;

/// Each is settled to be answered for, over up to a thousand slashes.
constexpr std::size_t delegations_max = 1'000;

/// Nothing is written for zero.
void write_coins(Dec amount, DecCoins& coins) {
    if (!amount.is_zero()) {
        auto& coin = *coins.Add();
        coin.set_denom(std::string(ledger::base_denom));
        coin.set_amount(to_wire(amount));
    }
}

Answer<Member> read_validator(const Asked& asked, const std::string& text) {
    TRY_ASSIGN(
        const chain::Address address, argument(messages::read_operator("validator_address", text))
    );
    TRY_ASSIGN(auto member, staking::find_by_operator(asked.state, address));
    if (!member) {
        return not_found("validator {} does not exist", text);
    }
    return *std::move(member);
}

struct Delegator {
    chain::Address address{};
    std::optional<AccountNumber> account{};  ///< nothing: so there are no delegations
};

Answer<Delegator> read_delegator(const Asked& asked, const std::string& text) {
    TRY_ASSIGN(
        const chain::Address address, argument(messages::read_account("delegator_address", text))
    );
    TRY_ASSIGN(const auto account, auth::find(asked.state, address));
    return Delegator{address, account};
}

/// What a delegation would be paid now. The state stays as it was.
Outcome<Dec> rewards_of(const Asked& asked, const Member& member, const Delegation& delegation) {
    ledger::Events events;
    ledger::Context context{asked.state, events, asked.block, asked.params};
    const auto mark = asked.state.mark();
    Outcome<Dec> earned = distribution::pending(
        context,
        member.number,
        member.validator.tokens,
        delegation.delegator,
        staking::tokens_of(member.validator, delegation.shares)
    );
    asked.state.roll_back(mark);
    return earned;
}

/// Zero where there is no delegation.
Outcome<Delegation> delegation_of(
    const Asked& asked, const Member& member, AccountNumber delegator
) {
    TRY_ASSIGN(const Dec shares, staking::delegated_shares(asked.state, delegator, member.number));
    return Delegation{delegator, member.number, shares};
}

/// All that an account delegates, with the validators.
Answer<std::vector<std::pair<Member, Delegation>>> delegations_of(
    const Asked& asked, const Delegator& delegator
) {
    std::vector<std::pair<Member, Delegation>> all;
    if (!delegator.account) {
        return all;
    }
    bool too_many = false;
    const auto visit = [&](const Delegation& delegation) -> Outcome<bool> {
        too_many = all.size() == delegations_max;
        if (too_many) {
            return false;
        }
        TRY_ASSIGN(auto validator, staking::get_validator(asked.state, delegation.validator));
        CHECK(validator.has_value());
        all.emplace_back(Member{delegation.validator, *std::move(validator)}, delegation);
        return true;
    };
    TRY(staking::walk_delegations_of(asked.state, *delegator.account, visit));
    if (too_many) {
        return invalid_argument(
            "delegator has more than {} delegations: ask for each", delegations_max
        );
    }
    return all;
}

Answer<QueryParamsResponse> params(const Asked& asked, const QueryParamsRequest&) {
    QueryParamsResponse response;
    Params& out = *response.mutable_params();
    out.set_community_tax(to_wire(asked.params.community_tax));
    out.set_base_proposer_reward("0");
    out.set_bonus_proposer_reward("0");
    out.set_withdraw_addr_enabled(true);
    return response;
}

Answer<QueryValidatorDistributionInfoResponse> validator_distribution_info(
    const Asked& asked, const QueryValidatorDistributionInfoRequest& request
) {
    TRY_ASSIGN(const Member member, read_validator(asked, request.validator_address()));
    TRY_ASSIGN(
        const Delegation own, delegation_of(asked, member, member.validator.operator_account)
    );
    QueryValidatorDistributionInfoResponse response;
    response.set_operator_address(messages::account_text(member.validator.operator_address));
    if (!own.shares.is_zero()) {
        TRY_ASSIGN(const Dec rewards, rewards_of(asked, member, own));
        write_coins(rewards, *response.mutable_self_bond_rewards());
    }
    TRY_ASSIGN(const Dec commission, distribution::commission(asked.state, member.number));
    write_coins(commission, *response.mutable_commission());
    return response;
}

Answer<QueryValidatorOutstandingRewardsResponse> validator_outstanding_rewards(
    const Asked& asked, const QueryValidatorOutstandingRewardsRequest& request
) {
    TRY_ASSIGN(const Member member, read_validator(asked, request.validator_address()));
    TRY_ASSIGN(const Dec owed, distribution::outstanding(asked.state, member.number));
    QueryValidatorOutstandingRewardsResponse response;
    write_coins(owed, *response.mutable_rewards()->mutable_rewards());
    return response;
}

Answer<QueryValidatorCommissionResponse> validator_commission(
    const Asked& asked, const QueryValidatorCommissionRequest& request
) {
    TRY_ASSIGN(const Member member, read_validator(asked, request.validator_address()));
    TRY_ASSIGN(const Dec commission, distribution::commission(asked.state, member.number));
    QueryValidatorCommissionResponse response;
    write_coins(commission, *response.mutable_commission()->mutable_commission());
    return response;
}

/// Between two heights, both included; an end of 0 is none.
Answer<QueryValidatorSlashesResponse> validator_slashes(
    const Asked& asked, const QueryValidatorSlashesRequest& request
) {
    TRY_ASSIGN(const Member member, read_validator(asked, request.validator_address()));
    const std::uint64_t begin = request.starting_height();
    const std::uint64_t end = request.ending_height() == 0
                                  ? std::numeric_limits<std::uint64_t>::max()
                                  : request.ending_height();
    if (end < begin) {
        return invalid_argument("starting height greater than ending height ({} > {})", begin, end);
    }
    const ledger::Key prefix = distribution::slash_events_prefix(member.number);
    const auto is_between = [&](const Record& record) -> Answer<bool> {
        const auto height =
            static_cast<std::uint64_t>(distribution::read_slash_event(record).height.value());
        return height >= begin && height <= end;
    };
    QueryValidatorSlashesResponse response;
    TRY(answer_page(
        {asked.state, ledger::Store::distribution, prefix, is_between},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            const distribution::SlashEvent event = distribution::read_slash_event(record);
            ValidatorSlashEvent& added = *response.add_slashes();
            added.set_validator_period(event.period);
            added.set_fraction(to_wire(event.fraction));
            return {};
        }
    ));
    return response;
}

Answer<QueryDelegationRewardsResponse> delegation_rewards(
    const Asked& asked, const QueryDelegationRewardsRequest& request
) {
    TRY_ASSIGN(const Delegator delegator, read_delegator(asked, request.delegator_address()));
    TRY_ASSIGN(const Member member, read_validator(asked, request.validator_address()));
    Delegation delegation;
    if (delegator.account) {
        TRY_ASSIGN(delegation, delegation_of(asked, member, *delegator.account));
    }
    if (delegation.shares.is_zero()) {
        return not_found(
            "delegation of {} to {} does not exist",
            request.delegator_address(),
            request.validator_address()
        );
    }
    TRY_ASSIGN(const Dec rewards, rewards_of(asked, member, delegation));
    QueryDelegationRewardsResponse response;
    write_coins(rewards, *response.mutable_rewards());
    return response;
}

Answer<QueryDelegationTotalRewardsResponse> delegation_total_rewards(
    const Asked& asked, const QueryDelegationTotalRewardsRequest& request
) {
    TRY_ASSIGN(const Delegator delegator, read_delegator(asked, request.delegator_address()));
    TRY_ASSIGN(const auto delegations, delegations_of(asked, delegator));
    QueryDelegationTotalRewardsResponse response;
    Dec total;
    for (const auto& [member, delegation] : delegations) {
        TRY_ASSIGN(const Dec rewards, rewards_of(asked, member, delegation));
        DelegationDelegatorReward& added = *response.add_rewards();
        added.set_validator_address(messages::operator_text(member.validator.operator_address));
        write_coins(rewards, *added.mutable_reward());
        const auto sum = checked_add(total, rewards);
        CHECK(sum.has_value());  // parts of what one account has
        total = *sum;
    }
    write_coins(total, *response.mutable_total());
    return response;
}

Answer<QueryDelegatorValidatorsResponse> delegator_validators(
    const Asked& asked, const QueryDelegatorValidatorsRequest& request
) {
    TRY_ASSIGN(const Delegator delegator, read_delegator(asked, request.delegator_address()));
    TRY_ASSIGN(const auto delegations, delegations_of(asked, delegator));
    QueryDelegatorValidatorsResponse response;
    for (const auto& [member, delegation] : delegations) {
        response.add_validators(messages::operator_text(member.validator.operator_address));
    }
    return response;
}

Answer<QueryDelegatorWithdrawAddressResponse> delegator_withdraw_address(
    const Asked& asked, const QueryDelegatorWithdrawAddressRequest& request
) {
    TRY_ASSIGN(const Delegator delegator, read_delegator(asked, request.delegator_address()));
    chain::Address address = delegator.address;
    if (delegator.account) {
        TRY_ASSIGN(
            const AccountNumber number,
            distribution::withdraw_address(asked.state, *delegator.account)
        );
        TRY_ASSIGN(const auth::Account account, auth::get(asked.state, number));
        address = account.address;
    }
    QueryDelegatorWithdrawAddressResponse response;
    response.set_withdraw_address(messages::account_text(address));
    return response;
}

Answer<QueryCommunityPoolResponse>
community_pool(const Asked& asked, const QueryCommunityPoolRequest&) {
    TRY_ASSIGN(const Dec pool, distribution::community_pool(asked.state));
    QueryCommunityPoolResponse response;
    write_coins(pool, *response.mutable_pool());
    return response;
}

}  // namespace

std::span<const QueryMethod> distribution_queries() {
    static const std::array methods = {
        query_method<QueryParamsRequest, params>("/cosmos.distribution.v1beta1.Query/Params"),
        query_method<QueryValidatorDistributionInfoRequest, validator_distribution_info>(
            "/cosmos.distribution.v1beta1.Query/ValidatorDistributionInfo"
        ),
        query_method<QueryValidatorOutstandingRewardsRequest, validator_outstanding_rewards>(
            "/cosmos.distribution.v1beta1.Query/ValidatorOutstandingRewards"
        ),
        query_method<QueryValidatorCommissionRequest, validator_commission>(
            "/cosmos.distribution.v1beta1.Query/ValidatorCommission"
        ),
        query_method<QueryValidatorSlashesRequest, validator_slashes>(
            "/cosmos.distribution.v1beta1.Query/ValidatorSlashes"
        ),
        query_method<QueryDelegationRewardsRequest, delegation_rewards>(
            "/cosmos.distribution.v1beta1.Query/DelegationRewards"
        ),
        query_method<QueryDelegationTotalRewardsRequest, delegation_total_rewards>(
            "/cosmos.distribution.v1beta1.Query/DelegationTotalRewards"
        ),
        query_method<QueryDelegatorValidatorsRequest, delegator_validators>(
            "/cosmos.distribution.v1beta1.Query/DelegatorValidators"
        ),
        query_method<QueryDelegatorWithdrawAddressRequest, delegator_withdraw_address>(
            "/cosmos.distribution.v1beta1.Query/DelegatorWithdrawAddress"
        ),
        query_method<QueryCommunityPoolRequest, community_pool>(
            "/cosmos.distribution.v1beta1.Query/CommunityPool"
        ),
    };
    return methods;
}

}  // namespace steelyard::queries
