// From the book to a provider.
#include "base/check.h"
#include "ledger/params/params.h"
#include "market/jobs/access.h"
#include "market/orders/entry.h"
#include "market/orders/windows.h"
#include "market/parties/instruments.h"
#include "market/parties/providers.h"
#include "market/records/trade.h"

namespace steelyard::market {
namespace {

Outcome<Windows> windows_for(const Context& context, const Order& order) {
    TRY_ASSIGN(const auto program, get_program(context.state, order.program));
    TRY_ASSIGN(const auto book_class, get_class(context.state, order.book.class_id));
    CHECK(program && book_class);
    return windows_of(context.params.market, program->facts, *book_class);
}

Terms terms_of(const ledger::MarketParams& params, const Windows& windows) {
    return {
        .nominal_block_ms = params.nominal_block_ms,
        .commit_blocks = windows.commit,
        .retract_blocks = params.retract_blocks,
        .challenge_delay = params.challenge_delay,
        .challenge_bps = params.challenge_bps,
        .respond_blocks = windows.respond,
        .settle_blocks = params.settle_blocks,
        .retention_blocks = params.retention_blocks,
        .fee_bps = params.fee_bps,
        .min_job_price = params.min_job_price,
        .probes = params.probes,
        .proof_bytes_max = params.proof_bytes_max,
        .proof_gas_max = params.proof_gas_max,
    };
}

/// E2: the least price may have risen since the order put its money aside.
Fill affordable(const Context& context, Fill fill, Money escrow) {
    if (fill.price > escrow) {
        const ledger::MarketParams& params = context.params.market;
        fill.price = escrow;
        fill.reserved = std::max(params.slash_multiple * escrow, params.min_slash);
    }
    return fill;
}

/// C5.
Outcome<void> take_from_ask(Context& context, const AskKey& key, WorkUnits work_units) {
    TRY_ASSIGN(auto ask, get_ask(context.state, key));
    CHECK(ask && ask->work_units >= work_units);
    ask->work_units -= work_units;
    TRY(put_ask(context.state, key, *ask));
    return ask->work_units == 0 ? close_ask(context, key, "sold") : Outcome<void>();
}

Outcome<void> keep_trade(Context& context, const Fill& fill, const Held& held) {
    return note_trade(
        context.state,
        held.order.book,
        {.height = context.block.height,
         .price = fill.ask.row.price,
         .work_units = held.order.work_units,
         .amount = fill.price,
         .job = held.id,
         .ask = fill.ask.id,
         .provider = fill.provider,
         .user = held.order.user}
    );
}

Outcome<void> tell_trade(Context& context, const Fill& fill, const Held& held) {
    TRY_ASSIGN(const std::string provider, address_text(context.state, fill.provider));
    TRY_ASSIGN(const std::string worker, address_text(context.state, fill.worker));
    TRY_ASSIGN(const std::string user, address_text(context.state, held.order.user));
    context.events.push_back(ledger::make_event(
        "trade",
        {{"class", std::to_string(static_cast<std::uint32_t>(held.order.book.class_id))},
         {"product", "work"},
         {"price", std::to_string(fill.ask.row.price)},
         {"work_units", std::to_string(held.order.work_units)},
         {"amount", std::to_string(fill.price)},
         {"job", to_string(held.id)},
         {"ask", to_string(fill.ask.id)},
         {"provider", provider},
         {"worker", worker},
         {"user", user}}
    ));
    return {};
}

}  // namespace

Outcome<void> match(Context& context, const Fill& cleared) {
    TRY_ASSIGN(Held held, market::held(context.state, cleared.bid.job));
    CHECK(held.job.state == JobState::open);
    const Fill fill = affordable(context, cleared, held.job.job_escrow);
    TRY(erase_bid(context.state, fill.bid));
    TRY(take_from_ask(context, fill.ask, held.order.work_units));
    TRY(engage(context, fill.provider, fill.worker, fill.reserved));
    TRY_ASSIGN(const Windows windows, windows_for(context, held.order));
    const ledger::MarketParams& params = context.params.market;
    held.job.state = JobState::matched;
    held.job.match = Match{
        .ask = fill.ask,
        .provider = fill.provider,
        .worker = fill.worker,
        .price = fill.price,
        .reserved = fill.reserved,
        .height = context.block.height,
        .terms = terms_of(params, windows),
    };
    TRY(set_deadline(
        context,
        held,
        Deadline{
            .kind = DeadlineKind::start,
            .due = due_after(context.block, windows.start, params.nominal_block_ms),
        }
    ));
    TRY(put_job(context.state, held.id, held.job));
    const std::uint64_t waited = blocks_since(context, held.job.entered);
    TRY(count(context, held.order, [&](ClassCounters& counters) {
        grow(counters.matches);
        grow(counters.blocks_to_match, waited);
        counters.last_price = fill.ask.row.price;
        counters.last_trade = context.block.height;
    }));
    TRY(keep_trade(context, fill, held));
    TRY(tell_trade(context, fill, held));
    return tell(context, "matched", held);
}

}  // namespace steelyard::market
