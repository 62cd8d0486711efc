// Section staking: validators, their numbers, and who has given them stake.
#include "ledger/distribution/rewards.h"
#include "ledger/genesis/convert.h"
#include "ledger/genesis/parties.h"
#include "ledger/genesis/sections.h"
#include "ledger/messages/consensus_key.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/genesis_io.h"
#include "ledger/state/values.h"
#include "steelyard/genesis/v1/genesis.pb.h"

#include <map>

namespace steelyard::genesis {
namespace {

namespace pb = cosmos::staking::v1beta1;
using ledger::ValidatorNumber;
using staking::Member;
using staking::Validator;

/// Numbers by consensus address, as the document gives them.
using Numbers = std::map<chain::Address, ValidatorNumber>;

Result<crypto::PublicKey> read_key(const google::protobuf::Any& any) {
    const auto key = messages::read_consensus_key("consensus_pubkey", any);
    if (!key) {
        return invalid("{}", key.error().log);
    }
    return *key;
}

Result<staking::Status> read_status(pb::BondStatus status) {
    switch (status) {
        case pb::BOND_STATUS_UNBONDED:
            return staking::Status::unbonded;
        case pb::BOND_STATUS_UNBONDING:
            return staking::Status::unbonding;
        case pb::BOND_STATUS_BONDED:
            return staking::Status::bonded;
        default:
            return invalid("status: is {}", static_cast<int>(status));
    }
}

Result<Validator> read_validator(const StateView& state, const pb::Validator& row) {
    Validator validator;
    TRY_ASSIGN(validator.operator_address, operator_address(row.operator_address()));
    const auto account = sure(auth::find(state, validator.operator_address));
    if (!account) {
        return invalid("{}: the operator has no account", row.operator_address());
    }
    validator.operator_account = *account;
    TRY_ASSIGN(validator.consensus_key, read_key(row.consensus_pubkey()));
    validator.jailed = row.jailed();
    TRY_ASSIGN(validator.status, read_status(row.status()));
    TRY_ASSIGN(validator.tokens, chain::Amount::parse(row.tokens()));
    if (validator.tokens > distribution::funds_max) {
        return invalid(
            "tokens: are {}, limit {}",
            to_string(validator.tokens),
            to_string(distribution::funds_max)
        );
    }
    TRY_ASSIGN(validator.shares, read_dec(row.delegator_shares()));
    const pb::Description& texts = row.description();
    validator.description = {
        texts.moniker(),
        texts.identity(),
        texts.website(),
        texts.security_contact(),
        texts.details()
    };
    TRY_ASSIGN(validator.unbonding_height, chain::Height::parse(row.unbonding_height()));
    TRY_ASSIGN(validator.unbonding_time, read_time(row.has_unbonding_time(), row.unbonding_time()));
    const pb::CommissionRates& rates = row.commission().commission_rates();
    TRY_ASSIGN(validator.commission.rate, read_dec(rates.rate()));
    TRY_ASSIGN(validator.commission.max_rate, read_dec(rates.max_rate()));
    TRY_ASSIGN(validator.commission.max_change_rate, read_dec(rates.max_change_rate()));
    TRY_ASSIGN(
        validator.commission_update_time,
        read_time(row.commission().has_update_time(), row.commission().update_time())
    );
    TRY_ASSIGN(validator.min_self_delegation, chain::Amount::parse(row.min_self_delegation()));
    // What the record's reader refuses breaks a rule.
    return staking::decode_validator(staking::encode_validator(validator));
}

Result<void> read_validators(
    StateView& state, const v1::StakingState& section, const Numbers& numbers
) {
    for (int i = 0; i < section.validators_size(); ++i) {
        const auto path = fmt::format("staking.validators[{}]", i);
        TRY_ASSIGN(auto validator, at(path, read_validator(state, section.validators(i))));
        const chain::Address key = validator.consensus_key->address();
        const auto named = numbers.find(key);
        if (!numbers.empty() && named == numbers.end()) {
            return invalid("app_state.{}: has no number in staking.numbers", path);
        }
        if (sure(staking::find_by_operator(state, validator.operator_address)) ||
            sure(staking::find_by_consensus_address(state, key))) {
            return invalid("app_state.{}: its operator or key stands twice", path);
        }
        const ValidatorNumber number =
            numbers.empty() ? sure(staking::next_number(state)) : named->second;
        sure(staking::put_validator(state, {number, std::move(validator)}));
    }
    return {};
}

/// The numbers of those that are there, and the records of those that are gone.
Result<Numbers> read_numbers(StateView& state, const v1::StakingState& section) {
    std::map<chain::Address, ValidatorNumber> live;
    std::map<ValidatorNumber, chain::Address> seen;
    Numbers numbers;
    for (const pb::Validator& row : section.validators()) {
        TRY_ASSIGN(const auto key, at("staking.validators", read_key(row.consensus_pubkey())));
        live.emplace(key.address(), ValidatorNumber{});
    }
    for (const v1::ValidatorNumber& row : section.numbers()) {
        const ValidatorNumber number{row.number()};
        TRY_ASSIGN(
            const auto key, at("staking.numbers", consensus_address(row.consensus_address()))
        );
        TRY_ASSIGN(
            const auto address, at("staking.numbers", operator_address(row.operator_address()))
        );
        if (!seen.emplace(number, key).second || !numbers.emplace(key, number).second) {
            return invalid("app_state.staking.numbers: {} stands twice", row.number());
        }
        if (!live.contains(key)) {
            sure(staking::restore_ended(state, {number, address, key}));
            numbers.erase(key);
        }
    }
    return numbers;
}

Result<void> read_delegation(StateView& state, const pb::Delegation& row) {
    staking::Delegation delegation;
    TRY_ASSIGN(delegation.delegator, account_at(state, row.delegator_address()));
    TRY_ASSIGN(delegation.validator, validator_at(state, row.validator_address()));
    TRY_ASSIGN(delegation.shares, read_dec(row.shares()));
    if (delegation.shares <= chain::Dec()) {
        return invalid("shares: are {}", to_string(delegation.shares));
    }
    sure(staking::put_delegation(state, delegation));
    return {};
}

/// A validator by its number, which may be gone, with the operator that the document names.
Result<ValidatorNumber> read_numbered(
    const StateView& state, std::uint32_t number, std::string_view address
) {
    const ValidatorNumber validator{number};
    if (validator >= sure(staking::next_number(state))) {
        return invalid("there is no validator {}", number);
    }
    const auto known = ledger::operator_text(sure(staking::operator_of(state, validator)));
    if (known != address) {
        return invalid("validator {} is {}, not {}", number, known, address);
    }
    return validator;
}

Result<void> read_unbonding(StateView& state, const v1::UnbondingDelegation& row) {
    TRY_ASSIGN(const auto delegator, account_at(state, row.delegator_address()));
    TRY_ASSIGN(
        const auto validator, read_numbered(state, row.validator_number(), row.validator_address())
    );
    staking::Unbonding unbonding;
    for (const auto& entry : row.entries()) {
        staking::UnbondingEntry read;
        TRY_ASSIGN(read.creation_height, chain::Height::parse(entry.creation_height()));
        TRY_ASSIGN(
            read.completion_time, read_time(entry.has_completion_time(), entry.completion_time())
        );
        TRY_ASSIGN(read.initial_balance, chain::Amount::parse(entry.initial_balance()));
        TRY_ASSIGN(read.balance, chain::Amount::parse(entry.balance()));
        unbonding.push_back(read);
    }
    sure(staking::put_unbonding(state, delegator, validator, unbonding));
    return {};
}

Result<void> read_redelegation(StateView& state, const v1::Redelegation& row) {
    staking::Route route;
    TRY_ASSIGN(route.delegator, account_at(state, row.delegator_address()));
    TRY_ASSIGN(
        route.source, read_numbered(state, row.source_number(), row.validator_src_address())
    );
    TRY_ASSIGN(
        route.destination,
        read_numbered(state, row.destination_number(), row.validator_dst_address())
    );
    staking::Redelegation redelegation;
    for (const auto& entry : row.entries()) {
        staking::RedelegationEntry read;
        TRY_ASSIGN(read.creation_height, chain::Height::parse(entry.creation_height()));
        TRY_ASSIGN(
            read.completion_time, read_time(entry.has_completion_time(), entry.completion_time())
        );
        TRY_ASSIGN(read.initial_balance, chain::Amount::parse(entry.initial_balance()));
        TRY_ASSIGN(read.destination_shares, read_dec(entry.shares_dst()));
        redelegation.push_back(read);
    }
    sure(staking::put_redelegation(state, route, redelegation));
    return {};
}

Result<void> read_powers(StateView& state, const v1::StakingState& section) {
    for (const auto& row : section.last_validator_powers()) {
        TRY_ASSIGN(
            const auto number,
            at("staking.last_validator_powers", validator_at(state, row.address()))
        );
        if (row.power() < 1 || row.power() > chain::total_voting_power_max) {
            return invalid(
                "app_state.staking.last_validator_powers: {} has {}", row.address(), row.power()
            );
        }
        sure(staking::put_active_power(state, number, row.power()));
    }
    return {};
}

}  // namespace

Result<void> read_staking(StateView& state, const v1::StakingState& section) {
    TRY_ASSIGN(const Numbers numbers, read_numbers(state, section));
    TRY(read_validators(state, section, numbers));
    for (int i = 0; i < section.delegations_size(); ++i) {
        TRY(
            at(fmt::format("staking.delegations[{}]", i),
               read_delegation(state, section.delegations(i)))
        );
    }
    for (int i = 0; i < section.unbonding_delegations_size(); ++i) {
        TRY(
            at(fmt::format("staking.unbonding_delegations[{}]", i),
               read_unbonding(state, section.unbonding_delegations(i)))
        );
    }
    for (int i = 0; i < section.redelegations_size(); ++i) {
        TRY(
            at(fmt::format("staking.redelegations[{}]", i),
               read_redelegation(state, section.redelegations(i)))
        );
    }
    return read_powers(state, section);
}

}  // namespace steelyard::genesis
