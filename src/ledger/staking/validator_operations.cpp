#include "base/check.h"
#include "base/protowire.h"
#include "chain/consensus_params.h"
#include "ledger/distribution/rewards.h"
#include "ledger/params/params.h"
#include "ledger/staking/keys.h"
#include "ledger/staking/kinds.h"
#include "ledger/staking/operations.h"
#include "ledger/staking/stake.h"
#include "ledger/state/values.h"

#include <algorithm>

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using crypto::KeyType;
using ledger::Store;

constexpr Dec one{1};
constexpr auto commission_pause = std::chrono::hours(24);

/// The bit of a kind of key in row `t`.
constexpr std::uint8_t bit_of(KeyType type) {
    switch (type) {
        case KeyType::ed25519:
            return 1;
        case KeyType::secp256k1:
            return 2;
    }
    return 0;
}

Outcome<void> check_text(
    std::string_view name, std::string_view text, std::size_t min, std::size_t max
) {
    // The record could not be read again. Messages come with good ones, but not they alone.
    if (!is_utf8(as_bytes(text))) {
        return refuse(ledger::kinds::invalid_request, "invalid {}: not UTF-8", name);
    }
    if (text.size() < min || text.size() > max) {
        return refuse(
            ledger::kinds::invalid_request,
            "invalid {} length; got: {}, min: {}, max: {}",
            name,
            text.size(),
            min,
            max
        );
    }
    return {};
}

/// Rule D1, what the state has to say about it.
Outcome<void> may_be_created(
    const Context& context, const Party& operator_account, const NewValidator& validator
) {
    const Dec min_rate = context.params.staking.min_commission_rate;
    if (validator.commission.rate < min_rate) {
        return refuse(
            kinds::commission_below_min_rate,
            "cannot set validator commission to less than minimum rate of {}",
            to_string(min_rate)
        );
    }
    const StateView& state = context.state;
    TRY_ASSIGN(
        const bool has_one, state.contains(Store::staking, operator_key(operator_account.address))
    );
    if (has_one) {
        return refuse(
            kinds::validator_owner_exists, "{}", ledger::operator_text(operator_account.address)
        );
    }
    const chain::Address consensus_address = validator.consensus_key.address();
    TRY_ASSIGN(const bool known, state.contains(Store::staking, consensus_key(consensus_address)));
    if (known) {
        return refuse(
            kinds::validator_pub_key_exists, "{}", ledger::consensus_text(consensus_address)
        );
    }
    TRY_ASSIGN(const std::vector<KeyType> types, key_types(state));
    const KeyType type = validator.consensus_key.type();
    if (std::ranges::find(types, type) == types.end()) {
        return refuse(
            kinds::validator_pub_key_type_not_supported, "got: {}", crypto::to_string(type)
        );
    }
    return {};
}

void replace(std::string& text, const std::string& by) {
    if (by != ValidatorEdit::do_not_modify) {
        text = by;
    }
}

Description edited(Description description, const Description& edit) {
    replace(description.moniker, edit.moniker);
    replace(description.identity, edit.identity);
    replace(description.website, edit.website);
    replace(description.security_contact, edit.security_contact);
    replace(description.details, edit.details);
    return description;
}

/// Rule D2 for commissions, in the SDK's order.
Outcome<void> set_commission(const Context& context, Validator& validator, Dec rate) {
    const Dec min_rate = context.params.staking.min_commission_rate;
    if (rate < min_rate) {
        return refuse(
            kinds::commission_below_min_rate,
            "cannot set validator commission to less than minimum rate of {}",
            to_string(min_rate)
        );
    }
    const auto next = checked_add(validator.commission_update_time, commission_pause);
    if (!next || context.block.time < *next) {
        return refuse(
            kinds::commission_update_time,
            "last changed at {}",
            to_string(validator.commission_update_time)
        );
    }
    const CommissionRates& rates = validator.commission;
    if (rate > rates.max_rate) {
        return refuse(
            kinds::commission_over_max_rate,
            "{} is more than {}",
            to_string(rate),
            to_string(rates.max_rate)
        );
    }
    // Both are from 0 to 1.
    if (*checked_sub(rate, rates.rate) > rates.max_change_rate) {
        return refuse(
            kinds::commission_over_max_change_rate,
            "from {} to {}, at most by {}",
            to_string(rates.rate),
            to_string(rate),
            to_string(rates.max_change_rate)
        );
    }
    validator.commission.rate = rate;
    validator.commission_update_time = context.block.time;
    return {};
}

Outcome<void> set_min_self_delegation(const Context& context, Member& member, Amount min) {
    Validator& validator = member.validator;
    if (min <= validator.min_self_delegation) {
        return refuse(
            kinds::min_self_delegation_decreased,
            "{} is not more than {}",
            to_string(min),
            to_string(validator.min_self_delegation)
        );
    }
    TRY_ASSIGN(
        const Dec shares, delegated_shares(context.state, validator.operator_account, member.number)
    );
    const auto held = to_amount(tokens_of(validator, shares), chain::Rounding::truncate);
    if (held < min) {
        return refuse(
            kinds::self_delegation_below_minimum,
            "minimum {}, delegated {}",
            to_string(min),
            to_string(*held)
        );
    }
    validator.min_self_delegation = min;
    return {};
}

}  // namespace

Outcome<void> set_key_types(StateView& state, std::span<const KeyType> types) {
    ByteArray<1> bits = {};
    for (const KeyType type : types) {
        bits[0] |= bit_of(type);
    }
    CHECK(bits[0] != 0);
    return state.put(Store::staking, key_types_key(), bits);
}

Outcome<std::vector<KeyType>> key_types(const StateView& state) {
    TRY_ASSIGN(const auto bits, state.get(Store::staking, key_types_key()));
    std::vector<KeyType> types;
    for (const KeyType type : chain::ValidatorParams{}.pub_key_types) {
        if (!bits || (bits->at(0) & bit_of(type)) != 0) {
            types.push_back(type);
        }
    }
    return types;
}

Outcome<void> check(const Description& description) {
    TRY(check_text("moniker", description.moniker, 1, 70));
    TRY(check_text("identity", description.identity, 0, 3000));
    TRY(check_text("website", description.website, 0, 140));
    TRY(check_text("security contact", description.security_contact, 0, 140));
    return check_text("details", description.details, 0, 280);
}

Outcome<void> check(const CommissionRates& rates) {
    if (rates.max_rate.is_negative()) {
        return refuse(kinds::commission_negative, "max_rate {}", to_string(rates.max_rate));
    }
    if (rates.max_rate > one) {
        return refuse(kinds::commission_huge, "max_rate {}", to_string(rates.max_rate));
    }
    if (rates.rate.is_negative()) {
        return refuse(kinds::commission_negative, "rate {}", to_string(rates.rate));
    }
    if (rates.rate > rates.max_rate) {
        return refuse(kinds::commission_over_max_rate, "rate {}", to_string(rates.rate));
    }
    if (rates.max_change_rate.is_negative()) {
        return refuse(
            kinds::commission_change_rate_negative,
            "max_change_rate {}",
            to_string(rates.max_change_rate)
        );
    }
    if (rates.max_change_rate > rates.max_rate) {
        return refuse(
            kinds::commission_change_rate_over_max_rate,
            "max_change_rate {}",
            to_string(rates.max_change_rate)
        );
    }
    return {};
}

Outcome<void> check(const NewValidator& validator) {
    TRY(check(validator.description));
    TRY(check(validator.commission));
    if (validator.min_self_delegation.is_zero()) {
        return refuse(
            ledger::kinds::invalid_request, "minimum self delegation must be a positive integer"
        );
    }
    if (validator.self_delegation < validator.min_self_delegation) {
        return refuse(
            kinds::self_delegation_below_minimum,
            "minimum {}, delegated {}",
            to_string(validator.min_self_delegation),
            to_string(validator.self_delegation)
        );
    }
    return {};
}

Outcome<ValidatorNumber> create_validator(
    Context& context, const Party& operator_account, const NewValidator& validator
) {
    TRY(check(validator));
    TRY(may_be_created(context, operator_account, validator));

    TRY_ASSIGN(const ValidatorNumber number, next_number(context.state));
    const Member member{
        number,
        {.operator_address = operator_account.address,
         .operator_account = operator_account.number,
         .consensus_key = validator.consensus_key,
         .description = validator.description,
         .commission = validator.commission,
         .commission_update_time = context.block.time,
         .min_self_delegation = validator.min_self_delegation}
    };
    TRY(put_validator(context.state, member));
    TRY(distribution::add_validator(context.state, number));
    TRY(add_stake(context, member, operator_account, operator_account, validator.self_delegation));
    context.events.push_back(ledger::make_event(
        "create_validator",
        {{"validator", ledger::operator_text(operator_account.address)},
         {"amount", coin_text(validator.self_delegation)}}
    ));
    return number;
}

Outcome<void> edit_validator(
    Context& context, const chain::Address& operator_address, const ValidatorEdit& edit
) {
    TRY_ASSIGN(Member member, require_validator(context.state, operator_address));
    Validator& validator = member.validator;
    validator.description = edited(validator.description, edit.description);
    TRY(check(validator.description));
    if (edit.commission_rate) {
        TRY(set_commission(context, validator, *edit.commission_rate));
    }
    if (edit.min_self_delegation) {
        TRY(set_min_self_delegation(context, member, *edit.min_self_delegation));
    }
    TRY(put_validator(context.state, member));
    context.events.push_back(ledger::make_event(
        "edit_validator",
        {{"commission_rate", to_string(validator.commission.rate)},
         {"min_self_delegation", to_string(validator.min_self_delegation)}}
    ));
    return {};
}

}  // namespace steelyard::staking
