#include "ledger/staking/stake.h"

#include "base/check.h"
#include "ledger/beacon/beacon.h"
#include "ledger/distribution/rewards.h"
#include "ledger/params/params.h"
#include "ledger/staking/kinds.h"
#include "ledger/state/values.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Rounding;
using chain::Timestamp;

chain::Coins coins_of(Amount amount) {
    static const chain::Denom base = *chain::Denom::parse(ledger::base_denom);
    Result<chain::Coins> coins = chain::Coins::make({{base, amount}});
    CHECK(coins.has_value());
    return *std::move(coins);
}

/// The delegation is about to change: what it has earned is paid.
Outcome<void> settle(Context& context, const Member& member, const Party& delegator, Dec shares) {
    const Validator& validator = member.validator;
    if (shares.is_zero()) {
        return distribution::open_period(context.state, member.number, validator.tokens);
    }
    TRY(distribution::settle(
        context,
        member.number,
        validator.operator_address,
        validator.tokens,
        delegator,
        tokens_of(validator, shares)
    ));
    return {};
}

Outcome<void> start(Context& context, const Member& member, const Party& delegator, Dec shares) {
    return distribution::start(
        context,
        member.number,
        delegator.number,
        tokens_of(member.validator, shares, Rounding::truncate)
    );
}

/// Takes shares off a validator, and the tokens that they stand for: all with the last share.
Amount release(Validator& validator, Dec shares) {
    const std::optional<Dec> left = checked_sub(validator.shares, shares);
    CHECK(left && !left->is_negative());
    Amount freed = validator.tokens;
    if (!left->is_zero()) {
        const auto whole = to_amount(tokens_of(validator, shares), Rounding::truncate);
        CHECK(whole.has_value());
        freed = *whole;
    }
    const std::optional<Amount> tokens = checked_sub(validator.tokens, freed);
    CHECK(tokens.has_value());
    validator.tokens = *tokens;
    validator.shares = *left;
    return freed;
}

/// Whether what the operator would have left is less than he promised.
bool falls_short(const Validator& validator, Dec shares_left) {
    const auto tokens = to_amount(tokens_of(validator, shares_left), Rounding::truncate);
    return tokens < validator.min_self_delegation;
}

}  // namespace

Outcome<Party> pool_of(const StateView& state, Status status) {
    return bank::module_party(
        state, status == Status::bonded ? bonded_pool_name : not_bonded_pool_name
    );
}

Outcome<void> move(Context& context, const Party& from, const Party& to, Amount amount) {
    if (amount.is_zero() || from.number == to.number) {
        return {};
    }
    return bank::send(context, from, to, coins_of(amount));
}

Outcome<Dec> add_stake(
    Context& context, Member member, const Party& delegator, const Party& from, Amount amount
) {
    Validator& validator = member.validator;
    if (validator.tokens.is_zero() && !validator.shares.is_zero()) {
        return refuse(kinds::delegator_share_rate_invalid, "the validator has no tokens");
    }
    TRY_ASSIGN(const Dec before, delegated_shares(context.state, delegator.number, member.number));
    TRY(settle(context, member, delegator, before));

    TRY_ASSIGN(const Party pool, pool_of(context.state, validator.status));
    TRY(move(context, from, pool, amount));
    TRY_ASSIGN(const Dec added, shares_of(validator, amount));
    if (added.is_zero()) {
        return refuse(
            kinds::insufficient_shares, "{} tokens are worth no share", to_string(amount)
        );
    }
    const auto tokens = checked_add(validator.tokens, amount);
    const auto shares = checked_add(validator.shares, added);
    if (!tokens || !Dec::from_amount(*tokens) || !shares) {
        return refuse(
            ledger::kinds::invalid_request,
            "{} tokens are more than can be staked",
            to_string(amount)
        );
    }
    validator.tokens = *tokens;
    validator.shares = *shares;
    TRY(put_validator(context.state, member));

    // Cannot be out of range: it is a part of the validator's.
    const Dec after = *checked_add(before, added);
    TRY(put_delegation(context.state, {delegator.number, member.number, after}));
    TRY(start(context, member, delegator, after));
    return added;
}

Outcome<Amount> take_shares(Context& context, Member member, const Party& delegator, Dec shares) {
    Validator& validator = member.validator;
    TRY_ASSIGN(const Dec held, delegated_shares(context.state, delegator.number, member.number));
    const std::optional<Dec> left = checked_sub(held, shares);
    CHECK(!held.is_zero() && left && !left->is_negative());
    TRY(settle(context, member, delegator, held));

    if (delegator.number == validator.operator_account && falls_short(validator, *left)) {
        validator.jailed = true;
    }
    const Amount freed = release(validator, shares);
    TRY(put_delegation(context.state, {delegator.number, member.number, *left}));
    TRY(put_validator(context.state, member));
    if (!left->is_zero()) {
        TRY(start(context, member, delegator, *left));
    }
    if (validator.shares.is_zero() && validator.status == Status::unbonded) {
        TRY(remove_validator(context, member));
    }
    return freed;
}

Outcome<Member> require_validator(const StateView& state, const chain::Address& operator_address) {
    TRY_ASSIGN(auto member, find_by_operator(state, operator_address));
    if (!member) {
        return refuse(
            kinds::no_validator_found, "validator {}", ledger::operator_text(operator_address)
        );
    }
    return *std::move(member);
}

Outcome<Dec> shares_to_give(
    const StateView& state, const Member& member, const Party& delegator, Amount amount
) {
    TRY_ASSIGN(const Dec held, delegated_shares(state, delegator.number, member.number));
    if (held.is_zero()) {
        return refuse(
            kinds::no_delegation,
            "{} has nothing with {}",
            ledger::account_text(delegator.address),
            ledger::operator_text(member.validator.operator_address)
        );
    }
    TRY_ASSIGN(const Dec shares, shares_of(member.validator, amount));
    if (shares > held) {
        return refuse(
            ledger::kinds::invalid_request,
            "invalid shares amount: {} for {} tokens, delegated are {}",
            to_string(shares),
            to_string(amount),
            to_string(held)
        );
    }
    return shares;
}

Timestamp unbonding_end(const Context& context) {
    const auto end = checked_add(context.block.time, context.params.staking.unbonding_time);
    return end ? *end : *Timestamp::from_unix(Timestamp::seconds_max);
}

Outcome<void> remove_validator(Context& context, const Member& member) {
    const Validator& validator = member.validator;
    CHECK(validator.shares.is_zero() && validator.status == Status::unbonded);
    const Party operator_party{validator.operator_account, validator.operator_address};
    TRY(distribution::remove_validator(context, member.number, operator_party));
    TRY(beacon::remove_validator(context.state, member.number));
    return erase_validator(context.state, member);
}

std::string coin_text(Amount amount) {
    return to_string(amount) + std::string(ledger::base_denom);
}

std::string seconds_text(Timestamp time) {
    return to_string(*Timestamp::from_unix(time.seconds()));
}

}  // namespace steelyard::staking
