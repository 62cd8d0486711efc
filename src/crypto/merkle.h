// Merkle trees as RFC 6962 and CometBFT build them: over block parts, transactions, header fields,
// validators and the roots of stores.
//
// A leaf hashes to SHA256(00 ‖ leaf), an inner node to SHA256(01 ‖ left ‖ right). The left subtree
// of n leaves holds the largest power of two that is less than n. No leaves: SHA256 of nothing.
#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <vector>

namespace steelyard::crypto {

Hash256 merkle_leaf_hash(ByteView leaf);
Hash256 merkle_inner_hash(ByteView left, ByteView right);
Hash256 merkle_root(std::span<const Bytes> leaves);

/// The way from leaf `index` of `total` up to the root.
struct MerkleProof {
    std::int64_t total = 0;
    std::int64_t index = 0;
    Hash256 leaf_hash{};
    std::vector<Hash256> aunts;  ///< the siblings on the way, the leaf's own first

    bool operator==(const MerkleProof&) const = default;
};

/// CometBFT's limit; a tree whose leaves a proof can count never needs more than 63.
constexpr std::size_t merkle_aunts_max = 100;

/// A tree that is kept, for those who prove one leaf after the other: 64 bytes a leaf.
class MerkleTree {
public:
    explicit MerkleTree(std::span<const Bytes> leaves);

    Hash256 root() const;

    /// `index` must be below the count of leaves.
    MerkleProof prove(std::size_t index) const;

private:
    std::vector<std::vector<Hash256>>
        levels_;  ///< the leaves' first; of no leaves, one empty level
};

/// One proof for each leaf, in order.
std::vector<MerkleProof> merkle_proofs(std::span<const Bytes> leaves);

/// The root that the proof leads to. An error unless 0 <= index < total and there are exactly as
/// many aunts as that place in that tree has.
Result<Hash256> merkle_proof_root(const MerkleProof& proof);

/// Whether `leaf` stands at proof.index of the proof.total leaves under `root`. Which index and
/// total are right is the caller's to check.
Result<void> verify_merkle_proof(const MerkleProof& proof, const Hash256& root, ByteView leaf);

/// tendermint.crypto.Proof. Decoding holds the proof to what merkle_proof_root asks for.
Bytes encode_merkle_proof(const MerkleProof& proof);
Result<MerkleProof> decode_merkle_proof(ByteView bytes);

/// The leaf of one entry of a simple map, CometBFT's key-value tree: the key and SHA256(value),
/// each after its length. The map's root is merkle_root of the leaves in ascending order of keys;
/// ICS-23's `tendermint` specification checks it.
Bytes simple_map_leaf(ByteView key, ByteView value);

}  // namespace steelyard::crypto
