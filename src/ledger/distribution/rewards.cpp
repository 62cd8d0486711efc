#include "ledger/distribution/rewards.h"

#include "base/check.h"
#include "ledger/distribution/funds.h"
#include "ledger/state/values.h"

namespace steelyard::distribution {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Rounding;

/// The running period, the one delegation that may start with a period, and a slash.
constexpr std::uint32_t references_max = 3;

Outcome<void> add_reference(StateView& state, ValidatorNumber validator, std::uint64_t period) {
    TRY_ASSIGN(HistoricalRewards historical, get_historical(state, validator, period));
    CHECK(historical.references < references_max);
    ++historical.references;
    return put_historical(state, validator, period, historical);
}

Outcome<void> drop_reference(StateView& state, ValidatorNumber validator, std::uint64_t period) {
    TRY_ASSIGN(HistoricalRewards historical, get_historical(state, validator, period));
    CHECK(historical.references > 0);
    --historical.references;
    return put_historical(state, validator, period, historical);
}

/// What a token has earned after a period; nothing where no token is there to earn, or so few that
/// a Dec cannot hold it.
std::optional<Dec> ratio_after(Dec before, Dec rewards, Amount tokens) {
    if (tokens.is_zero()) {
        return std::nullopt;
    }
    const std::optional<Dec> each = divide(rewards, whole(tokens), Rounding::truncate);
    return each ? checked_add(before, *each) : std::nullopt;
}

/// Ends the running period and begins the next; returns the one that ended.
Outcome<std::uint64_t> end_period(StateView& state, ValidatorNumber validator, Amount tokens) {
    TRY_ASSIGN(const CurrentRewards current, get_current(state, validator));
    CHECK(current.period >= 1);
    const std::uint64_t before = current.period - 1;
    TRY_ASSIGN(const HistoricalRewards historical, get_historical(state, validator, before));
    std::optional<Dec> ratio = ratio_after(historical.ratio, current.rewards, tokens);
    if (!ratio) {
        TRY(give_to_pool(state, validator, current.rewards));
        ratio = historical.ratio;
    }
    TRY(drop_reference(state, validator, before));
    TRY(put_historical(state, validator, current.period, {*ratio, 1}));
    TRY(put_current(state, validator, {Dec(), current.period + 1}));
    return current.period;
}

/// Nobody has earned more than the module can hold: what rounding, or a stake whose slashes were
/// not all gone through, makes of it may be anything.
Dec clipped(std::optional<Dec> earned) {
    const Dec most = whole(funds_max);
    return earned ? std::min(*earned, most) : most;
}

/// What a stake earned from the end of one period to the end of another.
Outcome<Dec> earned_between(
    const StateView& state,
    ValidatorNumber validator,
    std::uint64_t from,
    std::uint64_t to,
    Dec stake
) {
    TRY_ASSIGN(const HistoricalRewards begin, get_historical(state, validator, from));
    TRY_ASSIGN(const HistoricalRewards end, get_historical(state, validator, to));
    return clipped(multiply(minus(end.ratio, begin.ratio), stake, Rounding::truncate));
}

/// A stake on its way through the slashes since it was put.
struct Walk {
    std::uint64_t period = 0;
    Dec stake{};
    Dec earned{};
    std::size_t slashes = 0;
};

Outcome<Walk> walk_slashes(
    const StateView& state, ValidatorNumber validator, const StartingInfo& info
) {
    Walk walk{.period = info.period, .stake = info.stake};
    TRY(walk_slash_events(
        state,
        validator,
        info.height,
        [&](const SlashEvent& event) -> Outcome<bool> {
            if (event.period <= walk.period) {
                return true;  // earlier in the block in which the delegation started
            }
            if (walk.slashes == settled_slashes_max) {
                return false;
            }
            TRY_ASSIGN(
                const Dec earned,
                earned_between(state, validator, walk.period, event.period, walk.stake)
            );
            const Dec kept = minus(Dec(1), event.fraction);
            walk.earned = clipped(checked_add(walk.earned, earned));
            walk.stake = multiply(walk.stake, kept, Rounding::truncate).value();
            walk.period = event.period;
            ++walk.slashes;
            return true;
        }
    ));
    return walk;
}

/// What a delegation has earned, whose validator's period has just ended, and whose shares are
/// worth so much now.
Outcome<Dec> earned_by(
    const Context& context, ValidatorNumber validator, const StartingInfo& info, Dec worth
) {
    const StateView& state = context.state;
    if (info.height == context.block.height) {
        return Dec();  // rewards come at the start of a block only
    }
    TRY_ASSIGN(const CurrentRewards current, get_current(state, validator));
    TRY_ASSIGN(const Walk walk, walk_slashes(state, validator, info));
    // Rounding can leave a stake a little above what it is worth, and slashes that were not gone
    // through leave it far above.
    const Dec last_stake = std::min(walk.stake, worth);
    TRY_ASSIGN(
        const Dec last,
        earned_between(state, validator, walk.period, current.period - 1, last_stake)
    );
    // The last to leave bears what rounding gave others too much.
    TRY_ASSIGN(const Dec owed, outstanding(state, validator));
    TRY_ASSIGN(const Dec commissions, commission(state, validator));
    return std::min(plus(walk.earned, last), minus(owed, commissions));
}

}  // namespace

Outcome<void> add_validator(StateView& state, ValidatorNumber validator) {
    TRY(put_historical(state, validator, 0, {Dec(), 1}));
    TRY(put_current(state, validator, {Dec(), 1}));
    TRY(put_commission(state, validator, Dec()));
    return put_outstanding(state, validator, Dec());
}

Outcome<void> remove_validator(
    Context& context, ValidatorNumber validator, const Party& operator_account
) {
    TRY(walk_starting_infos(
        context.state,
        validator,
        [](AccountNumber, const StartingInfo&) -> Outcome<bool> { CHECK(false); }
    ));
    TRY_ASSIGN(const Dec commissions, commission(context.state, validator));
    TRY_ASSIGN(const Dec owed, outstanding(context.state, validator));
    const Amount paid = *to_amount(commissions, Rounding::truncate);
    TRY(put_outstanding(context.state, validator, minus(owed, whole(paid))));
    TRY(give_to_pool(context.state, validator, minus(owed, whole(paid))));
    TRY(pay(context, operator_account, paid));
    return erase_validator(context.state, validator);
}

Outcome<void> open_period(StateView& state, ValidatorNumber validator, Amount tokens) {
    TRY(end_period(state, validator, tokens));
    return {};
}

Outcome<Amount> settle(
    Context& context,
    ValidatorNumber validator,
    const chain::Address& operator_address,
    Amount tokens,
    const Party& delegator,
    Dec worth
) {
    StateView& state = context.state;
    TRY(end_period(state, validator, tokens));
    TRY_ASSIGN(const StartingInfo info, get_starting_info(state, validator, delegator.number));
    TRY_ASSIGN(const Dec earned, earned_by(context, validator, info, worth));

    const Amount paid = *to_amount(earned, Rounding::truncate);
    TRY_ASSIGN(const Dec owed, outstanding(state, validator));
    TRY(put_outstanding(state, validator, minus(owed, whole(paid))));
    TRY(give_to_pool(state, validator, minus(earned, whole(paid))));
    TRY(erase_starting_info(state, validator, delegator.number));
    TRY(drop_reference(state, validator, info.period));
    TRY(pay(context, delegator, paid));
    context.events.push_back(ledger::make_event(
        "withdraw_rewards",
        {{"amount", coin_text(paid)},
         {"validator", ledger::operator_text(operator_address)},
         {"delegator", ledger::account_text(delegator.address)}}
    ));
    return paid;
}

Outcome<void> start(
    Context& context, ValidatorNumber validator, AccountNumber delegator, Dec stake
) {
    TRY_ASSIGN(const CurrentRewards current, get_current(context.state, validator));
    const StartingInfo info{current.period - 1, stake, context.block.height};
    TRY(add_reference(context.state, validator, info.period));
    return put_starting_info(context.state, validator, delegator, info);
}

Outcome<void> note_slash(Context& context, ValidatorNumber validator, Amount tokens, Dec fraction) {
    CHECK(!fraction.is_zero() && !fraction.is_negative() && fraction <= Dec(1));
    TRY_ASSIGN(const std::uint64_t period, end_period(context.state, validator, tokens));
    TRY(add_reference(context.state, validator, period));
    return put_slash_event(context.state, validator, {context.block.height, period, fraction});
}

Outcome<Dec> pending(
    Context& context, ValidatorNumber validator, Amount tokens, AccountNumber delegator, Dec worth
) {
    TRY(end_period(context.state, validator, tokens));
    TRY_ASSIGN(const StartingInfo info, get_starting_info(context.state, validator, delegator));
    return earned_by(context, validator, info, worth);
}

}  // namespace steelyard::distribution
