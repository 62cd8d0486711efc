// Asks come and go.
#include "base/check.h"
#include "ledger/params/params.h"
#include "market/orders/entry.h"
#include "market/parties/providers.h"
#include "market/records/counters.h"
#include "market/records/instrument.h"
#include "market/records/kinds.h"

namespace steelyard::market {
namespace {

using ledger::refuse;

Outcome<void> tell_ask(
    Context& context, std::string_view action, const AskKey& key, const Ask& ask
) {
    TRY_ASSIGN(const std::string provider, address_text(context.state, ask.provider));
    context.events.push_back(ledger::make_event(
        "ask",
        {{"action", action},
         {"id", to_string(key.id)},
         {"provider", provider},
         {"class", std::to_string(static_cast<std::uint32_t>(key.row.book.class_id))},
         {"price", std::to_string(key.row.price)},
         {"height", std::to_string(key.row.posted.value())},
         {"work_units", std::to_string(ask.work_units)}}
    ));
    return {};
}

Outcome<void> check_ask(const BookId& book, Price price, WorkUnits work_units) {
    if (book.product != Product::work) {
        return refuse(kinds::bad_order, "product is {}, must be 1", static_cast<int>(book.product));
    }
    if (price == 0 || price > price_max) {
        return refuse(kinds::bad_order, "price is {}, must be from 1 to {}", price, price_max);
    }
    if (work_units == 0 || work_units > ask_work_units_max) {
        return refuse(
            kinds::bad_order,
            "work units are {}, must be from 1 to {}",
            work_units,
            ask_work_units_max
        );
    }
    return {};
}

Outcome<void> check_may_ask(const StateView& state, AccountNumber account, ClassId class_id) {
    TRY_ASSIGN(const auto provider, get_provider(state, account));
    if (!provider) {
        TRY_ASSIGN(const std::string address, address_text(state, account));
        return refuse(kinds::not_provider, "{}", address);
    }
    if (provider->is_removed()) {
        return refuse(kinds::provider_removed, "slashed {} times", provider->slashes);
    }
    if (provider->is_jailed) {
        return refuse(kinds::provider_jailed, "slashed {} times", provider->slashes);
    }
    TRY_ASSIGN(const auto served, get_class(state, class_id));
    if (!served) {
        return refuse(kinds::unknown_class, "{}", static_cast<std::uint32_t>(class_id));
    }
    return {};
}

}  // namespace

Outcome<OrderId> post_ask(
    Context& context,
    AccountNumber provider,
    BookId book,
    Price price,
    WorkUnits work_units,
    std::uint32_t lifetime
) {
    StateView& state = context.state;
    TRY(check_ask(book, price, work_units));
    const std::uint32_t lifetime_max = context.params.market.order_lifetime_max;
    if (lifetime > lifetime_max) {
        return refuse(
            kinds::bad_order, "lifetime is {} blocks, must be at most {}", lifetime, lifetime_max
        );
    }
    if (state.meter() != nullptr) {
        TRY(state.meter()->use(std::uint64_t{lifetime} + 1, "place in the book"));
    }
    TRY(check_may_ask(state, provider, book.class_id));
    TRY_ASSIGN(const bank::Party party, party_of(state, provider));
    Ask ask{
        .provider = provider,
        .owner = party.address,
        .work_units = work_units,
        .last = Height(context.block.height.value() + lifetime),
    };
    TRY_ASSIGN(ask.count, count_opened(context, provider));
    TRY_ASSIGN(const OrderId id, take_order_id(state));
    const AskKey key{
        .row = {.book = book, .price = price, .posted = context.block.height}, .id = id
    };
    TRY(put_ask(state, key, ask));
    TRY_ASSIGN(ClassCounters counters, get_class_counters(state, book.class_id));
    grow(counters.asks);
    TRY(put_class_counters(state, book.class_id, counters));
    TRY(tell_ask(context, "posted", key, ask));
    return id;
}

Outcome<void> cancel_ask(Context& context, AccountNumber provider, const AskKey& key) {
    TRY_ASSIGN(const auto ask, get_ask(context.state, key));
    if (!ask) {
        return refuse(kinds::unknown_ask, "{}", to_string(key.id));
    }
    if (ask->provider != provider) {
        return refuse(kinds::not_owner, "ask {}", to_string(key.id));
    }
    return close_ask(context, key, "cancelled");
}

Outcome<void> close_ask(Context& context, const AskKey& key, std::string_view action) {
    TRY_ASSIGN(const auto ask, get_ask(context.state, key));
    CHECK(ask.has_value());
    TRY(erase_ask(context.state, key));
    TRY(count_closed(context, ask->provider));
    return tell_ask(context, action, key, *ask);
}

}  // namespace steelyard::market
