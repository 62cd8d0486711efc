// HashTree: BLAKE3's tree over leaves, and openings of some of them.
#pragma once

#include "base/result.h"
#include "crypto/blake3.h"

#include <vector>

namespace steelyard::vm {

using crypto::Hash256;

/// How many leaves a tree may have.
constexpr std::uint64_t tree_leaves_max = std::uint64_t{1} << 34;

/// All nodes of a tree of BLAKE3's shape: the left half of every node is the largest power of two
/// below its size. One leaf is its own root; of two and more the root is finalised as BLAKE3 does.
class HashTree {
public:
    /// CHECKed: at least one leaf.
    HashTree(crypto::Blake3Mode mode, std::vector<Hash256> leaves);

    const Hash256& root() const { return root_; }
    std::uint64_t leaf_count() const { return levels_.front().size(); }

    /// The hashes that, with the leaves of `indices` (ascending, no two equal, each below
    /// leaf_count(): CHECKed), give the root; in the order in which `root_of_opening` takes them.
    std::vector<Hash256> opening(std::span<const std::uint64_t> indices) const;

private:
    crypto::Blake3Mode mode_;
    std::vector<std::vector<Hash256>> levels_{};
    Hash256 root_{};
};

/// How many hashes an opening of these leaves has.
std::uint64_t opening_size(std::uint64_t leaf_count, std::span<const std::uint64_t> indices);

/// The root that opened leaves and the hashes beside them give. Errors: indices that are not
/// ascending or not below `leaf_count`, too few or too many hashes. Bounded by what it is given.
Result<Hash256> root_of_opening(
    const crypto::Blake3Mode& mode,
    std::uint64_t leaf_count,
    std::span<const std::uint64_t> indices,
    std::span<const Hash256> leaves,
    std::span<const Hash256> siblings
);

}  // namespace steelyard::vm
