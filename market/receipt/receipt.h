// What a receipt says of a job, derived from rows of the state alone (doc/reference/market.md,
// "Receipts").
#pragma once

#include "market/receipt/records.h"

namespace steelyard::market::v1 {
class Receipt;
}  // namespace steelyard::market::v1

namespace steelyard::market {

/// Fills in all but chain id and height. Reads the job, its order, its class, inputs and inline
/// result, and the accounts that they name: at most receipt_records_max rows. Errors: not_found
/// where there is no such job, corrupt for rows that no state has, those of the source.
Result<void> derive_receipt(const JobId& id, const RecordSource& source, v1::Receipt& receipt);

}  // namespace steelyard::market
