// A transaction as it travels: its parts, and the bytes that signatures cover. chain/txs.h names
// it.
#pragma once

#include "chain/ids.h"

#include <vector>

namespace steelyard::chain {

/// The longest transaction.
inline constexpr std::size_t tx_size_max = 1 << 20;

/// The most signers of a transaction; a multisig account is one.
inline constexpr std::size_t tx_signatures_max = 16;

/// The longest signature: that of a multisig account holds one for each of its members.
inline constexpr std::size_t tx_signature_size_max = 4096;

/// A transaction taken apart (cosmos.tx.v1beta1.TxRaw). Signatures cover body and auth_info as the
/// bytes that they are, so nobody may decode these and encode them again on the way.
struct TxRaw {
    Bytes body{};                     ///< a TxBody: what to do
    Bytes auth_info{};                ///< an AuthInfo: who signs, and the fee
    std::vector<Bytes> signatures{};  ///< by signer; one is empty where a transaction is simulated

    auto operator<=>(const TxRaw&) const = default;
};

Bytes encode_tx_raw(const TxRaw& tx);

/// Refuses whatever encode_tx_raw would not have written, and a transaction over a limit above.
Result<TxRaw> decode_tx_raw(ByteView bytes);

/// What SIGN_MODE_DIRECT signs (cosmos.tx.v1beta1.SignDoc). The signer's account number makes a
/// transaction of a re-created account worthless; the sequence stands in auth_info.
Bytes sign_doc_bytes(const TxRaw& tx, const ChainId& chain_id, std::uint64_t account_number);

}  // namespace steelyard::chain
