// What a signer signs.
#pragma once

#include "tx/decoded_tx.h"

namespace steelyard::tx {

/// The signer of one signature, as the chain knows it.
struct SignerPlace {
    chain::ChainId chain_id{};
    std::uint64_t account_number = 0;
    std::uint64_t sequence = 0;
};

/// The bytes that are signed in a mode: a SignDoc (chain/tx.h), or the amino JSON of the whole
/// transaction. Errors: a message that has no amino JSON (of an unknown type, or not in its one
/// encoding); the mode is unspecified.
Result<Bytes> sign_bytes(const DecodedTx& tx, SignMode mode, const SignerPlace& place);

}  // namespace steelyard::tx
