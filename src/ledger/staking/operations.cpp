#include "ledger/staking/operations.h"

#include "ledger/distribution/rewards.h"
#include "ledger/params/params.h"
#include "ledger/staking/kinds.h"
#include "ledger/staking/stake.h"
#include "ledger/state/values.h"

#include <algorithm>

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Height;

/// Adds to the entry of this block, or makes one.
void add_entry(Unbonding& unbonding, const UnbondingEntry& entry) {
    const auto same = std::ranges::find_if(unbonding, [&](const UnbondingEntry& one) {
        return one.creation_height == entry.creation_height &&
               one.completion_time == entry.completion_time;
    });
    if (same == unbonding.end()) {
        unbonding.push_back(entry);
        return;
    }
    // Cannot be out of range: they are parts of one validator's tokens.
    same->initial_balance = *checked_add(same->initial_balance, entry.initial_balance);
    same->balance = *checked_add(same->balance, entry.balance);
}

/// The entry that a cancellation names, which still waits.
Outcome<Unbonding::iterator> find_entry(
    const Context& context, Unbonding& unbonding, Height creation_height, Amount amount
) {
    const auto entry = std::ranges::find_if(unbonding, [&](const UnbondingEntry& one) {
        return one.creation_height == creation_height && one.completion_time > context.block.time;
    });
    if (entry == unbonding.end()) {
        return refuse(
            ledger::kinds::not_found,
            "unbonding delegation entry is not found at block height {}",
            creation_height
        );
    }
    if (entry->balance < amount) {
        return refuse(
            ledger::kinds::invalid_request,
            "amount is greater than the unbonding delegation entry balance: {}, balance {}",
            to_string(amount),
            to_string(entry->balance)
        );
    }
    return entry;
}

}  // namespace

Outcome<Dec> delegate(
    Context& context, const Party& delegator, const chain::Address& operator_address, Amount amount
) {
    TRY_ASSIGN(const Member member, require_validator(context.state, operator_address));
    TRY_ASSIGN(const Dec shares, add_stake(context, member, delegator, delegator, amount));
    context.events.push_back(ledger::make_event(
        "delegate",
        {{"validator", ledger::operator_text(operator_address)},
         {"delegator", ledger::account_text(delegator.address)},
         {"amount", coin_text(amount)},
         {"new_shares", to_string(shares)}}
    ));
    return shares;
}

Outcome<Departure> undelegate(
    Context& context, const Party& delegator, const chain::Address& operator_address, Amount amount
) {
    TRY_ASSIGN(const Member member, require_validator(context.state, operator_address));
    TRY_ASSIGN(const Dec shares, shares_to_give(context.state, member, delegator, amount));
    TRY_ASSIGN(auto unbonding, get_unbonding(context.state, delegator.number, member.number));
    if (unbonding.size() >= context.params.staking.max_entries) {
        return refuse(kinds::max_unbonding_entries, "there are {}", unbonding.size());
    }

    TRY_ASSIGN(const Amount freed, take_shares(context, member, delegator, shares));
    if (freed.is_zero()) {
        return refuse(
            ledger::kinds::invalid_request, "{} shares free no whole token", to_string(shares)
        );
    }
    TRY_ASSIGN(const Party pool, pool_of(context.state, member.validator.status));
    TRY_ASSIGN(const Party waiting, pool_of(context.state, Status::unbonding));
    TRY(move(context, pool, waiting, freed));
    const chain::Timestamp end = unbonding_end(context);
    add_entry(unbonding, {context.block.height, end, freed, freed});
    TRY(put_unbonding(context.state, delegator.number, member.number, unbonding));

    context.events.push_back(ledger::make_event(
        "unbond",
        {{"validator", ledger::operator_text(operator_address)},
         {"amount", coin_text(freed)},
         {"delegator", ledger::account_text(delegator.address)},
         {"completion_time", seconds_text(end)}}
    ));
    return Departure{end, freed};
}

Outcome<void> cancel_unbonding(
    Context& context,
    const Party& delegator,
    const chain::Address& operator_address,
    Amount amount,
    Height creation_height
) {
    TRY_ASSIGN(const Member member, require_validator(context.state, operator_address));
    if (member.validator.jailed) {
        return refuse(
            kinds::validator_jailed, "validator {}", ledger::operator_text(operator_address)
        );
    }
    TRY_ASSIGN(auto unbonding, get_unbonding(context.state, delegator.number, member.number));
    if (unbonding.empty()) {
        return refuse(
            kinds::no_unbonding_delegation,
            "unbonding delegation with delegator {} not found for validator {}",
            ledger::account_text(delegator.address),
            ledger::operator_text(operator_address)
        );
    }
    TRY_ASSIGN(const auto entry, find_entry(context, unbonding, creation_height, amount));

    TRY_ASSIGN(const Party waiting, pool_of(context.state, Status::unbonding));
    TRY(add_stake(context, member, delegator, waiting, amount));
    entry->balance = *checked_sub(entry->balance, amount);
    entry->initial_balance = *checked_sub(entry->initial_balance, amount);
    if (entry->balance.is_zero()) {
        unbonding.erase(entry);
    }
    TRY(put_unbonding(context.state, delegator.number, member.number, unbonding));

    context.events.push_back(ledger::make_event(
        "cancel_unbonding_delegation",
        {{"amount", coin_text(amount)},
         {"validator", ledger::operator_text(operator_address)},
         {"delegator", ledger::account_text(delegator.address)},
         {"creation_height", fmt::format("{}", creation_height)}}
    ));
    return {};
}

Outcome<Amount> withdraw_rewards(
    Context& context, const Party& delegator, const chain::Address& operator_address
) {
    TRY_ASSIGN(const Member member, require_validator(context.state, operator_address));
    TRY_ASSIGN(const Dec shares, delegated_shares(context.state, delegator.number, member.number));
    if (shares.is_zero()) {
        return refuse(
            kinds::no_delegation,
            "{} has nothing with {}",
            ledger::account_text(delegator.address),
            ledger::operator_text(operator_address)
        );
    }
    const Validator& validator = member.validator;
    TRY_ASSIGN(
        const Amount paid,
        distribution::settle(
            context,
            member.number,
            operator_address,
            validator.tokens,
            delegator,
            tokens_of(validator, shares)
        )
    );
    const Dec stake = tokens_of(validator, shares, chain::Rounding::truncate);
    TRY(distribution::start(context, member.number, delegator.number, stake));
    return paid;
}

}  // namespace steelyard::staking
