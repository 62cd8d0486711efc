#include "market/block/block.h"

#include "base/check.h"
#include "ledger/beacon/beacon.h"
#include "ledger/params/params.h"
#include "market/block/facts.h"
#include "market/block/sweep.h"
#include "market/challenges/challenges.h"
#include "market/jobs/jobs.h"
#include "market/orders/orders.h"

namespace steelyard::market {
namespace {

/// Brings books to where a state is, a few times in a block; nothing is rolled back meanwhile.
class Follower {
public:
    Follower(const StateView& state, Books& books) : state_(state), books_(books) {}

    /// All rows that the block has changed, whatever they were before; nothing where the state is
    /// as it was the last time.
    void follow() {
        if (followed_ == state_.mark()) {
            return;
        }
        followed_ = state_.mark();
        state_.visit_changes(ledger::Store::book, [this](ByteView key, const auto& value) {
            books_.follow(key, value ? std::optional<ByteView>(*value) : std::nullopt);
        });
    }

private:
    const StateView& state_;
    Books& books_;
    std::optional<StateView::Mark> followed_{};
};

/// O3.
void cut_sides(Context& context, const Books& books, const Hash256& beacon) {
    const std::size_t rows_max = context.params.market.book_side_max;
    for (const BookId book : books.books()) {
        for (const AskKey& key : books.asks_beyond(book, rows_max, beacon)) {
            must(close_ask(context, key, "displaced"));
        }
        for (const BidKey& key : books.bids_beyond(book, rows_max, beacon)) {
            must(close_open_job(context, key, Reason::displaced));
        }
    }
}

/// This block's.
Hash256 beacon_of(const Context& context) {
    const beacon::Latest latest = must(beacon::latest(context.state));
    CHECK(latest.height == context.block.height);
    return latest.value;
}

ClearingRules rules_of(const Context& context, const Hash256& beacon) {
    const ledger::MarketParams& params = context.params.market;
    return {
        .height = context.block.height,
        .beacon = beacon,
        .pairs_max = params.match_pairs_max,
        .min_job_price = params.min_job_price,
        .slash_multiple = params.slash_multiple,
        .min_slash = params.min_slash,
    };
}

/// C1 to C5.
void clear_books(Context& context, const Books& books, const Hash256& beacon) {
    StateFacts facts(context);
    const auto cursor = must(get_cursor(context.state));
    const Cleared cleared = clear(books, facts, rules_of(context, beacon), cursor);
    for (const Fill& fill : cleared.fills) {
        must(match(context, fill));
    }
    if (cleared.cursor != cursor) {
        must(put_cursor(context.state, cleared.cursor));
    }
}

}  // namespace

void end_block(Context& context, Books& books, const ProposerRow& proposer) {
    CHECK(context.state.meter() == nullptr);
    const Hash256 beacon = beacon_of(context);
    must(note_proposer(context, proposer));
    Follower follower(context.state, books);
    follower.follow();
    sweep(context, books);
    must(carry_out_cancellations(context));
    follower.follow();
    cut_sides(context, books, beacon);
    follower.follow();
    clear_books(context, books, beacon);
    must(decide(context));
    must(issue(context));
    follower.follow();
}

}  // namespace steelyard::market
