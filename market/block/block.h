// The market's part of a block: phase B8 of doc/spec/ledger.md.
#pragma once

#include "market/book/books.h"
#include "market/funds/funds.h"
#include "market/records/counters.h"

namespace steelyard::market {

/// After the last transaction: the sweep, cancellations, sides that are too long, clearing,
/// challenges. `books` is what the store was before the block's transactions, and is what it is
/// afterwards. Nothing of it can fail (CHECKed).
void end_block(Context& context, Books& books, const ProposerRow& proposer);

}  // namespace steelyard::market
