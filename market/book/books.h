// Books: the rows of the store `book` in memory, sorted for matching and for expiry. Always what
// the store gives, whatever the way there (M6).
#pragma once

#include "market/records/book_rows.h"

#include <map>
#include <memory>

namespace steelyard::market {

struct BookRows;

/// For one thread.
class Books {
public:
    Books();
    ~Books();
    Books(Books&&) noexcept;
    Books& operator=(Books&&) noexcept;

    /// A row of the store as it is now; nothing: it is not there (any more). Rows that stand here
    /// already are replaced. A key or value that no code of the market writes is a CHECK.
    void follow(ByteView key, const std::optional<ByteView>& value);

    /// Takes in all rows of a state.
    void rebuild(const StateView& state);

    struct Depth {
        std::size_t bids = 0;
        std::size_t asks = 0;
    };
    Depth depth(BookId book) const;
    std::vector<BookId> books() const;  ///< that have rows, ascending

    // In the order of the store, best first, until `visit` returns false.
    void walk_asks(BookId book, const std::function<bool(const AskKey&, const Ask&)>& visit) const;
    void walk_bids(BookId book, const std::function<bool(const BidKey&, const Bid&)>& visit) const;

    /// Rows whose last height is below `height`, by last height, then id, then task; `count_max` at
    /// most.
    struct Over {
        std::vector<AskKey> asks{};
        std::vector<BidKey> bids{};
    };
    Over over(Height height, std::size_t count_max) const;

    /// A provider's asks with an id below `valid_from`, by id.
    std::vector<AskKey> void_asks(AccountNumber provider, OrderId valid_from, std::size_t count_max)
        const;

    /// The rows of a side behind the best `rows_max` in the order of C2, the worst first.
    std::vector<AskKey> asks_beyond(BookId book, std::size_t rows_max, const Hash256& beacon) const;
    std::vector<BidKey> bids_beyond(BookId book, std::size_t rows_max, const Hash256& beacon) const;

    // Of an account, by id and task; for queries.
    std::vector<AskKey> asks_of(AccountNumber provider) const;
    std::vector<BidKey> bids_of(AccountNumber user) const;

    bool operator==(const Books& other) const;

    /// For this folder.
    const BookRows& rows() const { return *rows_; }

private:
    std::unique_ptr<BookRows> rows_;
};

}  // namespace steelyard::market
