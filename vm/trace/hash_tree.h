// HashTree: BLAKE3's tree over leaves, and openings of some of them.
#pragma once

#include "base/result.h"
#include "crypto/blake3.h"

#include <functional>
#include <vector>

namespace steelyard::vm {

using crypto::Hash256;

/// How many leaves a tree may have.
constexpr std::uint64_t tree_leaves_max = std::uint64_t{1} << 34;

/// Calls `body` once for each number below `count`, in any order, perhaps on several threads; an
/// empty one means in order.
using HashParallel =
    std::function<void(std::size_t count, const std::function<void(std::size_t index)>& body)>;

/// Writes the leaves [first, first + out.size()). May be called from several threads at once.
using LeafSource = std::function<void(std::uint64_t first, std::span<Hash256> out)>;

/// The root over leaves that are made piece by piece: takes memory for one leaf of 1,024. Of one
/// leaf it is the leaf; of none the hash of nothing in that mode.
Hash256 tree_root(
    const crypto::Blake3Mode& mode,
    std::uint64_t leaf_count,
    const LeafSource& leaves,
    const HashParallel& parallel = {}
);

/// The chaining value of a node that is not the root, over its leaves (CHECKed: at least one). They
/// are overwritten. Right for the leaves of a tree from a multiple of a power of two on: as many as
/// that, or fewer where the tree ends.
Hash256 subtree_value(const crypto::Blake3Mode& mode, std::span<Hash256> leaves);

/// All nodes of a tree of BLAKE3's shape: the left half of every node is the largest power of two
/// below its size. One leaf is its own root; of two and more the root is finalised as BLAKE3 does.
class HashTree {
public:
    /// CHECKed: at least one leaf.
    HashTree(const crypto::Blake3Mode& mode, std::vector<Hash256> leaves);

    const Hash256& root() const { return root_; }
    std::uint64_t leaf_count() const { return levels_.front().size(); }

    /// The hashes that, with the leaves of `indices` (ascending, no two equal, each below
    /// leaf_count(): CHECKed), give the root; from left to right. None for no indices.
    std::vector<Hash256> opening(std::span<const std::uint64_t> indices) const;

private:
    std::vector<std::vector<Hash256>> levels_{};  ///< the leaves first; the last has at most two
    Hash256 root_{};
};

/// Whether these may be opened together: ascending, no two equal, each below `leaf_count`.
bool are_openable(std::uint64_t leaf_count, std::span<const std::uint64_t> indices);

/// How many hashes an opening of these leaves has (CHECKed: are_openable).
std::uint64_t opening_size(std::uint64_t leaf_count, std::span<const std::uint64_t> indices);

/// The root that opened leaves and the hashes beside them give. Errors: no indices, some that are
/// not ascending or not below `leaf_count`, another count of leaves than of indices, too few or too
/// many hashes. Bounded by what it is given.
Result<Hash256> root_of_opening(
    const crypto::Blake3Mode& mode,
    std::uint64_t leaf_count,
    std::span<const std::uint64_t> indices,
    std::span<const Hash256> leaves,
    std::span<const Hash256> siblings
);

}  // namespace steelyard::vm
