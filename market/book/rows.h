// BookRows: what Books holds. For this folder alone.
#pragma once

#include "market/book/account_rows.h"
#include "market/book/books.h"
#include "market/book/row_tree.h"

namespace steelyard::market {

struct AskRow {
    AskKey key{};
    Ask ask{};
    AccountLinks links{};  ///< of BookRows::ask_owners
};

struct BidRow {
    BidKey key{};
    Bid bid{};
    AccountLinks links{};  ///< of BookRows::bid_owners
};

/// In the order of the store.
inline RowEntry side_entry(const AskKey& key) {
    return {
        .first = key.row.price,
        .second = static_cast<std::uint64_t>(key.row.posted.value()),
        .third = static_cast<std::uint64_t>(key.id),
    };
}

inline RowEntry side_entry(const BidKey& key) {
    return {
        .first = ~key.row.price,
        .second = static_cast<std::uint64_t>(key.row.posted.value()),
        .third = static_cast<std::uint64_t>(key.job.order),
        .fourth = key.job.task,
    };
}

/// Whether clearing takes entries of a side in the order of their ties (C2).
inline bool are_equal(const RowEntry& a, const RowEntry& b) {
    return a.first == b.first && a.second == b.second;
}

/// What BookRows::over is sorted by; `number` is the row's.
inline RowEntry over_entry(const AskRow& row, std::uint32_t number) {
    return {
        .first = static_cast<std::uint64_t>(row.ask.last.value()),
        .second = static_cast<std::uint64_t>(row.key.id),
        .third = 0,
        .fourth = number,
        .row = number
    };
}

inline RowEntry over_entry(const BidRow& row, std::uint32_t number) {
    return {
        .first = static_cast<std::uint64_t>(row.bid.last.value()),
        .second = static_cast<std::uint64_t>(row.key.job.order),
        .third = 2 * std::uint64_t{row.key.job.task} + 1,
        .fourth = number,
        .row = number
    };
}

inline bool is_bid_over(const RowEntry& over) {
    return over.third % 2 == 1;
}

/// One book.
struct BookSides {
    explicit BookSides(RowNodes& nodes) : asks(nodes), bids(nodes) {}

    RowTree asks;
    RowTree bids;
};

struct BookRows {
    RowNodes nodes{};
    RowPool<AskRow> asks{};
    RowPool<BidRow> bids{};
    std::map<BookId, BookSides> books{};                           ///< some without rows
    std::map<BookId, BookSides>::value_type* last_book = nullptr;  ///< that was changed

    /// Both sides: last height, id, 2 x task and 1 for a bid, and the row's number, so that none is
    /// there twice, whatever the ids.
    RowTree over{nodes};
    AccountRows<AskRow> ask_owners{asks};
    AccountRows<BidRow> bid_owners{bids};
};

}  // namespace steelyard::market
