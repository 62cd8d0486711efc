#include "ledger/staking/penalties.h"

#include "base/check.h"
#include "ledger/distribution/rewards.h"
#include "ledger/staking/stake.h"

#include <algorithm>

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Height;
using chain::Rounding;

struct Offence {
    Height height{};
    Dec fraction{};
};

/// Offences before it began, and after it ended, are no business of an entry.
template <typename Entry>
bool answers_for(const Context& context, const Entry& entry, Height since) {
    return entry.creation_height >= since && entry.completion_time > context.block.time;
}

/// fraction x amount, cut. In range: the fraction is at most 1, and the amount was staked.
Amount part_of(Dec fraction, Amount amount) {
    const auto part = checked_mul(fraction, amount);
    CHECK(part.has_value());
    return *to_amount(*part, Rounding::truncate);
}

Amount sum(Amount a, Amount b) {
    const auto both = checked_add(a, b);
    CHECK(both.has_value());
    return *both;
}

/// What is left of a debt after a payment that may be more.
Amount less(Amount debt, Amount paid) {
    return debt > paid ? *checked_sub(debt, paid) : Amount();
}

Outcome<void> burn_from(Context& context, Status status, Amount amount) {
    TRY_ASSIGN(const Party pool, pool_of(context.state, status));
    return bank::burn(context, pool, amount, bank::Source::slashed);
}

/// What a source of stake was due to give, and what it had to give.
struct Taken {
    Amount due{};
    Amount burned{};
};

/// All that one delegator has under way out of the validator.
Outcome<Taken> slash_unbonding(
    Context& context, AccountNumber delegator, ValidatorNumber validator, const Offence& offence
) {
    Taken taken;
    TRY_ASSIGN(Unbonding unbonding, get_unbonding(context.state, delegator, validator));
    for (UnbondingEntry& entry : unbonding) {
        if (answers_for(context, entry, offence.height)) {
            const Amount due = part_of(offence.fraction, entry.initial_balance);
            const Amount burned = std::min(due, entry.balance);
            entry.balance = less(entry.balance, burned);
            taken = {sum(taken.due, due), sum(taken.burned, burned)};
        }
    }
    if (!taken.burned.is_zero()) {
        TRY(put_unbonding(context.state, delegator, validator, unbonding));
        TRY(burn_from(context, Status::unbonding, taken.burned));
    }
    return taken;
}

/// Takes up to `due` from what left the destination after the redelegation: it may be the stake
/// that moved.
Outcome<Amount> slash_what_moved_on(
    Context& context, const Route& route, Height since, Amount due
) {
    TRY_ASSIGN(
        Unbonding unbonding, get_unbonding(context.state, route.delegator, route.destination)
    );
    Amount burned;
    for (UnbondingEntry& entry : unbonding) {
        if (answers_for(context, entry, since)) {
            const Amount part = std::min(less(due, burned), entry.balance);
            entry.balance = less(entry.balance, part);
            burned = sum(burned, part);
        }
    }
    if (!burned.is_zero()) {
        TRY(put_unbonding(context.state, route.delegator, route.destination, unbonding));
        TRY(burn_from(context, Status::unbonding, burned));
    }
    return burned;
}

/// Takes the shares that the redelegation brought to the destination, as far as they are there: the
/// fraction of them, less the part of it that `paid` of `due` is.
Outcome<Amount> slash_destination(
    Context& context, const Route& route, Dec shares, Amount due, Amount paid
) {
    if (!paid.is_zero()) {
        // In range: not more than the shares.
        shares = *multiply_divide(shares, less(due, paid), due);
    }
    TRY_ASSIGN(const Dec held, delegated_shares(context.state, route.delegator, route.destination));
    const Dec taken = std::min(shares, held);
    if (taken.is_zero()) {
        return Amount();
    }
    TRY_ASSIGN(auto destination, get_validator(context.state, route.destination));
    CHECK(destination.has_value());
    const Status status = destination->status;
    TRY_ASSIGN(const auth::Account account, auth::get(context.state, route.delegator));
    const Party delegator{route.delegator, account.address};
    TRY_ASSIGN(
        const Amount freed,
        take_shares(context, {route.destination, *std::move(destination)}, delegator, taken)
    );
    TRY(burn_from(context, status, freed));
    return freed;
}

Outcome<Taken> slash_redelegation(Context& context, const Route& route, const Offence& offence) {
    Taken taken;
    TRY_ASSIGN(const Redelegation redelegation, get_redelegation(context.state, route));
    for (const RedelegationEntry& entry : redelegation) {
        if (!answers_for(context, entry, offence.height)) {
            continue;
        }
        const Amount due = part_of(offence.fraction, entry.initial_balance);
        TRY_ASSIGN(
            const Amount moved_on, slash_what_moved_on(context, route, entry.creation_height, due)
        );
        taken = {sum(taken.due, due), sum(taken.burned, moved_on)};
        if (moved_on == due) {
            continue;
        }
        const auto shares = multiply(offence.fraction, entry.destination_shares);
        CHECK(shares.has_value());
        TRY_ASSIGN(const Amount freed, slash_destination(context, route, *shares, due, moved_on));
        taken.burned = sum(taken.burned, freed);
    }
    return taken;
}

/// All that left the validator since the offence.
Outcome<Taken> slash_what_left(
    Context& context, ValidatorNumber validator, const Offence& offence
) {
    std::vector<AccountNumber> delegators;
    TRY(walk_unbondings_from(
        context.state,
        validator,
        [&](AccountNumber delegator, ValidatorNumber) -> Outcome<bool> {
            delegators.push_back(delegator);
            return true;
        }
    ));
    std::vector<Route> routes;
    TRY(walk_redelegations_from(context.state, validator, [&](const Route& route) -> Outcome<bool> {
        routes.push_back(route);
        return true;
    }));
    Taken all;
    for (const AccountNumber delegator : delegators) {
        TRY_ASSIGN(const Taken one, slash_unbonding(context, delegator, validator, offence));
        all = {sum(all.due, one.due), sum(all.burned, one.burned)};
    }
    for (const Route& route : routes) {
        TRY_ASSIGN(const Taken one, slash_redelegation(context, route, offence));
        all = {sum(all.due, one.due), sum(all.burned, one.burned)};
    }
    return all;
}

/// Takes tokens off the validator itself, with effect on what its stake has earned so far.
Outcome<void> slash_tokens(Context& context, Member member, Amount amount) {
    Validator& validator = member.validator;
    const Dec part = *Dec::from_amount(amount);
    const Dec all = *Dec::from_amount(validator.tokens);
    // What distribution hears is rounded up, so that no stake seems to be worth more than it is.
    const Dec fraction = std::min(*divide(part, all, Rounding::up), Dec(1));
    TRY(distribution::note_slash(context, member.number, validator.tokens, fraction));
    validator.tokens = *checked_sub(validator.tokens, amount);
    TRY(put_validator(context.state, member));
    return burn_from(context, validator.status, amount);
}

Outcome<void> set_jailed(Context& context, ValidatorNumber number, bool jailed) {
    TRY_ASSIGN(auto validator, get_validator(context.state, number));
    CHECK(validator && validator->jailed != jailed);
    validator->jailed = jailed;
    return put_validator(context.state, {number, *std::move(validator)});
}

}  // namespace

Outcome<Amount> slash(
    Context& context, ValidatorNumber number, Height height, std::int64_t power, Dec fraction
) {
    CHECK(power >= 0 && !fraction.is_negative() && fraction <= Dec(1));
    CHECK(height <= context.block.height);
    const auto stake = Amount::from(static_cast<Uint128>(power) * power_reduction);
    CHECK(stake.has_value());
    const Amount due = part_of(fraction, *stake);

    TRY_ASSIGN(auto validator, get_validator(context.state, number));
    CHECK(validator && validator->status != Status::unbonded);

    Taken left;
    if (height < context.block.height) {
        TRY_ASSIGN(left, slash_what_left(context, number, {height, fraction}));
    }
    const Amount burned = std::min(less(due, left.due), validator->tokens);
    if (!burned.is_zero()) {
        TRY(slash_tokens(context, {number, *std::move(validator)}, burned));
    }
    return sum(left.burned, burned);
}

Outcome<void> jail(Context& context, ValidatorNumber validator) {
    return set_jailed(context, validator, true);
}

Outcome<void> unjail(Context& context, ValidatorNumber validator) {
    return set_jailed(context, validator, false);
}

}  // namespace steelyard::staking
