// The transactions of a block, as the bytes that consensus agrees on, and proofs of them.
#pragma once

#include "chain/ids.h"
#include "crypto/merkle.h"

#include <vector>

namespace steelyard::chain {

/// Bounds what a block of the largest size can make a reader allocate.
inline constexpr std::size_t txs_max = 1'000'000;

/// SHA-256: what a transaction is called, also by clients.
Hash256 tx_hash(ByteView tx);

/// The header's data_hash, rule H3: the Merkle root over the hashes of the transactions.
Hash256 data_hash(std::span<const Bytes> txs);

/// That a transaction stands in a block with a known data_hash.
struct TxProof {
    Hash256 root_hash{};
    Bytes tx{};
    crypto::MerkleProof proof{};

    bool operator==(const TxProof&) const = default;
};

/// Of a block whose transactions are proven one after the other.
crypto::MerkleTree tx_tree(std::span<const Bytes> txs);

/// `index` must be below txs.size(), and `tree` be theirs.
TxProof prove_tx(std::span<const Bytes> txs, std::size_t index, const crypto::MerkleTree& tree);

/// The same for one transaction alone: hashes all of them.
TxProof prove_tx(std::span<const Bytes> txs, std::size_t index);

Result<void> verify_tx_proof(const TxProof& proof, const Hash256& data_hash);

/// tendermint.types.TxProof.
Bytes encode_tx_proof(const TxProof& proof);
Result<TxProof> decode_tx_proof(ByteView bytes);

/// tendermint.types.Data. The reader refuses more than txs_max transactions and empty ones.
Bytes encode_data(std::span<const Bytes> txs);
Result<std::vector<Bytes>> decode_data(ByteView bytes);

}  // namespace steelyard::chain
