#include "market/book/clearing.h"

#include "market/book/ask_queue.h"
#include "market/book/rows.h"
#include "market/book/sellers.h"
#include "market/book/ties.h"

#include <unordered_set>

namespace steelyard::market {
namespace {

/// Which bids of a book have their turn, where clearing goes on in it.
enum class Part : std::uint8_t {
    all,
    from_cursor,
    to_cursor,
};

enum class Turn : std::uint8_t {
    passed,  ///< filled, or nothing was found
    no_asks,
    cut_short,
};

class Clearing {
public:
    Clearing(
        const BookRows& rows,
        FactsSource& facts,
        const ClearingRules& rules,
        const std::optional<Cursor>& cursor
    )
        : rows_(rows), rules_(rules), cursor_(cursor), sellers_(facts, rules) {}

    Cleared run();

private:
    bool clear_book(const BookSides& sides, AskQueue& asks, Part part);
    bool clear_group(AskQueue& asks, Part part);
    Turn take_turn(AskQueue& asks, const BidRow& row);
    bool fill(QueuedAsk& ask, const BidRow& row);
    void read_group(RowTree::Place& place);
    bool has_turn(const Tied& bid, Part part) const;
    Cursor cursor_at(const Tied& bid, bool is_behind) const;

    const BookRows& rows_;
    const ClearingRules& rules_;
    const std::optional<Cursor>& cursor_;
    Sellers sellers_;
    Wanted wanted_{};
    Cleared cleared_{};

    // Bids of one limit and height that take part.
    std::vector<Tied> group_{};
    bool is_cursors_group_ = false;
    bool has_arrays_ = false;  ///< more than one bid of an order

    /// Orders of which a bid that nobody had yet found nothing, and so does every other (C4).
    std::unordered_set<std::uint64_t> hopeless_{};
};

/// Bids from the cursor on, those of the books behind it, those of the books before it, and those
/// before it in its own book, which is gone through with what the first part left of its asks.
Cleared Clearing::run() {
    const auto clear_all = [&](auto from, auto to) {
        for (auto at = from; at != to; ++at) {
            AskQueue asks(rows_, at->second.asks, sellers_, rules_);
            if (!clear_book(at->second, asks, Part::all)) {
                return false;
            }
        }
        return true;
    };
    const auto begin = rows_.books.begin();
    const auto end = rows_.books.end();
    if (!cursor_) {
        clear_all(begin, end);
        return std::move(cleared_);
    }
    const auto first = rows_.books.lower_bound(cursor_->row.book);
    if (first == end || first->first != cursor_->row.book) {
        clear_all(first, end) && clear_all(begin, first);
        return std::move(cleared_);
    }
    AskQueue asks(rows_, first->second.asks, sellers_, rules_);
    clear_book(first->second, asks, Part::from_cursor) && clear_all(std::next(first), end) &&
        clear_all(begin, first) && clear_book(first->second, asks, Part::to_cursor);
    return std::move(cleared_);
}

/// False: cut short.
bool Clearing::clear_book(const BookSides& sides, AskQueue& asks, Part part) {
    const RowEntry at = cursor_ ? side_entry(BidKey{.row = cursor_->row}) : RowEntry{};
    auto place = part == Part::from_cursor ? sides.bids.at_or_after(at) : sides.bids.begin();
    while (!place.is_end()) {
        const Price limit = ~place->first;
        const bool is_behind_part =
            part == Part::to_cursor && at.is_before(*place) && !are_equal(at, *place);
        if (is_behind_part || !asks.next(AskQueue::front, limit)) {
            return true;  // limits only fall, so no other has an ask either
        }
        read_group(place);
        if (!clear_group(asks, part)) {
            return false;
        }
    }
    return true;
}

/// Reads the bids that are equal to the one at a place, moves it behind them and sorts them.
void Clearing::read_group(RowTree::Place& place) {
    const RowEntry first = *place;
    is_cursors_group_ = cursor_ && rows_.bids[first.row].key.row == cursor_->row;
    has_arrays_ = false;
    group_.clear();
    std::optional<std::uint64_t> order;
    for (; !place.is_end() && are_equal(*place, first); ++place) {
        const Bid& bid = rows_.bids[place->row].bid;
        if (bid.last >= rules_.height && can_meet_deadline(bid, rules_.height)) {
            group_.push_back({.row = place->row});
            has_arrays_ = has_arrays_ || order == place->third;
            order = place->third;
        }
    }
    const Hash256& beacon = is_cursors_group_ ? cursor_->beacon : rules_.beacon;
    sort_by_ties(group_, rows_.bids, beacon);
    if (is_cursors_group_ && group_.size() == 1) {
        group_.front().tie = tie_of(rows_.bids[group_.front().row], beacon);
    }
}

bool Clearing::clear_group(AskQueue& asks, Part part) {
    for (const Tied& tied : group_) {
        const BidRow& bid = rows_.bids[tied.row];
        if (!has_turn(tied, part) ||
            (has_arrays_ && hopeless_.contains(static_cast<std::uint64_t>(bid.key.job.order)))) {
            continue;
        }
        const std::uint64_t pairs_before = cleared_.pairs;
        switch (take_turn(asks, bid)) {
            case Turn::passed:
                break;
            case Turn::no_asks:
                return true;
            case Turn::cut_short:
                cleared_.cursor = cursor_at(tied, pairs_before == 0);
                return false;
        }
    }
    return true;
}

bool Clearing::has_turn(const Tied& bid, Part part) const {
    if (!is_cursors_group_ || part == Part::all) {
        return true;
    }
    const bool is_from_cursor =
        cursor_->is_behind ? bid.tie > cursor_->tie : bid.tie >= cursor_->tie;
    return is_from_cursor == (part == Part::from_cursor);
}

Cursor Clearing::cursor_at(const Tied& bid, bool is_behind) const {
    const BidRow& row = rows_.bids[bid.row];
    const Hash256& beacon = is_cursors_group_ ? cursor_->beacon : rules_.beacon;
    return {
        .row = row.key.row,
        .beacon = beacon,
        .tie = tie_of(row, beacon),
        .is_behind = is_behind,
    };
}

/// The bid takes the first ask that it admits (C3).
Turn Clearing::take_turn(AskQueue& asks, const BidRow& row) {
    const Price limit = row.key.row.price;
    auto ask = asks.next(AskQueue::front, limit);
    if (!ask) {
        return Turn::no_asks;
    }
    wanted_.become(row.bid);
    for (; ask; ask = asks.next(*ask, limit)) {
        if (cleared_.pairs >= rules_.pairs_max) {
            return Turn::cut_short;
        }
        ++cleared_.pairs;
        if (fill(asks[*ask], row)) {
            return Turn::passed;
        }
    }
    if (has_arrays_ && row.bid.had_it.empty()) {
        hopeless_.insert(static_cast<std::uint64_t>(row.key.job.order));
    }
    return Turn::passed;
}

/// False: the bid does not admit the ask, which is not out.
bool Clearing::fill(QueuedAsk& ask, const BidRow& row) {
    SellingProvider& provider = *ask.seller->provider;
    if (ask.left < row.bid.work_units || sellers_.compare(wanted_, *ask.seller) != Mismatch::none) {
        return false;
    }
    const std::optional<Terms> terms = sellers_.terms(ask.price, row.bid.work_units);
    if (!terms || provider.facts.free_bond < terms->reserved) {
        return false;
    }
    const Sellers::Taken taken = sellers_.take_slot(*ask.seller);
    cleared_.pairs += pairs_of_worker * taken.rows_read;
    cleared_.fills.push_back({
        .bid = row.key,
        .ask = ask.row->key,
        .provider = provider.account,
        .worker = taken.worker,
        .price = terms->price,
        .reserved = terms->reserved,
    });
    ask.left -= row.bid.work_units;
    provider.facts.free_bond -= terms->reserved;
    return true;
}

}  // namespace

Cleared clear(
    const Books& books,
    FactsSource& facts,
    const ClearingRules& rules,
    const std::optional<Cursor>& cursor
) {
    return Clearing(books.rows(), facts, rules, cursor).run();
}

}  // namespace steelyard::market
