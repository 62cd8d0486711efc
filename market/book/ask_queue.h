// AskQueue: the asks of a book in the order of clearing. For this folder alone.
#pragma once

#include "market/book/rows.h"
#include "market/book/sellers.h"
#include "market/book/ties.h"

namespace steelyard::market {

/// An ask while a book is cleared.
struct QueuedAsk {
    const AskRow* row = nullptr;
    Seller* seller = nullptr;  ///< nothing: nobody came so far yet
    Price price = 0;
    WorkUnits left = 0;
    std::size_t next = 0;  ///< the one behind it that was not out when somebody came by
};

/// Reads asks, and what is known of their providers, as far as bids come. Who is out (C4) stays
/// so, and is passed once.
class AskQueue {
public:
    AskQueue(const BookRows& rows, const RowTree& asks, Sellers& sellers, const ClearingRules&);

    /// The first ask behind another, or behind `front`, that is not out and not above the limit;
    /// nothing: none is.
    static constexpr std::size_t front = 0;
    std::optional<std::size_t> next(std::size_t behind, Price limit);

    /// Of one that `next` gave. Another `next` may move it.
    QueuedAsk& operator[](std::size_t ask) { return asks_[ask]; }

private:
    bool read(Price limit);
    bool is_out(QueuedAsk& ask);

    const BookRows& rows_;
    Sellers& sellers_;
    const ClearingRules& rules_;
    Uint128 least_reserved_;  ///< of any job
    RowTree::Place unread_;
    std::vector<Tied> group_{};
    std::vector<QueuedAsk> asks_{};  ///< the first one only stands before all others
};

}  // namespace steelyard::market
