// Stake: validators, and what is delegated to them.
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "ledger/messages/consensus_key.h"
#include "ledger/messages/fields.h"
#include "ledger/messages/typed_message.h"
#include "ledger/staking/kinds.h"
#include "ledger/staking/operations.h"

#include <array>

namespace steelyard::messages {
namespace {

using namespace cosmos::staking::v1beta1;
using bank::Party;
using chain::Address;
using chain::Amount;
using chain::Dec;
using chain::Height;
using chain::Timestamp;
namespace kinds = ledger::kinds;

// What a checked message holds reads without an error.
Address operator_in(std::string_view text) {
    return read_operator("", text).value();
}

Amount stake_in(const ProtoCoin& coin) {
    return read_stake("", coin).value();
}

Outcome<Party> account_in(Context& context, std::string_view text) {
    return bank::party_at(context.state, read_account("", text).value());
}

ProtoCoin to_message(Amount amount) {
    ProtoCoin coin;
    coin.set_denom(std::string(ledger::base_denom));
    coin.set_amount(to_string(amount));
    return coin;
}

google::protobuf::Timestamp to_message(Timestamp time) {
    google::protobuf::Timestamp message;
    message.set_seconds(time.seconds());
    message.set_nanos(time.nanoseconds());
    return message;
}

/// A positive number that is not a coin.
Outcome<Amount> read_minimum(std::string_view text) {
    TRY_ASSIGN(const Amount amount, read_amount("min_self_delegation", text));
    if (amount.is_zero()) {
        return refuse(kinds::invalid_request, "minimum self delegation must be a positive integer");
    }
    return amount;
}

Outcome<staking::Description> read_description(bool is_there, const Description& message) {
    if (!is_there) {
        return refuse(kinds::invalid_request, "empty description");
    }
    staking::Description description{
        .moniker = message.moniker(),
        .identity = message.identity(),
        .website = message.website(),
        .security_contact = message.security_contact(),
        .details = message.details()
    };
    TRY(staking::check(description));
    return description;
}

Outcome<staking::CommissionRates> read_rates(bool is_there, const CommissionRates& message) {
    if (!is_there) {
        return refuse(kinds::invalid_request, "empty commission");
    }
    staking::CommissionRates rates;
    TRY_ASSIGN(rates.rate, read_dec("commission.rate", message.rate()));
    TRY_ASSIGN(rates.max_rate, read_dec("commission.max_rate", message.max_rate()));
    TRY_ASSIGN(
        rates.max_change_rate, read_dec("commission.max_change_rate", message.max_change_rate())
    );
    return rates;
}

/// The field is out of use, but clients fill it: with the operator's account or not at all.
Outcome<void> check_delegator(const MsgCreateValidator& message, const Address& operator_address) {
    if (message.delegator_address().empty()) {
        return {};
    }
    TRY_ASSIGN(
        const Address delegator, read_account("delegator_address", message.delegator_address())
    );
    if (delegator != operator_address) {
        return refuse(
            kinds::invalid_request,
            "delegator_address {} is not the account of validator_address {}",
            message.delegator_address(),
            message.validator_address()
        );
    }
    return {};
}

Outcome<staking::NewValidator> read_validator(const MsgCreateValidator& message) {
    TRY_ASSIGN(
        const Address operator_address,
        read_operator("validator_address", message.validator_address())
    );
    TRY(check_delegator(message, operator_address));
    if (!message.has_pubkey()) {
        return refuse(staking::kinds::empty_validator_pub_key, "pubkey");
    }
    TRY_ASSIGN(const crypto::PublicKey key, read_consensus_key("pubkey", message.pubkey()));
    TRY_ASSIGN(const Amount value, read_stake("value", message.value()));
    TRY_ASSIGN(
        staking::Description description,
        read_description(message.has_description(), message.description())
    );
    TRY_ASSIGN(
        const staking::CommissionRates rates,
        read_rates(message.has_commission(), message.commission())
    );
    TRY_ASSIGN(const Amount minimum, read_minimum(message.min_self_delegation()));
    staking::NewValidator validator{
        .description = std::move(description),
        .commission = rates,
        .min_self_delegation = minimum,
        .consensus_key = key,
        .self_delegation = value
    };
    TRY(staking::check(validator));
    return validator;
}

Outcome<void> check_create(const MsgCreateValidator& message) {
    TRY(read_validator(message));
    return {};
}

Outcome<MsgCreateValidatorResponse> create(Context& context, const MsgCreateValidator& message) {
    const Address address = operator_in(message.validator_address());
    TRY_ASSIGN(const Party operator_party, bank::party_at(context.state, address));
    TRY(staking::create_validator(context, operator_party, read_validator(message).value()));
    return MsgCreateValidatorResponse();
}

Outcome<staking::ValidatorEdit> read_edit(const MsgEditValidator& message) {
    TRY(read_operator("validator_address", message.validator_address()));
    staking::ValidatorEdit edit;
    TRY_ASSIGN(
        edit.description, read_description(message.has_description(), message.description())
    );
    if (!message.commission_rate().empty()) {
        TRY_ASSIGN(const Dec rate, read_dec("commission_rate", message.commission_rate()));
        if (rate.is_negative() || rate > Dec(1)) {
            return refuse(
                kinds::invalid_request, "commission rate must be between 0 and 1 (inclusive)"
            );
        }
        edit.commission_rate = rate;
    }
    if (!message.min_self_delegation().empty()) {
        TRY_ASSIGN(edit.min_self_delegation, read_minimum(message.min_self_delegation()));
    }
    return edit;
}

Outcome<void> check_edit(const MsgEditValidator& message) {
    TRY(read_edit(message));
    return {};
}

Outcome<MsgEditValidatorResponse> edit(Context& context, const MsgEditValidator& message) {
    const Address address = operator_in(message.validator_address());
    TRY(staking::edit_validator(context, address, read_edit(message).value()));
    return MsgEditValidatorResponse();
}

/// Of messages that name a delegator, a validator and an amount.
template <typename M>
Outcome<void> check_stake(const M& message) {
    TRY(read_account("delegator_address", message.delegator_address()));
    TRY(read_operator("validator_address", message.validator_address()));
    TRY(read_stake("amount", message.amount()));
    return {};
}

Outcome<MsgDelegateResponse> delegate(Context& context, const MsgDelegate& message) {
    TRY_ASSIGN(const Party delegator, account_in(context, message.delegator_address()));
    const Address validator = operator_in(message.validator_address());
    TRY(staking::delegate(context, delegator, validator, stake_in(message.amount())));
    return MsgDelegateResponse();
}

Outcome<MsgUndelegateResponse> undelegate(Context& context, const MsgUndelegate& message) {
    TRY_ASSIGN(const Party delegator, account_in(context, message.delegator_address()));
    const Address validator = operator_in(message.validator_address());
    TRY_ASSIGN(
        const staking::Departure departure,
        staking::undelegate(context, delegator, validator, stake_in(message.amount()))
    );
    MsgUndelegateResponse response;
    *response.mutable_completion_time() = to_message(departure.completion_time);
    *response.mutable_amount() = to_message(departure.amount);
    return response;
}

Outcome<void> check_redelegate(const MsgBeginRedelegate& message) {
    TRY(read_account("delegator_address", message.delegator_address()));
    TRY(read_operator("validator_src_address", message.validator_src_address()));
    TRY(read_operator("validator_dst_address", message.validator_dst_address()));
    TRY(read_stake("amount", message.amount()));
    return {};
}

Outcome<MsgBeginRedelegateResponse> redelegate(
    Context& context, const MsgBeginRedelegate& message
) {
    TRY_ASSIGN(const Party delegator, account_in(context, message.delegator_address()));
    TRY_ASSIGN(
        const staking::Departure departure,
        staking::redelegate(
            context,
            delegator,
            operator_in(message.validator_src_address()),
            operator_in(message.validator_dst_address()),
            stake_in(message.amount())
        )
    );
    MsgBeginRedelegateResponse response;
    *response.mutable_completion_time() = to_message(departure.completion_time);
    return response;
}

Outcome<void> check_cancel(const MsgCancelUnbondingDelegation& message) {
    TRY(check_stake(message));
    if (message.creation_height() < 1 || message.creation_height() > Height::foreign_max) {
        return refuse(
            kinds::invalid_request, "invalid height: creation_height {}", message.creation_height()
        );
    }
    return {};
}

Outcome<MsgCancelUnbondingDelegationResponse> cancel(
    Context& context, const MsgCancelUnbondingDelegation& message
) {
    TRY_ASSIGN(const Party delegator, account_in(context, message.delegator_address()));
    TRY(staking::cancel_unbonding(
        context,
        delegator,
        operator_in(message.validator_address()),
        stake_in(message.amount()),
        Height(message.creation_height())
    ));
    return MsgCancelUnbondingDelegationResponse();
}

}  // namespace

std::span<const MessageType> staking_messages() {
    static const std::array types = {
        message_type<MsgCreateValidator, check_create, create>(
            "/cosmos.staking.v1beta1.MsgCreateValidator", "staking"
        ),
        message_type<MsgEditValidator, check_edit, edit>(
            "/cosmos.staking.v1beta1.MsgEditValidator", "staking"
        ),
        message_type<MsgDelegate, check_stake<MsgDelegate>, delegate>(
            "/cosmos.staking.v1beta1.MsgDelegate", "staking"
        ),
        message_type<MsgUndelegate, check_stake<MsgUndelegate>, undelegate>(
            "/cosmos.staking.v1beta1.MsgUndelegate", "staking"
        ),
        message_type<MsgBeginRedelegate, check_redelegate, redelegate>(
            "/cosmos.staking.v1beta1.MsgBeginRedelegate", "staking"
        ),
        message_type<MsgCancelUnbondingDelegation, check_cancel, cancel>(
            "/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation", "staking"
        ),
    };
    return types;
}

}  // namespace steelyard::messages
