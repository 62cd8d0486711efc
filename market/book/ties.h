// Ties: the order of rows that are equal in price and height (doc/spec/market.md, C2).
#pragma once

#include "market/book/rows.h"

namespace steelyard::market {

/// A row and what sorts it among its equals.
struct Tied {
    std::uint32_t row = 0;
    Hash256 tie{};
};

Hash256 tie_of(const AskRow& row, const Hash256& beacon);
Hash256 tie_of(const BidRow& row, const Hash256& beacon);

// Sets the ties, where there are two rows or more, and sorts by them.
void sort_by_ties(std::vector<Tied>& rows, const RowPool<AskRow>& asks, const Hash256& beacon);
void sort_by_ties(std::vector<Tied>& rows, const RowPool<BidRow>& bids, const Hash256& beacon);

}  // namespace steelyard::market
