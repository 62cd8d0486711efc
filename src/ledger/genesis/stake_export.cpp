// Section staking, written.
#include "ledger/genesis/convert.h"
#include "ledger/genesis/parties.h"
#include "ledger/genesis/sections.h"
#include "ledger/messages/consensus_key.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/genesis_io.h"
#include "ledger/state/values.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

namespace pb = cosmos::staking::v1beta1;
using ledger::AccountNumber;
using ledger::ValidatorNumber;
using staking::Member;

pb::BondStatus status_of(staking::Status status) {
    switch (status) {
        case staking::Status::unbonded:
            return pb::BOND_STATUS_UNBONDED;
        case staking::Status::unbonding:
            return pb::BOND_STATUS_UNBONDING;
        case staking::Status::bonded:
            return pb::BOND_STATUS_BONDED;
    }
    CHECK(false);
}

void write_validator(const staking::Validator& validator, pb::Validator& row) {
    row.set_operator_address(ledger::operator_text(validator.operator_address));
    *row.mutable_consensus_pubkey() = messages::pack_consensus_key(*validator.consensus_key);
    row.set_jailed(validator.jailed);
    row.set_status(status_of(validator.status));
    row.set_tokens(to_string(validator.tokens));
    row.set_delegator_shares(to_wire(validator.shares));
    pb::Description& texts = *row.mutable_description();
    texts.set_moniker(validator.description.moniker);
    texts.set_identity(validator.description.identity);
    texts.set_website(validator.description.website);
    texts.set_security_contact(validator.description.security_contact);
    texts.set_details(validator.description.details);
    row.set_unbonding_height(validator.unbonding_height.value());
    write_time(validator.unbonding_time, *row.mutable_unbonding_time());
    pb::CommissionRates& rates = *row.mutable_commission()->mutable_commission_rates();
    rates.set_rate(to_wire(validator.commission.rate));
    rates.set_max_rate(to_wire(validator.commission.max_rate));
    rates.set_max_change_rate(to_wire(validator.commission.max_change_rate));
    write_time(validator.commission_update_time, *row.mutable_commission()->mutable_update_time());
    row.set_min_self_delegation(to_string(validator.min_self_delegation));
}

void write_unbondings(const StateView& state, AccountNumber delegator, v1::StakingState& section) {
    sure(staking::walk_unbondings_of(
        state,
        delegator,
        [&](AccountNumber, ValidatorNumber validator) -> Outcome<bool> {
            auto& row = *section.add_unbonding_delegations();
            row.set_delegator_address(account_text(state, delegator));
            row.set_validator_address(
                ledger::operator_text(sure(staking::operator_of(state, validator)))
            );
            row.set_validator_number(static_cast<std::uint32_t>(validator));
            for (const auto& entry : sure(staking::get_unbonding(state, delegator, validator))) {
                auto& added = *row.add_entries();
                added.set_creation_height(entry.creation_height.value());
                write_time(entry.completion_time, *added.mutable_completion_time());
                added.set_initial_balance(to_string(entry.initial_balance));
                added.set_balance(to_string(entry.balance));
            }
            return true;
        }
    ));
}

void write_redelegations(
    const StateView& state, AccountNumber delegator, v1::StakingState& section
) {
    const auto text = [&](ValidatorNumber number) {
        return ledger::operator_text(sure(staking::operator_of(state, number)));
    };
    sure(staking::walk_redelegations_of(
        state,
        delegator,
        [&](const staking::Route& route) -> Outcome<bool> {
            auto& row = *section.add_redelegations();
            row.set_delegator_address(account_text(state, delegator));
            row.set_validator_src_address(text(route.source));
            row.set_validator_dst_address(text(route.destination));
            row.set_source_number(static_cast<std::uint32_t>(route.source));
            row.set_destination_number(static_cast<std::uint32_t>(route.destination));
            for (const auto& entry : sure(staking::get_redelegation(state, route))) {
                auto& added = *row.add_entries();
                added.set_creation_height(entry.creation_height.value());
                write_time(entry.completion_time, *added.mutable_completion_time());
                added.set_initial_balance(to_string(entry.initial_balance));
                added.set_shares_dst(to_wire(entry.destination_shares));
            }
            return true;
        }
    ));
}

/// Of each delegator, in the order of their numbers.
void write_delegators(const StateView& state, v1::StakingState& section) {
    for (std::uint64_t i = 0; i < sure(auth::next_number(state)); ++i) {
        const AccountNumber delegator{i};
        sure(staking::walk_delegations_of(
            state,
            delegator,
            [&](const staking::Delegation& delegation) -> Outcome<bool> {
                auto& row = *section.add_delegations();
                row.set_delegator_address(account_text(state, delegator));
                row.set_validator_address(operator_text(state, delegation.validator));
                row.set_shares(to_wire(delegation.shares));
                return true;
            }
        ));
        write_unbondings(state, delegator, section);
        write_redelegations(state, delegator, section);
    }
}

}  // namespace

void write_staking(const StateView& state, v1::StakingState& section) {
    section.set_exported(true);
    for (const auto& [number, power] : sure(staking::active_set(state))) {
        auto& row = *section.add_last_validator_powers();
        row.set_address(operator_text(state, number));
        row.set_power(power);
    }
    sure(staking::walk_validators(state, [&](const Member& member) -> Outcome<bool> {
        write_validator(member.validator, *section.add_validators());
        return true;
    }));
    write_delegators(state, section);
    sure(staking::walk_consensus_addresses(
        state,
        [&](const chain::Address& address, ValidatorNumber number) -> Outcome<bool> {
            auto& row = *section.add_numbers();
            row.set_number(static_cast<std::uint32_t>(number));
            row.set_operator_address(ledger::operator_text(sure(staking::operator_of(state, number))
            ));
            row.set_consensus_address(ledger::consensus_text(address));
            return true;
        }
    ));
}

}  // namespace steelyard::genesis
