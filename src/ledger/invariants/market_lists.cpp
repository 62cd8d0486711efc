// M5 of trades, and M6: what is kept in memory beside the state.
#include "ledger/invariants/market_rows.h"
#include "market/book/books.h"
#include "market/book/listings.h"
#include "market/records/trade.h"

namespace steelyard::invariants {
namespace {

using market::BookId;
using market::Owned;

void check_trades(const StateView& state, Findings& findings) {
    std::map<BookId, std::uint64_t> kept;
    sure(market::walk_trades(state, [&](BookId book, const market::Trade& trade) -> Outcome<bool> {
        ++kept[book];
        const std::uint64_t ever = sure(market::trades_ever(state, book));
        findings.expect(
            trade.number <= ever && trade.number + market::trades_kept > ever &&
                sure(market::get_trade(state, book, trade.number)) == trade,
            "M5",
            "trade {} of class {} is none of the last of {}, or in another's place",
            trade.number,
            static_cast<std::uint32_t>(book.class_id),
            ever
        );
        return true;
    }));
    sure(market::walk_trades_ever(state, [&](BookId book, std::uint64_t ever) -> Outcome<bool> {
        findings.expect(
            kept[book] == std::min(ever, market::trades_kept),
            "M5",
            "{} of {} trades of class {} are kept",
            kept[book],
            ever,
            static_cast<std::uint32_t>(book.class_id)
        );
        return true;
    }));
}

void check_books(const StateView& state, const MarketRows& rows, Findings& findings) {
    market::Books books;
    books.rebuild(state);
    std::size_t asks = 0;
    std::size_t bids = 0;
    for (const BookId book : books.books()) {
        asks += books.depth(book).asks;
        bids += books.depth(book).bids;
    }
    findings.expect(
        asks == rows.asks.size() && bids == rows.bids.size(),
        "M6",
        "the books have {} asks and {} bids, their store {} and {}",
        asks,
        bids,
        rows.asks.size(),
        rows.bids.size()
    );
}

/// What should be listed, row by row.
struct Wanted {
    std::map<Owned, market::AskKey> asks{};
    std::set<Owned> orders{};
    std::set<Owned> open_orders{};
    std::set<Owned> jobs{};
    std::set<Owned> live_jobs{};
};

Wanted wanted_of(const MarketRows& rows) {
    Wanted wanted;
    for (const auto& [key, ask] : rows.asks) {
        wanted.asks.emplace(Owned{ask.provider, {.order = key.id}}, key);
    }
    for (const auto& [id, order] : rows.orders) {
        const Owned owned{order.user, {.order = id}};
        wanted.orders.insert(owned);
        if (!order.is_final) {
            wanted.open_orders.insert(owned);
        }
    }
    for (const auto& [id, job] : rows.jobs) {
        if (job.match) {
            const Owned owned{job.match->provider, id};
            wanted.jobs.insert(owned);
            if (!market::is_final(job.state)) {
                wanted.live_jobs.insert(owned);
            }
        }
    }
    return wanted;
}

}  // namespace

void check_market_lists(const StateView& state, const MarketRows& rows, Findings& findings) {
    check_trades(state, findings);
    check_books(state, rows, findings);
    market::Listings listings;
    listings.rebuild(state);
    const Wanted wanted = wanted_of(rows);
    findings.expect(
        listings.asks() == wanted.asks && listings.orders() == wanted.orders &&
            listings.open_orders() == wanted.open_orders && listings.jobs() == wanted.jobs &&
            listings.live_jobs() == wanted.live_jobs,
        "M6",
        "what accounts have is listed as {} asks, {} orders ({} open), {} jobs ({} live), and is "
        "{}, "
        "{} ({}), {} ({}), or others",
        listings.asks().size(),
        listings.orders().size(),
        listings.open_orders().size(),
        listings.jobs().size(),
        listings.live_jobs().size(),
        wanted.asks.size(),
        wanted.orders.size(),
        wanted.open_orders.size(),
        wanted.jobs.size(),
        wanted.live_jobs.size()
    );
}

}  // namespace steelyard::invariants
