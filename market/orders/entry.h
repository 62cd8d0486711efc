// Entry: how jobs come into the book. For .cpp files of this folder.
#pragma once

#include "market/orders/orders.h"

namespace steelyard::market {

/// Whether the array takes in its next task now (O4).
bool takes_in(const Order& order, Height height);

/// Makes the next task's job, open, with its bid. Its escrow is in the module's account, and leaves
/// the budget of an array. Event: job.
Outcome<void> enter_next(Context& context, OrderId id, Order& order);

/// Puts the bid of an open job into its book, where none stands.
Outcome<void> put_job_into_book(
    Context& context, const JobId& id, const Order& order, const Job& job
);

/// The key of a job's bid.
BidKey bid_key(const JobId& id, const Order& order);

/// Where nothing is live and nothing enters: what is left goes back, the order is final. Event:
/// order.
Outcome<void> end_if_done(Context& context, OrderId id, Order& order);

// Events.
Outcome<void> tell_order(Context& context, std::string_view action, OrderId id, const Order& order);
Outcome<void> tell_job(Context& context, std::string_view action, const JobId& id, const Job& job);

/// An account has one order or ask more, which is the `count`th, or one less that is open.
Outcome<std::uint64_t> count_opened(Context& context, AccountNumber account);
Outcome<void> count_closed(Context& context, AccountNumber account);

}  // namespace steelyard::market
