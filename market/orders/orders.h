// Orders and asks: posting, cancelling, and every way in which a job leaves or comes back to the
// book (doc/spec/market.md, O1 to O6, E1).
#pragma once

#include "market/funds/funds.h"
#include "market/records/job.h"

namespace steelyard::market {

/// What both kinds of orders say.
struct OrderTerms {
    BookId book{};
    Hash256 program{};
    Price limit = 0;
    std::uint32_t lifetime = 0;  ///< blocks; 0: this block's clearing only
    Height deadline{};           ///< 0: none
    std::uint32_t retries = 0;
    Filters filters{};
    std::vector<std::optional<Hash256>> inputs{};  ///< of a single order none is missing
};

struct ArrayTerms {
    std::uint32_t max_parallel = 1;
    Money budget = 0;
    std::vector<std::vector<Hash256>> tasks{};  ///< each has those that `inputs` lacks, in order
};

// Ranges, sizes, orders of lists; without the state. Errors: bad_order, bad_text.
Outcome<void> check_order(const OrderTerms& terms);
Outcome<void> check_array(const OrderTerms& terms, const ArrayTerms& array);

// Events: order, job. Errors: unknown_class, unknown_program, bad_order (inputs, work units,
// lifetime, a deadline that cannot be met, money), too_many_orders, insufficient_funds.
Outcome<OrderId> post_order(Context& context, AccountNumber user, const OrderTerms& terms);
Outcome<OrderId> post_array(
    Context& context, AccountNumber user, const OrderTerms& terms, const ArrayTerms& array
);

/// O5: recorded now, done by `carry_out_cancellations`. Gas: 10,000 for each live job. Errors:
/// unknown_order, not_owner, order_closed.
Outcome<void> cancel_order(Context& context, AccountNumber user, OrderId id);
Outcome<void> carry_out_cancellations(Context& context);

/// Errors: not_provider, provider_jailed, provider_removed, unknown_class, bad_order,
/// too_many_orders. Event: ask.
Outcome<OrderId> post_ask(
    Context& context,
    AccountNumber provider,
    BookId book,
    Price price,
    WorkUnits work_units,
    std::uint32_t lifetime
);

/// At once. Errors: unknown_ask (nothing stands at that key), not_owner.
Outcome<void> cancel_ask(Context& context, AccountNumber provider, const AskKey& key);

// The block's end. The rows stand in the books (CHECKed).

/// `action` tells why: "sold", "expired", "displaced", "void", "cancelled".
Outcome<void> close_ask(Context& context, const AskKey& key, std::string_view action);
Outcome<void> close_open_job(Context& context, const BidKey& key, Reason reason);

// For jobs.

/// O6: a job that its provider has lost goes back into its book, or ends: cancelled, expired,
/// refunded. `job` is the record as it was; `reason` what it lost it by.
Outcome<void> open_again(Context& context, const JobId& id, Job job, Reason reason);

/// A job is final: what is left of its escrow goes back, the array takes in its next tasks, the
/// order perhaps ends, retention begins. `job.state` is the state it ends in.
Outcome<void> finish(Context& context, const JobId& id, Job job);

/// A deadline of kind retain: of a final job, or of a final order, which waits for its jobs. What
/// an order has of tasks that never entered goes in parts, a block each.
Outcome<void> forget(Context& context, const Subject& subject);

}  // namespace steelyard::market
