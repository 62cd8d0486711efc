// cosmos.staking.v1beta1.Query, what is not about delegations.
#include "cosmos/staking/v1beta1/query.pb.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/stake_records.h"
#include "ledger/queries/typed_query.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/keys.h"

#include <algorithm>
#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::staking::v1beta1;
using chain::Address;
using chain::Amount;
using ledger::Key;
using ledger::Record;
using ledger::Store;

Answer<Address> read_operator(std::string_view field, std::string_view text) {
    return argument(messages::read_operator(field, text));
}

staking::Validator validator_in(const Record& record) {
    Result<staking::Validator> validator = staking::decode_validator(record.value);
    CHECK(validator.has_value());
    return *std::move(validator);
}

Answer<std::optional<staking::Status>> read_status(const std::string& text) {
    if (text.empty()) {
        return std::optional<staking::Status>();
    }
    BondStatus status = BOND_STATUS_UNSPECIFIED;
    if (!BondStatus_Parse(text, &status)) {
        return invalid_argument("invalid validator status {}", text.substr(0, 50));
    }
    if (status == BOND_STATUS_UNSPECIFIED) {
        return std::optional<staking::Status>();
    }
    return static_cast<staking::Status>(status);
}

Answer<QueryValidatorsResponse> validators(
    const Asked& asked, const QueryValidatorsRequest& request
) {
    TRY_ASSIGN(const auto status, read_status(request.status()));
    QueryValidatorsResponse response;
    TRY(answer_page(
        {asked.state,
         Store::staking,
         Key('v'),
         [&](const Record& record) -> Answer<bool> {
             return !status || validator_in(record).status == *status;
         }},
        request,
        response,
        [&](const Record& record) -> Answer<void> {
            *response.add_validators() = to_message(validator_in(record));
            return {};
        }
    ));
    return response;
}

Answer<QueryValidatorResponse> validator(const Asked& asked, const QueryValidatorRequest& request) {
    TRY_ASSIGN(const Address address, read_operator("validator_addr", request.validator_addr()));
    TRY_ASSIGN(const auto member, staking::find_by_operator(asked.state, address));
    if (!member) {
        return not_found("validator {} not found", request.validator_addr());
    }
    QueryValidatorResponse response;
    *response.mutable_validator() = to_message(member->validator);
    return response;
}

/// The validators that stood in the set, as they are now, but with the tokens that their power
/// stood for then.
Answer<QueryHistoricalInfoResponse> historical_info(
    const Asked& asked, const QueryHistoricalInfoRequest& request
) {
    TRY_ASSIGN(
        const chain::Height height,
        argument(or_refuse(ledger::kinds::invalid_request, chain::Height::parse(request.height())))
    );
    TRY_ASSIGN(auto info, staking::historical_info(asked.state, height));
    if (!info) {
        return not_found("historical info for height {} not found", request.height());
    }
    QueryHistoricalInfoResponse response;
    HistoricalInfo& message = *response.mutable_hist();
    const Bytes header = chain::encode_header(info->header);
    CHECK(message.mutable_header()->ParseFromArray(header.data(), static_cast<int>(header.size())));
    std::ranges::stable_sort(info->powers, std::ranges::greater(), &staking::Power::second);
    for (const auto& [number, power] : info->powers) {
        TRY_ASSIGN(auto validator, staking::get_validator(asked.state, number));
        Validator& added = *message.add_valset();
        if (validator) {
            added = to_message(*validator);
        } else {
            TRY_ASSIGN(const Address address, staking::operator_of(asked.state, number));
            added.set_operator_address(messages::operator_text(address));
        }
        const auto tokens = static_cast<Uint128>(power) * staking::power_reduction;
        added.set_status(BOND_STATUS_BONDED);
        added.set_tokens(to_string(Amount::from(tokens).value()));
    }
    return response;
}

Answer<std::string> pool_text(const Asked& asked, std::string_view name) {
    static const chain::Denom base = *chain::Denom::parse(ledger::base_denom);
    TRY_ASSIGN(const bank::Party pool, bank::module_party(asked.state, name));
    TRY_ASSIGN(const Amount amount, bank::balance(asked.state, pool.number, base));
    return to_string(amount);
}

Answer<QueryPoolResponse> pool(const Asked& asked, const QueryPoolRequest&) {
    QueryPoolResponse response;
    Pool& message = *response.mutable_pool();
    TRY_ASSIGN(*message.mutable_bonded_tokens(), pool_text(asked, staking::bonded_pool_name));
    TRY_ASSIGN(
        *message.mutable_not_bonded_tokens(), pool_text(asked, staking::not_bonded_pool_name)
    );
    return response;
}

Answer<QueryParamsResponse> params(const Asked& asked, const QueryParamsRequest&) {
    const ledger::StakingParams& staking = asked.params.staking;
    QueryParamsResponse response;
    Params& message = *response.mutable_params();
    message.mutable_unbonding_time()->set_seconds(staking.unbonding_time.count());
    message.set_max_validators(staking.max_validators);
    message.set_max_entries(staking.max_entries);
    message.set_historical_entries(staking.historical_entries);
    message.set_bond_denom(std::string(ledger::base_denom));
    message.set_min_commission_rate(to_wire(staking.min_commission_rate));
    return response;
}

}  // namespace

std::span<const QueryMethod> staking_queries() {
    static const std::array methods = {
        query_method<QueryValidatorsRequest, validators>("/cosmos.staking.v1beta1.Query/Validators"
        ),
        query_method<QueryValidatorRequest, validator>("/cosmos.staking.v1beta1.Query/Validator"),
        query_method<QueryHistoricalInfoRequest, historical_info>(
            "/cosmos.staking.v1beta1.Query/HistoricalInfo"
        ),
        query_method<QueryPoolRequest, pool>("/cosmos.staking.v1beta1.Query/Pool"),
        query_method<QueryParamsRequest, params>("/cosmos.staking.v1beta1.Query/Params"),
    };
    return methods;
}

}  // namespace steelyard::queries
