#include "market/book/books.h"

#include "base/check.h"
#include "market/book/rows.h"

#include <algorithm>
#include <utility>

namespace steelyard::market {
namespace {

using ledger::Record;
using ledger::Store;

constexpr std::uint8_t ask_letter = 'a';

template <typename T>
T known(Result<T> decoded) {
    CHECK(decoded.has_value());
    return *std::move(decoded);
}

std::uint64_t owner_of(const AskRow& row) {
    return static_cast<std::uint64_t>(row.ask.provider);
}

std::uint64_t owner_of(const BidRow& row) {
    return static_cast<std::uint64_t>(row.bid.user);
}

/// A pool of rows with what sorts them.
template <typename Row>
struct Sorted {
    RowPool<Row>& rows;
    RowTree& side;
    RowTree& over;
    AccountRows<Row>& owners;
};

template <typename Row, typename Key>
void erase(const Sorted<Row>& sorted, const Key& key) {
    const auto number = sorted.side.take(side_entry(key));
    if (!number) {
        return;
    }
    Row& row = sorted.rows[*number];
    sorted.over.erase(over_entry(row, *number));
    sorted.owners.remove(owner_of(row), *number);
    row = {};
    sorted.rows.give_back(*number);
}

/// Another value for a row that stands there.
template <typename Row>
void replace(const Sorted<Row>& sorted, std::uint32_t number, Row&& row) {
    Row& place = sorted.rows[number];
    const RowEntry before = over_entry(place, number);
    const RowEntry after = over_entry(row, number);
    if (before.is_before(after) || after.is_before(before)) {
        sorted.over.erase(before);
        sorted.over.insert(after);
    }
    if (owner_of(place) == owner_of(row)) {
        row.links = place.links;
        place = std::move(row);
        return;
    }
    sorted.owners.remove(owner_of(place), number);
    place = std::move(row);
    sorted.owners.add(owner_of(place), number);
}

template <typename Row>
void put(const Sorted<Row>& sorted, Row&& row) {
    RowEntry entry = side_entry(row.key);
    entry.row = sorted.rows.take();
    if (const auto number = sorted.side.try_insert(entry)) {
        sorted.rows.give_back(entry.row);
        replace(sorted, *number, std::move(row));
        return;
    }
    Row& place = sorted.rows[entry.row];
    place = std::move(row);
    sorted.over.insert(over_entry(place, entry.row));
    sorted.owners.add(owner_of(place), entry.row);
}

/// A row that does not stand there, but for its entry of those that are sorted by last height.
template <typename Row>
RowEntry add(const Sorted<Row>& sorted, Row&& row) {
    RowEntry entry = side_entry(row.key);
    entry.row = sorted.rows.take();
    sorted.side.insert(entry);
    Row& place = sorted.rows[entry.row];
    place = std::move(row);
    sorted.owners.add(owner_of(place), entry.row);
    return over_entry(place, entry.row);
}

/// Changes come by keys, so that those of a book mostly come one after the other.
BookSides& sides_of(BookRows& rows, BookId book) {
    if (rows.last_book == nullptr || rows.last_book->first != book) {
        rows.last_book = &*rows.books.try_emplace(book, rows.nodes).first;
    }
    return rows.last_book->second;
}

Sorted<AskRow> asks_of_book(BookRows& rows, BookId book) {
    return {rows.asks, sides_of(rows, book).asks, rows.over, rows.ask_owners};
}

Sorted<BidRow> bids_of_book(BookRows& rows, BookId book) {
    return {rows.bids, sides_of(rows, book).bids, rows.over, rows.bid_owners};
}

bool are_alike(const AskRow& a, const AskRow& b) {
    return a.key == b.key && a.ask == b.ask;
}

bool are_alike(const BidRow& a, const BidRow& b) {
    return a.key == b.key && a.bid == b.bid;
}

/// Whether both sides have the same rows.
template <typename Row>
bool are_alike(
    const RowTree& a, const RowPool<Row>& a_rows, const RowTree& b, const RowPool<Row>& b_rows
) {
    if (a.size() != b.size()) {
        return false;
    }
    for (auto i = a.begin(), j = b.begin(); !i.is_end(); ++i, ++j) {
        if (!are_alike(a_rows[i->row], b_rows[j->row])) {
            return false;
        }
    }
    return true;
}

}  // namespace

Books::Books() : rows_(std::make_unique<BookRows>()) {
}
Books::~Books() = default;
Books::Books(Books&&) noexcept = default;
Books& Books::operator=(Books&&) noexcept = default;

void Books::follow(ByteView key, const std::optional<ByteView>& value) {
    CHECK(!key.empty());
    if (key.front() == ask_letter) {
        const AskKey ask_key = known(decode_ask_key(key));
        if (value) {
            put(asks_of_book(*rows_, ask_key.row.book), AskRow{ask_key, known(decode_ask(*value))});
        } else {
            erase(asks_of_book(*rows_, ask_key.row.book), ask_key);
        }
        return;
    }
    const BidKey bid_key = known(decode_bid_key(key));
    if (value) {
        put(bids_of_book(*rows_, bid_key.row.book), BidRow{bid_key, known(decode_bid(*value))});
    } else {
        erase(bids_of_book(*rows_, bid_key.row.book), bid_key);
    }
}

/// Sides come in their order, which fills their nodes one after the other; last heights are sorted
/// first, for the same.
void Books::rebuild(const StateView& state) {
    rows_ = std::make_unique<BookRows>();
    std::vector<RowEntry> over;
    const auto done = state.walk(Store::book, {}, [&](const Record& record) -> Outcome<bool> {
        if (record.key.front() == ask_letter) {
            const AskKey key = known(decode_ask_key(record.key));
            AskRow row{.key = key, .ask = known(decode_ask(record.value))};
            over.push_back(add(asks_of_book(*rows_, key.row.book), std::move(row)));
        } else {
            const BidKey key = known(decode_bid_key(record.key));
            BidRow row{.key = key, .bid = known(decode_bid(record.value))};
            over.push_back(add(bids_of_book(*rows_, key.row.book), std::move(row)));
        }
        return true;
    });
    CHECK(done.has_value());
    std::ranges::sort(over, [](const RowEntry& a, const RowEntry& b) { return a.is_before(b); });
    for (const RowEntry& entry : over) {
        rows_->over.insert(entry);
    }
}

bool Books::operator==(const Books& other) const {
    const std::vector<BookId> ids = books();
    if (ids != other.books()) {
        return false;
    }
    return std::ranges::all_of(ids, [&](BookId id) {
        const BookSides& ours = rows_->books.at(id);
        const BookSides& theirs = other.rows_->books.at(id);
        return are_alike(ours.asks, rows_->asks, theirs.asks, other.rows_->asks) &&
               are_alike(ours.bids, rows_->bids, theirs.bids, other.rows_->bids);
    });
}

}  // namespace steelyard::market
