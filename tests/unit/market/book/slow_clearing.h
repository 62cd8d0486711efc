// Clearing as the page says it (doc/spec/market.md, C1 to C5), pair by pair over plain lists.
#pragma once

#include "tests/unit/market/book/market_draft.h"

namespace steelyard::market {

Cleared slow_clear(const MarketDraft& market, const std::optional<Cursor>& cursor);

/// The rows of a side in the order of C2, whatever the book.
std::vector<AskRecord> in_order(std::vector<AskRecord> asks, const Hash256& beacon);
std::vector<BidRecord> in_order(
    std::vector<BidRecord> bids, const Hash256& beacon, const std::optional<Cursor>& cursor
);

}  // namespace steelyard::market
