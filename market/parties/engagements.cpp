// What jobs do to providers: reservations, damages, slashes.
#include "base/check.h"
#include "ledger/params/params.h"
#include "market/parties/providers.h"
#include "market/records/counters.h"
#include "market/records/order.h"
#include "market/records/void_rows.h"

namespace steelyard::market {
namespace {

/// Declines count together within so many blocks (J2).
constexpr std::int64_t decline_window = 1'000;
constexpr std::size_t declines_allowed = 2;

Outcome<Provider> engaged(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(auto provider, get_provider(state, account));
    CHECK(provider.has_value());
    return *std::move(provider);
}

Outcome<Worker> engaged_worker(
    const StateView& state, AccountNumber account, AccountNumber provider
) {
    TRY_ASSIGN(const auto worker, get_worker(state, account));
    CHECK(worker && worker->provider == provider);
    return *worker;
}

Outcome<void> tell_slash(
    Context& context, AccountNumber account, const Provider& provider, Money amount
) {
    TRY_ASSIGN(const std::string address, address_text(context.state, account));
    context.events.push_back(ledger::make_event(
        "provider",
        {{"action", provider.is_removed() ? "removed" : "slashed"},
         {"address", address},
         {"amount", std::to_string(amount)},
         {"bond", std::to_string(provider.bond)},
         {"slashes", std::to_string(provider.slashes)}}
    ));
    return {};
}

}  // namespace

Outcome<void> engage(
    Context& context, AccountNumber provider, AccountNumber worker, Money reserved
) {
    TRY_ASSIGN(Provider bonded, engaged(context.state, provider));
    TRY_ASSIGN(Worker busy, engaged_worker(context.state, worker, provider));
    CHECK(bonded.free_bond() >= reserved && busy.busy < busy.slots);
    bonded.reserved += reserved;
    bonded.count_out(busy);
    ++busy.busy;
    bonded.count_in(busy);
    TRY(put_provider(context.state, provider, bonded));
    TRY(put_worker(context.state, worker, busy));
    TRY_ASSIGN(ClassCounters counters, get_class_counters(context.state, busy.class_id));
    ++counters.busy;
    return put_class_counters(context.state, busy.class_id, counters);
}

Outcome<void> disengage(
    Context& context, AccountNumber provider, AccountNumber worker, Money reserved
) {
    TRY_ASSIGN(Provider bonded, engaged(context.state, provider));
    TRY_ASSIGN(Worker busy, engaged_worker(context.state, worker, provider));
    CHECK(bonded.reserved >= reserved && busy.busy > 0);
    bonded.reserved -= reserved;
    bonded.count_out(busy);
    --busy.busy;
    const bool is_gone = busy.is_retired && busy.busy == 0;
    if (!is_gone) {
        bonded.count_in(busy);
    }
    TRY(put_provider(context.state, provider, bonded));
    TRY_ASSIGN(ClassCounters counters, get_class_counters(context.state, busy.class_id));
    --counters.busy;
    TRY(put_class_counters(context.state, busy.class_id, counters));
    if (is_gone) {
        return erase_worker(context.state, worker, busy);
    }
    return put_worker(context.state, worker, busy);
}

Outcome<void> pay_damages(
    Context& context, AccountNumber provider, AccountNumber user, Money amount
) {
    TRY_ASSIGN(Provider bonded, engaged(context.state, provider));
    CHECK(amount <= bonded.free_bond());
    bonded.bond -= amount;
    TRY(put_provider(context.state, provider, bonded));
    return pay(context, user, amount);
}

Outcome<void> slash_provider(
    Context& context, AccountNumber provider, AccountNumber user, Money reserved, Money price
) {
    TRY_ASSIGN(Provider bonded, engaged(context.state, provider));
    CHECK(reserved <= bonded.free_bond());
    bonded.bond -= reserved;
    bonded.is_jailed = true;
    // Who is removed may still have jobs to lose.
    bonded.slashes = std::min(bonded.slashes + 1, slashes_max);
    TRY(put_provider(context.state, provider, bonded));
    const SlashShares shares = slash_shares(reserved, price);
    TRY(pay(context, user, shares.user));
    TRY(keep_for_verification(context, shares.pool));
    TRY(burn(context, shares.burned, bank::Source::slashed));
    TRY(void_asks(context, provider));
    return tell_slash(context, provider, bonded, reserved);
}

Outcome<void> void_asks(Context& context, AccountNumber provider) {
    TRY_ASSIGN(Provider bonded, engaged(context.state, provider));
    TRY_ASSIGN(bonded.asks_valid_from, next_order_id(context.state));
    TRY(mark_for_sweep(context.state, provider));
    return put_provider(context.state, provider, bonded);
}

Outcome<bool> note_decline(Context& context, AccountNumber provider) {
    TRY_ASSIGN(Provider bonded, engaged(context.state, provider));
    const Height now = context.block.height;
    std::erase_if(bonded.declines, [now](Height height) {
        return now.value() - height.value() >= decline_window;
    });
    const bool is_too_often = bonded.declines.size() == declines_allowed;
    if (is_too_often) {
        bonded.declines.clear();
        TRY_ASSIGN(bonded.asks_valid_from, next_order_id(context.state));
        TRY(mark_for_sweep(context.state, provider));
    } else {
        bonded.declines.push_back(now);
    }
    TRY(put_provider(context.state, provider, bonded));
    return is_too_often;
}

Outcome<void> note_settled(Context& context, AccountNumber provider) {
    TRY_ASSIGN(Provider bonded, engaged(context.state, provider));
    ++bonded.settled;
    return put_provider(context.state, provider, bonded);
}

Outcome<bool> may_sign(
    const StateView& state, AccountNumber signer, AccountNumber provider, AccountNumber worker
) {
    if (signer == provider) {
        return true;
    }
    TRY_ASSIGN(const auto found, get_worker(state, signer));
    return signer == worker && found && !found->is_retired;
}

}  // namespace steelyard::market
