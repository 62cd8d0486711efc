// Which signatures must be good for a signer to have signed a transaction.
#pragma once

#include "tx/sign_bytes.h"

namespace steelyard::tx {

/// "This signature is this key's over these bytes": true or not for ever, so that it needs to be
/// verified only once.
struct Statement {
    crypto::PublicKey key;
    Bytes message;
    Bytes signature;
};

/// All must hold for the signer at `index` of the transaction, whose key is `key`, to have signed.
/// Errors: no signature, a mode that does not fit the key, fewer members than the threshold,
/// signatures that are not those of the marked members, those of `sign_bytes`.
Result<std::vector<Statement>> statements(
    const DecodedTx& tx, std::size_t index, const AccountKey& key, const SignerPlace& place
);

}  // namespace steelyard::tx
