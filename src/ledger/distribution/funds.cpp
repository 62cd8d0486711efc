#include "ledger/distribution/funds.h"

#include "base/check.h"
#include "ledger/params/params.h"
#include "ledger/state/values.h"

namespace steelyard::distribution {

using chain::Amount;
using chain::Dec;

namespace {

const chain::Denom& base() {
    static const chain::Denom denom = chain::Denom::parse(ledger::base_denom).value();
    return denom;
}

Dec held(std::optional<Dec> dec) {
    CHECK(dec.has_value() && !dec->is_negative());
    return *dec;
}

/// What the fee collector has, up to what the module can hold; the rest waits there.
Outcome<Amount> collect(Context& context) {
    TRY_ASSIGN(const Party collector, bank::module_party(context.state, fee_collector_name));
    TRY_ASSIGN(const Party own, bank::module_party(context.state, module_name));
    TRY_ASSIGN(const Amount fees, bank::balance(context.state, collector.number, base()));
    TRY_ASSIGN(const Amount has, bank::balance(context.state, own.number, base()));
    const Amount room = checked_sub(funds_max, has).value_or(Amount());
    const Amount collected = std::min(fees, room);
    if (!collected.is_zero()) {
        TRY(bank::send(context, collector, own, base_coins(collected)));
    }
    return collected;
}

/// Rule W2.
Outcome<void> credit(Context& context, const Share& share, Dec reward) {
    StateView& state = context.state;
    const Dec commission = held(multiply(reward, share.commission_rate));
    const std::string operator_text = ledger::operator_text(share.operator_address);
    context.events.push_back(ledger::make_event(
        "commission", {{"amount", ledger::base_coin_text(commission)}, {"validator", operator_text}}
    ));
    context.events.push_back(ledger::make_event(
        "rewards", {{"amount", ledger::base_coin_text(reward)}, {"validator", operator_text}}
    ));
    TRY_ASSIGN(CurrentRewards current, get_current(state, share.validator));
    current.rewards = plus(current.rewards, minus(reward, commission));
    TRY(put_current(state, share.validator, current));
    TRY_ASSIGN(const Dec commissions, distribution::commission(state, share.validator));
    TRY(put_commission(state, share.validator, plus(commissions, commission)));
    TRY_ASSIGN(const Dec owed, outstanding(state, share.validator));
    return put_outstanding(state, share.validator, plus(owed, reward));
}

}  // namespace

Outcome<void> allocate(Context& context, std::span<const Share> shares) {
    TRY_ASSIGN(const Amount collected, collect(context));
    if (collected.is_zero()) {
        return {};
    }
    std::int64_t total = 0;
    for (const Share& share : shares) {
        const auto sum = checked_add(total, share.power);
        CHECK(share.power >= 1 && sum.has_value());
        total = *sum;
    }
    Dec left = whole(collected);
    const Dec of_validators =
        held(multiply(left, minus(Dec(1), context.params.community_tax), chain::Rounding::truncate)
        );
    for (const Share& share : shares) {
        const Dec part = held(divide(Dec(share.power), Dec(total), chain::Rounding::truncate));
        const Dec reward = held(multiply(of_validators, part, chain::Rounding::truncate));
        TRY(credit(context, share, reward));
        left = minus(left, reward);
    }
    TRY_ASSIGN(const Dec pool, community_pool(context.state));
    return put_community_pool(context.state, plus(pool, left));
}

Outcome<Amount> withdraw_commission(
    Context& context, ValidatorNumber validator, const Party& operator_account
) {
    TRY_ASSIGN(const Dec earned, commission(context.state, validator));
    if (earned.is_zero()) {
        return refuse(
            kinds::no_commission, "operator {}", ledger::operator_text(operator_account.address)
        );
    }
    const Amount paid = *to_amount(earned, chain::Rounding::truncate);
    TRY(put_commission(context.state, validator, minus(earned, whole(paid))));
    TRY_ASSIGN(const Dec owed, outstanding(context.state, validator));
    TRY(put_outstanding(context.state, validator, minus(owed, whole(paid))));
    TRY(pay(context, operator_account, paid));
    context.events.push_back(ledger::make_event(
        "withdraw_commission", {{"amount", paid.is_zero() ? "" : coin_text(paid)}}
    ));
    return paid;
}

Outcome<void> set_withdraw_address(
    Context& context, const Party& delegator, const Party& withdraw_to
) {
    TRY_ASSIGN(const auth::Account account, auth::get(context.state, withdraw_to.number));
    if (!account.module_name.empty()) {
        return refuse(
            ledger::kinds::unauthorized,
            "{} is not allowed to receive external funds",
            ledger::account_text(withdraw_to.address)
        );
    }
    context.events.push_back(ledger::make_event(
        "set_withdraw_address", {{"withdraw_address", ledger::account_text(withdraw_to.address)}}
    ));
    return put_withdraw_address(context.state, delegator.number, withdraw_to.number);
}

Outcome<void> fund_community_pool(Context& context, const Party& from, Amount amount) {
    TRY_ASSIGN(const Party own, bank::module_party(context.state, module_name));
    TRY_ASSIGN(const Amount has, bank::balance(context.state, own.number, base()));
    const std::optional<Amount> sum = checked_add(has, amount);
    if (!sum || *sum > funds_max) {
        return refuse(
            ledger::kinds::invalid_request,
            "community pool cannot take {}, limit of all rewards is {}",
            coin_text(amount),
            to_string(funds_max)
        );
    }
    TRY(bank::send(context, from, own, base_coins(amount)));
    TRY_ASSIGN(const Dec pool, community_pool(context.state));
    return put_community_pool(context.state, plus(pool, whole(amount)));
}

Dec plus(Dec a, Dec b) {
    return held(checked_add(a, b));
}

Dec minus(Dec a, Dec b) {
    return held(checked_sub(a, b));
}

Dec whole(Amount amount) {
    return held(Dec::from_amount(amount));
}

Outcome<void> give_to_pool(StateView& state, ValidatorNumber validator, Dec amount) {
    if (amount.is_zero()) {
        return {};
    }
    TRY_ASSIGN(const Dec owed, outstanding(state, validator));
    TRY(put_outstanding(state, validator, minus(owed, amount)));
    TRY_ASSIGN(const Dec pool, community_pool(state));
    return put_community_pool(state, plus(pool, amount));
}

Outcome<void> pay(Context& context, const Party& owner, Amount amount) {
    if (amount.is_zero()) {
        return {};
    }
    TRY_ASSIGN(const AccountNumber number, withdraw_address(context.state, owner.number));
    Party receiver = owner;
    if (number != owner.number) {
        TRY_ASSIGN(const auth::Account account, auth::get(context.state, number));
        receiver = {number, account.address};
    }
    TRY_ASSIGN(const Party own, bank::module_party(context.state, module_name));
    return bank::send(context, own, receiver, base_coins(amount));
}

chain::Coins base_coins(Amount amount) {
    return chain::Coins::make({{base(), amount}}).value();
}

std::string coin_text(Amount amount) {
    return to_string(amount) + std::string(ledger::base_denom);
}

}  // namespace steelyard::distribution
