// cosmos.staking.v1beta1.Query, what is about delegations and what of them is on its way.
#include "cosmos/staking/v1beta1/query.pb.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/stake_records.h"
#include "ledger/queries/typed_query.h"
#include "ledger/staking/keys.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::staking::v1beta1;
using chain::Address;
using ledger::AccountNumber;
using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;
using ledger::ValidatorNumber;
using staking::Route;

/// Nothing: the address has no account.
Answer<std::optional<AccountNumber>> find_account(const Asked& asked, std::string_view text) {
    TRY_ASSIGN(const Address address, argument(messages::read_account("delegator_addr", text)));
    TRY_ASSIGN(const auto number, auth::find(asked.state, address));
    return number;
}

/// Nothing: nobody operates a validator from there.
Answer<std::optional<ValidatorNumber>> find_number(
    const Asked& asked, std::string_view field, std::string_view text
) {
    TRY_ASSIGN(const Address address, argument(messages::read_operator(field, text)));
    TRY_ASSIGN(const auto member, staking::find_by_operator(asked.state, address));
    return member ? std::optional(member->number) : std::nullopt;
}

/// What a request about one delegator and one validator names, where both are known.
struct Pair {
    AccountNumber delegator{};
    ValidatorNumber validator{};
};

template <typename Request>
Answer<std::optional<Pair>> find_pair(const Asked& asked, const Request& request) {
    TRY_ASSIGN(const auto delegator, find_account(asked, request.delegator_addr()));
    TRY_ASSIGN(
        const auto validator, find_number(asked, "validator_addr", request.validator_addr())
    );
    return delegator && validator ? std::optional(Pair{*delegator, *validator}) : std::nullopt;
}

// The records that walks come by.

Pair pair_in(const Record& record) {
    KeyReader reader(record.key);
    const AccountNumber delegator = reader.account();
    return {delegator, reader.validator()};
}

/// Of index rows, which begin with the validator.
Pair indexed_pair_in(const Record& record) {
    KeyReader reader(record.key);
    const ValidatorNumber validator = reader.validator();
    return {reader.account(), validator};
}

Answer<DelegationResponse> describe_pair(const Asked& asked, const Pair& pair) {
    TRY_ASSIGN(
        const chain::Dec shares,
        staking::delegated_shares(asked.state, pair.delegator, pair.validator)
    );
    return describe(asked, {pair.delegator, pair.validator, shares});
}

// All with one validator.

Answer<QueryValidatorDelegationsResponse> validator_delegations(
    const Asked& asked, const QueryValidatorDelegationsRequest& request
) {
    QueryValidatorDelegationsResponse response;
    response.mutable_pagination();
    TRY_ASSIGN(const auto number, find_number(asked, "validator_addr", request.validator_addr()));
    if (!number) {
        return response;
    }
    TRY(answer_page(
        {asked.state, Store::staking, Key('i') << *number},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            TRY_ASSIGN(
                *response.add_delegation_responses(), describe_pair(asked, indexed_pair_in(record))
            );
            return {};
        }
    ));
    return response;
}

Answer<QueryValidatorUnbondingDelegationsResponse> validator_unbondings(
    const Asked& asked, const QueryValidatorUnbondingDelegationsRequest& request
) {
    QueryValidatorUnbondingDelegationsResponse response;
    response.mutable_pagination();
    TRY_ASSIGN(const auto number, find_number(asked, "validator_addr", request.validator_addr()));
    if (!number) {
        return response;
    }
    TRY(answer_page(
        {asked.state, Store::staking, Key('w') << *number},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            const Pair pair = indexed_pair_in(record);
            TRY_ASSIGN(
                *response.add_unbonding_responses(),
                describe_unbonding(asked, pair.delegator, pair.validator)
            );
            return {};
        }
    ));
    return response;
}

// One delegator with one validator.

/// Shares of what a request names; not_found where there are none.
template <typename Request>
Answer<staking::Delegation> find_delegation(const Asked& asked, const Request& request) {
    TRY_ASSIGN(const auto pair, find_pair(asked, request));
    staking::Delegation delegation;
    if (pair) {
        TRY_ASSIGN(
            const chain::Dec shares,
            staking::delegated_shares(asked.state, pair->delegator, pair->validator)
        );
        delegation = {pair->delegator, pair->validator, shares};
    }
    if (delegation.shares.is_zero()) {
        return not_found(
            "delegation with delegator {} not found for validator {}",
            request.delegator_addr(),
            request.validator_addr()
        );
    }
    return delegation;
}

Answer<QueryDelegationResponse> delegation(
    const Asked& asked, const QueryDelegationRequest& request
) {
    TRY_ASSIGN(const staking::Delegation found, find_delegation(asked, request));
    QueryDelegationResponse response;
    TRY_ASSIGN(*response.mutable_delegation_response(), describe(asked, found));
    return response;
}

Answer<QueryDelegatorValidatorResponse> delegator_validator(
    const Asked& asked, const QueryDelegatorValidatorRequest& request
) {
    TRY_ASSIGN(const staking::Delegation found, find_delegation(asked, request));
    TRY_ASSIGN(const auto of, staking::get_validator(asked.state, found.validator));
    CHECK(of.has_value());
    QueryDelegatorValidatorResponse response;
    *response.mutable_validator() = to_message(*of);
    return response;
}

Answer<QueryUnbondingDelegationResponse> unbonding(
    const Asked& asked, const QueryUnbondingDelegationRequest& request
) {
    TRY_ASSIGN(const auto pair, find_pair(asked, request));
    staking::Unbonding entries;
    if (pair) {
        TRY_ASSIGN(entries, staking::get_unbonding(asked.state, pair->delegator, pair->validator));
    }
    if (entries.empty()) {
        return not_found(
            "unbonding delegation with delegator {} not found for validator {}",
            request.delegator_addr(),
            request.validator_addr()
        );
    }
    QueryUnbondingDelegationResponse response;
    TRY_ASSIGN(
        *response.mutable_unbond(), describe_unbonding(asked, pair->delegator, pair->validator)
    );
    return response;
}

// All of one delegator.

/// Calls with each pair of the delegator's rows under a letter.
template <typename Request, typename Response>
Answer<void> visit_delegator(
    const Asked& asked,
    char letter,
    const Request& request,
    Response& response,
    const std::function<Answer<void>(const Pair&)>& take
) {
    response.mutable_pagination();
    TRY_ASSIGN(const auto delegator, find_account(asked, request.delegator_addr()));
    if (!delegator) {
        return {};
    }
    return answer_page(
        {asked.state, Store::staking, Key(letter) << *delegator},
        request,
        response,
        [&](const Record& record) { return take(pair_in(record)); }
    );
}

Answer<QueryDelegatorDelegationsResponse> delegator_delegations(
    const Asked& asked, const QueryDelegatorDelegationsRequest& request
) {
    QueryDelegatorDelegationsResponse response;
    TRY(visit_delegator(asked, 'd', request, response, [&](const Pair& pair) -> Answer<void> {
        TRY_ASSIGN(*response.add_delegation_responses(), describe_pair(asked, pair));
        return {};
    }));
    return response;
}

Answer<QueryDelegatorUnbondingDelegationsResponse> delegator_unbondings(
    const Asked& asked, const QueryDelegatorUnbondingDelegationsRequest& request
) {
    QueryDelegatorUnbondingDelegationsResponse response;
    TRY(visit_delegator(asked, 'u', request, response, [&](const Pair& pair) -> Answer<void> {
        TRY_ASSIGN(
            *response.add_unbonding_responses(),
            describe_unbonding(asked, pair.delegator, pair.validator)
        );
        return {};
    }));
    return response;
}

Answer<QueryDelegatorValidatorsResponse> delegator_validators(
    const Asked& asked, const QueryDelegatorValidatorsRequest& request
) {
    QueryDelegatorValidatorsResponse response;
    TRY(visit_delegator(asked, 'd', request, response, [&](const Pair& pair) -> Answer<void> {
        TRY_ASSIGN(const auto of, staking::get_validator(asked.state, pair.validator));
        CHECK(of.has_value());
        *response.add_validators() = to_message(*of);
        return {};
    }));
    return response;
}

// Redelegations: one, all from a validator, or all of a delegator.

Answer<void> one_redelegation(
    const Asked& asked,
    const QueryRedelegationsRequest& request,
    QueryRedelegationsResponse& response
) {
    TRY_ASSIGN(const auto delegator, find_account(asked, request.delegator_addr()));
    TRY_ASSIGN(
        const auto source, find_number(asked, "src_validator_addr", request.src_validator_addr())
    );
    TRY_ASSIGN(
        const auto destination,
        find_number(asked, "dst_validator_addr", request.dst_validator_addr())
    );
    staking::Redelegation entries;
    if (delegator && source && destination) {
        const Route route{*delegator, *source, *destination};
        TRY_ASSIGN(entries, staking::get_redelegation(asked.state, route));
    }
    if (entries.empty()) {
        return not_found(
            "redelegation not found for delegator address {} from validator address {}",
            request.delegator_addr(),
            request.src_validator_addr()
        );
    }
    TRY_ASSIGN(
        *response.add_redelegation_responses(),
        describe(asked, Route{*delegator, *source, *destination})
    );
    return {};
}

Answer<void> redelegations_from(
    const Asked& asked,
    const QueryRedelegationsRequest& request,
    QueryRedelegationsResponse& response
) {
    TRY_ASSIGN(
        const auto source, find_number(asked, "src_validator_addr", request.src_validator_addr())
    );
    if (!source) {
        return {};
    }
    return answer_page(
        {asked.state, Store::staking, Key('x') << *source},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            KeyReader reader(record.key);
            Route route;
            route.source = reader.validator();
            route.delegator = reader.account();
            route.destination = reader.validator();
            TRY_ASSIGN(*response.add_redelegation_responses(), describe(asked, route));
            return {};
        }
    );
}

Answer<void> redelegations_of(
    const Asked& asked,
    const QueryRedelegationsRequest& request,
    QueryRedelegationsResponse& response
) {
    TRY_ASSIGN(const auto delegator, find_account(asked, request.delegator_addr()));
    if (!delegator) {
        return {};
    }
    return answer_page(
        {asked.state, Store::staking, Key('r') << *delegator},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            KeyReader reader(record.key);
            Route route;
            route.delegator = reader.account();
            route.source = reader.validator();
            route.destination = reader.validator();
            TRY_ASSIGN(*response.add_redelegation_responses(), describe(asked, route));
            return {};
        }
    );
}

Answer<QueryRedelegationsResponse> redelegations(
    const Asked& asked, const QueryRedelegationsRequest& request
) {
    QueryRedelegationsResponse response;
    response.mutable_pagination();
    const bool names_source = !request.src_validator_addr().empty();
    const bool names_destination = !request.dst_validator_addr().empty();
    if (request.delegator_addr().empty() && names_source && !names_destination) {
        TRY(redelegations_from(asked, request, response));
    } else if (names_source && names_destination) {
        TRY(one_redelegation(asked, request, response));
    } else {
        TRY(redelegations_of(asked, request, response));
    }
    return response;
}

}  // namespace

std::span<const QueryMethod> delegation_queries() {
    static const std::array methods = {
        query_method<QueryValidatorDelegationsRequest, validator_delegations>(
            "/cosmos.staking.v1beta1.Query/ValidatorDelegations"
        ),
        query_method<QueryValidatorUnbondingDelegationsRequest, validator_unbondings>(
            "/cosmos.staking.v1beta1.Query/ValidatorUnbondingDelegations"
        ),
        query_method<QueryDelegationRequest, delegation>("/cosmos.staking.v1beta1.Query/Delegation"
        ),
        query_method<QueryUnbondingDelegationRequest, unbonding>(
            "/cosmos.staking.v1beta1.Query/UnbondingDelegation"
        ),
        query_method<QueryDelegatorDelegationsRequest, delegator_delegations>(
            "/cosmos.staking.v1beta1.Query/DelegatorDelegations"
        ),
        query_method<QueryDelegatorUnbondingDelegationsRequest, delegator_unbondings>(
            "/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations"
        ),
        query_method<QueryRedelegationsRequest, redelegations>(
            "/cosmos.staking.v1beta1.Query/Redelegations"
        ),
        query_method<QueryDelegatorValidatorsRequest, delegator_validators>(
            "/cosmos.staking.v1beta1.Query/DelegatorValidators"
        ),
        query_method<QueryDelegatorValidatorRequest, delegator_validator>(
            "/cosmos.staking.v1beta1.Query/DelegatorValidator"
        ),
    };
    return methods;
}

}  // namespace steelyard::queries
