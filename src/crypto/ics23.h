// ICS-23 commitment proofs: that a key has a value under a root, or that it is absent.
//
// The messages are cosmos.ics23.v1's. Two proof specs are known, the standard ones of IAVL trees
// and of Tendermint's simple map; doc/spec/storage.md (P1..P9) states what a verifier checks. It is
// stricter than the specs ask: every step must be one that such a tree can produce.
#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/merkle.h"

#include <optional>
#include <variant>

namespace steelyard::crypto {

constexpr std::size_t ics23_depth_max = 128;
constexpr std::size_t ics23_key_size_max = 4096;
constexpr std::size_t ics23_value_size_max = std::size_t{1} << 20;

/// Of an op's prefix and suffix, each. The longest that a spec allows takes 45.
constexpr std::size_t ics23_affix_size_max = 64;

/// What a step hashes with; the numbers of the wire format. Others than these two decode and
/// encode, but neither spec allows them.
enum class HashOp : std::uint8_t { no_hash = 0, sha256 = 1 };

/// How a length is put before a leaf's key and value; as HashOp.
enum class LengthOp : std::uint8_t { no_prefix = 0, var_proto = 1 };

struct LeafOp {
    HashOp hash = HashOp::no_hash;
    HashOp prehash_key = HashOp::no_hash;
    HashOp prehash_value = HashOp::no_hash;
    LengthOp length = LengthOp::no_prefix;
    Bytes prefix;

    bool operator==(const LeafOp&) const = default;
};

struct InnerOp {
    HashOp hash = HashOp::no_hash;
    Bytes prefix;
    Bytes suffix;

    bool operator==(const InnerOp&) const = default;
};

/// The steps from a record up to the root.
struct ExistenceProof {
    Bytes key;
    Bytes value;
    LeafOp leaf;
    std::vector<InnerOp> path;

    bool operator==(const ExistenceProof&) const = default;
};

/// The two records between which the key would stand; at an end of the tree there is one.
struct NonExistenceProof {
    Bytes key;
    std::optional<ExistenceProof> left;
    std::optional<ExistenceProof> right;

    bool operator==(const NonExistenceProof&) const = default;
};

using CommitmentProof = std::variant<ExistenceProof, NonExistenceProof>;

/// The shape of a tree's nodes: iavlSpec and tendermintSpec of the ICS-23 libraries.
enum class ProofSpec : std::uint8_t { iavl, tendermint };

/// The leaf step of a tree. IAVL's carries the height 0, the size 1 and our constant version 1.
LeafOp leaf_op(ProofSpec spec);

/// The proof under the tendermint spec that a simple map holds `value` at `key`: from the Merkle
/// proof of its simple_map_leaf. The Merkle proof must be well formed (CHECKed).
ExistenceProof simple_map_proof(ByteView key, ByteView value, const MerkleProof& proof);

Bytes encode_commitment_proof(const CommitmentProof& proof);

/// Errors: invalid, too_large; unsupported for a batch or compressed proof.
Result<CommitmentProof> decode_commitment_proof(ByteView bytes);

/// Errors (denied): the proof does not show that `key` has `value` under `root`.
Result<void> verify_membership(
    ProofSpec spec, const Hash256& root, const CommitmentProof& proof, ByteView key, ByteView value
);

/// Errors (denied): the proof does not show that no record under `root` has `key`.
Result<void> verify_non_membership(
    ProofSpec spec, const Hash256& root, const CommitmentProof& proof, ByteView key
);

/// The hash to which a leaf or inner step leads. Errors: an op that neither spec knows, nothing to
/// hash. These check no spec; the verifiers do.
Result<Hash256> apply_op(const LeafOp& op, ByteView key, ByteView value);
Result<Hash256> apply_op(const InnerOp& op, ByteView child);

/// The root to which the proof's steps lead, whatever the spec.
Result<Hash256> calculate_root(const ExistenceProof& proof);

}  // namespace steelyard::crypto
