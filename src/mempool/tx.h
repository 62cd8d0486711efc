// Tx: a transaction on its way through the mempool, and what became of it.
#pragma once

#include "abci/application.h"
#include "base/peer_link.h"

#include <memory>

namespace steelyard::mempool {

/// SHA-256 of the bytes: what clients call the transaction.
using TxKey = chain::Hash256;

/// Hashed once, then shared and never changed.
struct Tx {
    TxKey key{};
    Bytes bytes{};
};
using TxRef = std::shared_ptr<const Tx>;

TxRef make_tx(Bytes bytes);

/// The same for many at once, which is faster.
std::vector<TxRef> make_txs(std::vector<Bytes> list);

std::vector<TxKey> hash_txs(std::span<const Bytes> list);
std::vector<TxKey> hash_txs(std::span<const ByteView> list);

enum class Outcome : std::uint8_t {
    accepted,   ///< it waits for a block
    invalid,    ///< the application, or the limit of a block, refuses it
    duplicate,  ///< it waits already, or was seen not long ago
    oversized,  ///< longer than any transaction may be
    full,       ///< no room; it may come again
};

/// What the mempool says to a transaction.
struct Verdict {
    TxRef tx{};
    Outcome outcome = Outcome::accepted;
    abci::CheckTxResult check{};  ///< of the application, where it was asked; its code may be bad
    std::string reason{};         ///< in CometBFT's words, where the mempool itself refused

    /// The application's answer, whatever its code, or what the mempool refused it for.
    Result<abci::CheckTxResult> result() const;
};

/// A transaction that was admitted.
struct Admitted {
    TxRef tx{};
    chain::Height height{};  ///< the last block when it was checked
    PeerId source = 0;       ///< who sent it; 0: it was submitted here
};

}  // namespace steelyard::mempool
