// Receipts: what became of a job, with the records of the state that prove it. Read from a file,
// and verified without a node (doc/reference/market.md, "Receipts").
#pragma once

#include "market/receipt/document.h"

namespace steelyard::client {

/// The longest file of a receipt, and of a header that somebody trusts.
inline constexpr std::size_t receipt_size_max = 8 << 20;
inline constexpr std::size_t trusted_header_size_max = 1 << 20;

/// A receipt as it stands in a file. Nothing in it is believed before it is verified.
struct Receipt {
    market::JobId job{};
    std::vector<market::ProvenRecord> records{};

    /// The block whose header holds the app hash of the state before it, with its commit and the
    /// validators that signed it.
    chain::LightBlock block;

    std::string claims{};  ///< the member "receipt": what the file says of the job
    std::string header{};  ///< the member "header": what it says of the block
};

/// Reads the JSON document that market_getReceipt gives, alone or in a JSON-RPC answer. Errors:
/// invalid, too_large, with the place in the document.
Result<Receipt> parse_receipt(std::string_view json);

/// A header that somebody trusts, from wherever he has it.
struct TrustedHeader {
    chain::Height height{};
    chain::Hash256 hash{};
};

/// Reads a node's answer to `header` or `commit`, alone or in a JSON-RPC answer. The hash is
/// computed from the header, never taken from the file. Errors: invalid, too_large.
Result<TrustedHeader> parse_trusted_header(std::string_view json);

/// Checks that the block of the receipt is the trusted one and was signed by more than two thirds
/// of its validators; that each record is in the state before it; that there are all records that
/// tell of the job, and no other; and that what the file says is what they say. `told` becomes
/// that. Errors: denied, with what does not hold; corrupt for records that no state has.
Result<void> verify_receipt(
    const Receipt& receipt, const TrustedHeader& trusted, market::v1::Receipt& told
);

/// What the records say, with no proof looked at. For showing a receipt that nobody trusts yet.
Result<void> read_receipt(const Receipt& receipt, market::v1::Receipt& told);

}  // namespace steelyard::client
