// AccountRows: which rows an account has, in no order.
#pragma once

#include "market/book/row_pool.h"

#include <optional>

namespace steelyard::market {

/// A row among those of its account.
struct AccountLinks {
    static constexpr std::uint32_t none = UINT32_MAX;

    std::uint32_t previous = none;
    std::uint32_t next = none;
};

/// Where each account's list of rows begins: a table with open addressing, at least half of it
/// free. Nothing is allocated while it does not grow.
class AccountHeads {
public:
    /// The number of an account's first row, to be read or set; AccountLinks::none: none. Holds
    /// until the next call.
    std::uint32_t& of(std::uint64_t account);

    /// The same without making a place.
    std::uint32_t find(std::uint64_t account) const;

private:
    struct Place {
        std::uint64_t account = 0;
        std::uint32_t head = AccountLinks::none;
        bool is_taken = false;  ///< accounts without rows keep theirs until the table grows
    };

    std::size_t place_of(std::uint64_t account) const;
    void grow();

    std::vector<Place> places_ = std::vector<Place>(16);
    std::size_t taken_ = 0;
};

/// Lists through the rows' `links`. Borrows the rows.
template <typename Row>
class AccountRows {
public:
    explicit AccountRows(RowPool<Row>& rows) : rows_(&rows) {}

    /// A row that is in no list.
    void add(std::uint64_t account, std::uint32_t number) {
        std::uint32_t& head = heads_.of(account);
        (*rows_)[number].links = {.next = head};
        if (head != AccountLinks::none) {
            (*rows_)[head].links.previous = number;
        }
        head = number;
    }

    /// One that was added for this account.
    void remove(std::uint64_t account, std::uint32_t number) {
        const AccountLinks links = (*rows_)[number].links;
        if (links.next != AccountLinks::none) {
            (*rows_)[links.next].links.previous = links.previous;
        }
        if (links.previous != AccountLinks::none) {
            (*rows_)[links.previous].links.next = links.next;
        } else {
            heads_.of(account) = links.next;
        }
    }

    std::uint32_t first(std::uint64_t account) const { return heads_.find(account); }

private:
    RowPool<Row>* rows_;
    AccountHeads heads_{};
};

}  // namespace steelyard::market
