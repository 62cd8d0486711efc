// The sweep: what is over at this block (doc/spec/market.md, D3, C1).
#pragma once

#include "market/book/books.h"
#include "market/funds/funds.h"

namespace steelyard::market {

/// Deadlines, then rows of the books that are over, then void asks; `sweep_max` together.
void sweep(Context& context, const Books& books);

}  // namespace steelyard::market
