// The document of a receipt: what it says, and all that proves it, as JSON.
#pragma once

#include "chain/light_block.h"
#include "market/receipt/receipt.h"

namespace steelyard::market {

inline constexpr std::string_view receipt_format = "steelyard-receipt-1";

/// The chain's part of a receipt: the block holds the app hash of the state before it.
struct ReceiptSource {
    JobId job{};
    chain::LightBlock block;

    /// A row of that state.
    std::function<Result<ProvenRecord>(std::string_view store, ByteView key)> record{};
};

/// Asks for the rows that tell of the job. Errors: those of derive_receipt and of the source.
Result<std::string> make_receipt_document(const ReceiptSource& source);

/// The member "receipt" of the document: what plain_json makes of it.
std::string receipt_json(const v1::Receipt& receipt);

/// The member "header" of the document.
std::string header_json(const chain::Header& header, const Hash256& hash);

/// What a block and its chain say of themselves, into a receipt.
void tell_block(const chain::Header& header, v1::Receipt& receipt);

}  // namespace steelyard::market
