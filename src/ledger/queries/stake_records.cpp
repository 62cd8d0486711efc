#include "ledger/queries/stake_records.h"

#include "cosmos/staking/v1beta1/query.pb.h"
#include "ledger/messages/consensus_key.h"
#include "ledger/messages/fields.h"

namespace steelyard::queries {
namespace {

using chain::Amount;
using chain::Dec;
using ledger::AccountNumber;
using ledger::ValidatorNumber;
using messages::account_text;
using messages::operator_text;

Amount worth(const staking::Validator& validator, Dec shares) {
    const auto tokens = to_amount(staking::tokens_of(validator, shares), chain::Rounding::truncate);
    CHECK(tokens.has_value());
    return *tokens;
}

Answer<std::string> account_of(const Asked& asked, AccountNumber number) {
    TRY_ASSIGN(const auth::Account account, auth::get(asked.state, number));
    return account_text(account.address);
}

Answer<std::string> operator_of(const Asked& asked, ValidatorNumber number) {
    TRY_ASSIGN(const chain::Address address, staking::operator_of(asked.state, number));
    return operator_text(address);
}

google::protobuf::Timestamp to_message(chain::Timestamp time) {
    google::protobuf::Timestamp message;
    message.set_seconds(time.seconds());
    message.set_nanos(time.nanoseconds());
    return message;
}

}  // namespace

pb::Validator to_message(const staking::Validator& validator) {
    pb::Validator message;
    message.set_operator_address(operator_text(validator.operator_address));
    *message.mutable_consensus_pubkey() = messages::pack_consensus_key(*validator.consensus_key);
    message.set_jailed(validator.jailed);
    message.set_status(static_cast<pb::BondStatus>(validator.status));
    message.set_tokens(to_string(validator.tokens));
    message.set_delegator_shares(to_wire(validator.shares));
    pb::Description& description = *message.mutable_description();
    description.set_moniker(validator.description.moniker);
    description.set_identity(validator.description.identity);
    description.set_website(validator.description.website);
    description.set_security_contact(validator.description.security_contact);
    description.set_details(validator.description.details);
    message.set_unbonding_height(validator.unbonding_height.value());
    // Who never unbonded did so in 1970: clients of the SDK expect it.
    message.mutable_unbonding_time();
    if (!validator.unbonding_time.is_zero()) {
        *message.mutable_unbonding_time() = to_message(validator.unbonding_time);
    }
    pb::CommissionRates& rates = *message.mutable_commission()->mutable_commission_rates();
    rates.set_rate(to_wire(validator.commission.rate));
    rates.set_max_rate(to_wire(validator.commission.max_rate));
    rates.set_max_change_rate(to_wire(validator.commission.max_change_rate));
    *message.mutable_commission()->mutable_update_time() =
        to_message(validator.commission_update_time);
    message.set_min_self_delegation(to_string(validator.min_self_delegation));
    return message;
}

Answer<pb::DelegationResponse> describe(const Asked& asked, const staking::Delegation& delegation) {
    TRY_ASSIGN(const auto validator, staking::get_validator(asked.state, delegation.validator));
    CHECK(validator.has_value());
    pb::DelegationResponse response;
    pb::Delegation& message = *response.mutable_delegation();
    TRY_ASSIGN(*message.mutable_delegator_address(), account_of(asked, delegation.delegator));
    message.set_validator_address(operator_text(validator->operator_address));
    message.set_shares(to_wire(delegation.shares));
    response.mutable_balance()->set_denom(std::string(ledger::base_denom));
    response.mutable_balance()->set_amount(to_string(worth(*validator, delegation.shares)));
    return response;
}

Answer<pb::UnbondingDelegation> describe_unbonding(
    const Asked& asked, AccountNumber delegator, ValidatorNumber validator
) {
    TRY_ASSIGN(
        const staking::Unbonding unbonding,
        staking::get_unbonding(asked.state, delegator, validator)
    );
    CHECK(!unbonding.empty());
    pb::UnbondingDelegation message;
    TRY_ASSIGN(*message.mutable_delegator_address(), account_of(asked, delegator));
    TRY_ASSIGN(*message.mutable_validator_address(), operator_of(asked, validator));
    for (const staking::UnbondingEntry& entry : unbonding) {
        pb::UnbondingDelegationEntry& added = *message.add_entries();
        added.set_creation_height(entry.creation_height.value());
        *added.mutable_completion_time() = to_message(entry.completion_time);
        added.set_initial_balance(to_string(entry.initial_balance));
        added.set_balance(to_string(entry.balance));
    }
    return message;
}

Answer<pb::RedelegationResponse> describe(const Asked& asked, const staking::Route& route) {
    TRY_ASSIGN(
        const staking::Redelegation redelegation, staking::get_redelegation(asked.state, route)
    );
    CHECK(!redelegation.empty());
    TRY_ASSIGN(const auto destination, staking::get_validator(asked.state, route.destination));
    pb::RedelegationResponse response;
    pb::Redelegation& message = *response.mutable_redelegation();
    TRY_ASSIGN(*message.mutable_delegator_address(), account_of(asked, route.delegator));
    TRY_ASSIGN(*message.mutable_validator_src_address(), operator_of(asked, route.source));
    TRY_ASSIGN(*message.mutable_validator_dst_address(), operator_of(asked, route.destination));
    for (const staking::RedelegationEntry& entry : redelegation) {
        pb::RedelegationEntryResponse& added = *response.add_entries();
        pb::RedelegationEntry& one = *added.mutable_redelegation_entry();
        one.set_creation_height(entry.creation_height.value());
        *one.mutable_completion_time() = to_message(entry.completion_time);
        one.set_initial_balance(to_string(entry.initial_balance));
        one.set_shares_dst(to_wire(entry.destination_shares));
        // Shares that have left the destination since may be more than it has.
        const Dec shares =
            destination ? std::min(entry.destination_shares, destination->shares) : Dec();
        added.set_balance(destination ? to_string(worth(*destination, shares)) : "0");
    }
    return response;
}

}  // namespace steelyard::queries
