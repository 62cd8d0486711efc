// What Books lists: sides, rows that are over or void or too many, rows of an account.
#include "market/book/books.h"
#include "market/book/rows.h"
#include "market/book/ties.h"

#include <algorithm>

namespace steelyard::market {
namespace {

const BookSides* find(const BookRows& rows, BookId book) {
    const auto found = rows.books.find(book);
    return found == rows.books.end() ? nullptr : &found->second;
}

/// The keys of a side behind its best rows, the worst first. Only of the rows that are equal to the
/// first of them the ties matter, and those of all that are equal behind it for the order.
template <typename Row>
auto beyond(
    const RowTree& side, const RowPool<Row>& pool, std::size_t rows_max, const Hash256& beacon
) {
    std::vector<decltype(Row::key)> keys;
    std::size_t passed = 0;
    std::vector<Tied> group;
    for (auto place = side.begin(); side.size() > rows_max && !place.is_end();) {
        const RowEntry first = *place;
        group.clear();
        for (; !place.is_end() && are_equal(*place, first); ++place) {
            group.push_back({.row = place->row});
        }
        if (passed + group.size() > rows_max) {
            sort_by_ties(group, pool, beacon);
            const std::size_t kept = rows_max - std::min(passed, rows_max);
            for (const Tied& tied : std::span(group).subspan(kept)) {
                keys.push_back(pool[tied.row].key);
            }
        }
        passed += group.size();
    }
    std::ranges::reverse(keys);
    return keys;
}

/// The keys of an account's rows, by id and task.
template <typename Row, typename Order>
auto keys_of(
    const AccountRows<Row>& owners, const RowPool<Row>& pool, AccountNumber account, Order order
) {
    std::vector<decltype(Row::key)> keys;
    for (std::uint32_t number = owners.first(static_cast<std::uint64_t>(account));
         number != AccountLinks::none;
         number = pool[number].links.next) {
        keys.push_back(pool[number].key);
    }
    std::ranges::sort(keys, {}, order);
    return keys;
}

}  // namespace

Books::Depth Books::depth(BookId book) const {
    const BookSides* sides = find(*rows_, book);
    return sides == nullptr ? Depth{} : Depth{sides->bids.size(), sides->asks.size()};
}

std::vector<BookId> Books::books() const {
    std::vector<BookId> ids;
    for (const auto& [id, sides] : rows_->books) {
        if (sides.asks.size() + sides.bids.size() > 0) {
            ids.push_back(id);
        }
    }
    return ids;
}

void Books::walk_asks(BookId book, const std::function<bool(const AskKey&, const Ask&)>& visit)
    const {
    if (const BookSides* sides = find(*rows_, book)) {
        for (auto place = sides->asks.begin(); !place.is_end(); ++place) {
            const AskRow& row = rows_->asks[place->row];
            if (!visit(row.key, row.ask)) {
                return;
            }
        }
    }
}

void Books::walk_bids(BookId book, const std::function<bool(const BidKey&, const Bid&)>& visit)
    const {
    if (const BookSides* sides = find(*rows_, book)) {
        for (auto place = sides->bids.begin(); !place.is_end(); ++place) {
            const BidRow& row = rows_->bids[place->row];
            if (!visit(row.key, row.bid)) {
                return;
            }
        }
    }
}

Books::Over Books::over(Height height, std::size_t count_max) const {
    Over over;
    const auto end = static_cast<std::uint64_t>(height.value());
    auto place = rows_->over.begin();
    for (std::size_t i = 0; i < count_max && !place.is_end() && place->first < end; ++i, ++place) {
        if (is_bid_over(*place)) {
            over.bids.push_back(rows_->bids[place->row].key);
        } else {
            over.asks.push_back(rows_->asks[place->row].key);
        }
    }
    return over;
}

std::vector<AskKey> Books::void_asks(
    AccountNumber provider, OrderId valid_from, std::size_t count_max
) const {
    std::vector<AskKey> keys = asks_of(provider);
    const auto valid =
        std::ranges::find_if(keys, [&](const AskKey& key) { return key.id >= valid_from; });
    const auto count = static_cast<std::size_t>(valid - keys.begin());
    keys.resize(std::min(count, count_max));
    return keys;
}

std::vector<AskKey> Books::asks_beyond(BookId book, std::size_t rows_max, const Hash256& beacon)
    const {
    const BookSides* sides = find(*rows_, book);
    return sides == nullptr ? std::vector<AskKey>()
                            : beyond(sides->asks, rows_->asks, rows_max, beacon);
}

std::vector<BidKey> Books::bids_beyond(BookId book, std::size_t rows_max, const Hash256& beacon)
    const {
    const BookSides* sides = find(*rows_, book);
    return sides == nullptr ? std::vector<BidKey>()
                            : beyond(sides->bids, rows_->bids, rows_max, beacon);
}

std::vector<AskKey> Books::asks_of(AccountNumber provider) const {
    return keys_of(rows_->ask_owners, rows_->asks, provider, &AskKey::id);
}

std::vector<BidKey> Books::bids_of(AccountNumber user) const {
    return keys_of(rows_->bid_owners, rows_->bids, user, &BidKey::job);
}

}  // namespace steelyard::market
