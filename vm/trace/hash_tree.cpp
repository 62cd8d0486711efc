#include "vm/trace/hash_tree.h"

#include "base/check.h"

#include <algorithm>
#include <bit>

namespace steelyard::vm {

namespace {

using crypto::Blake3Mode;

/// A power of two: what one piece of the work hashes. Its values stay in the second-level cache,
/// and almost all of its parents are hashed in full vectors.
constexpr std::size_t piece_leaves = 1024;

/// Joins neighbours in place, an odd last one waits; returns how many are left.
std::size_t join_level(const Blake3Mode& mode, std::span<Hash256> values) {
    const std::size_t pairs = values.size() / 2;
    crypto::blake3_parents(mode, values.first(2 * pairs), values.first(pairs));
    if (values.size() % 2 == 0) {
        return pairs;
    }
    values[pairs] = values.back();
    return pairs + 1;
}

Hash256 root_of(const Blake3Mode& mode, std::span<Hash256> values) {
    if (values.size() == 1) {
        return values[0];
    }
    while (values.size() > 2) {
        values = values.first(join_level(mode, values));
    }
    return crypto::blake3_root(mode, values[0], values[1]);
}

/// Leaves [first, first + size): a node of the tree.
struct Subtree {
    std::uint64_t first = 0;
    std::uint64_t size = 0;

    /// The largest power of two below the size, which is at least 2.
    std::uint64_t half() const { return std::bit_floor(size - 1); }
    Subtree left() const { return {first, half()}; }
    Subtree right() const { return {first + half(), size - half()}; }
};

/// The indices that lie in the left half; the others lie in the right one.
std::size_t count_left(const Subtree& tree, std::span<const std::uint64_t> indices) {
    const std::uint64_t middle = tree.first + tree.half();
    return static_cast<std::size_t>(std::ranges::lower_bound(indices, middle) - indices.begin());
}

/// Calls `on_sibling` for each largest subtree without an opened leaf, from left to right. As deep
/// as the tree, and as long as indices times depth.
template <typename OnSibling>
void walk_siblings(
    const Subtree& tree, std::span<const std::uint64_t> indices, const OnSibling& on_sibling
) {
    if (indices.empty()) {
        on_sibling(tree);
        return;
    }
    if (tree.size == 1) {
        return;
    }
    const std::size_t left = count_left(tree, indices);
    walk_siblings(tree.left(), indices.first(left), on_sibling);
    walk_siblings(tree.right(), indices.subspan(left), on_sibling);
}

/// Takes leaves and siblings from left to right.
class OpenedTree {
public:
    OpenedTree(
        const Blake3Mode& mode, std::span<const Hash256> leaves, std::span<const Hash256> siblings
    )
        : mode_(mode), leaves_(leaves), siblings_(siblings) {}

    Hash256 root(std::uint64_t leaf_count, std::span<const std::uint64_t> indices) {
        const Subtree tree{0, leaf_count};
        if (leaf_count == 1) {
            return leaves_.front();
        }
        const auto [left, right] = children(tree, indices);
        return crypto::blake3_root(mode_, left, right);
    }

private:
    std::pair<Hash256, Hash256> children(
        const Subtree& tree, std::span<const std::uint64_t> indices
    ) {
        const std::size_t count = count_left(tree, indices);
        const Hash256 left = node(tree.left(), indices.first(count));
        return {left, node(tree.right(), indices.subspan(count))};
    }

    Hash256 node(const Subtree& tree, std::span<const std::uint64_t> indices) {
        if (indices.empty()) {
            return take(siblings_);
        }
        if (tree.size == 1) {
            return take(leaves_);
        }
        const auto [left, right] = children(tree, indices);
        const std::array<Hash256, 2> both{left, right};
        std::array<Hash256, 1> parent{};
        crypto::blake3_parents(mode_, both, parent);
        return parent[0];
    }

    static Hash256 take(std::span<const Hash256>& from) {
        CHECK(!from.empty());
        const Hash256 out = from.front();
        from = from.subspan(1);
        return out;
    }

    const Blake3Mode& mode_;
    std::span<const Hash256> leaves_;
    std::span<const Hash256> siblings_;
};

}  // namespace

Hash256 tree_root(
    const Blake3Mode& mode,
    std::uint64_t leaf_count,
    const LeafSource& leaves,
    const HashParallel& parallel
) {
    if (leaf_count == 0) {
        return crypto::Blake3(mode).digest();
    }
    CHECK(leaf_count <= tree_leaves_max);
    if (leaf_count <= piece_leaves) {
        std::array<Hash256, piece_leaves> values;
        const std::span<Hash256> all = std::span(values).first(leaf_count);
        leaves(0, all);
        return root_of(mode, all);
    }
    std::vector<Hash256> tops((leaf_count + piece_leaves - 1) / piece_leaves);
    const auto hash_piece = [&](std::size_t piece) {
        const std::uint64_t first = std::uint64_t{piece} * piece_leaves;
        std::array<Hash256, piece_leaves> values;
        std::span<Hash256> level =
            std::span(values).first(std::min<std::uint64_t>(piece_leaves, leaf_count - first));
        leaves(first, level);
        tops[piece] = subtree_value(mode, level);
    };
    if (parallel) {
        parallel(tops.size(), hash_piece);
    } else {
        for (std::size_t piece = 0; piece < tops.size(); ++piece) {
            hash_piece(piece);
        }
    }
    return root_of(mode, tops);
}

Hash256 subtree_value(const Blake3Mode& mode, std::span<Hash256> leaves) {
    CHECK(!leaves.empty());
    while (leaves.size() > 1) {
        leaves = leaves.first(join_level(mode, leaves));
    }
    return leaves[0];
}

HashTree::HashTree(const Blake3Mode& mode, std::vector<Hash256> leaves) {
    CHECK(!leaves.empty() && leaves.size() <= tree_leaves_max);
    levels_.push_back(std::move(leaves));
    while (levels_.back().size() > 2) {
        const std::vector<Hash256>& below = levels_.back();
        const std::size_t pairs = below.size() / 2;
        std::vector<Hash256> level((below.size() + 1) / 2);
        crypto::blake3_parents(
            mode, std::span(below).first(2 * pairs), std::span(level).first(pairs)
        );
        if (below.size() % 2 != 0) {
            level.back() = below.back();
        }
        levels_.push_back(std::move(level));
    }
    const std::vector<Hash256>& top = levels_.back();
    root_ = top.size() == 1 ? top[0] : crypto::blake3_root(mode, top[0], top[1]);
}

std::vector<Hash256> HashTree::opening(std::span<const std::uint64_t> indices) const {
    CHECK(are_openable(leaf_count(), indices));
    std::vector<Hash256> out;
    if (indices.empty()) {
        return out;
    }
    walk_siblings({0, leaf_count()}, indices, [&](const Subtree& tree) {
        const auto level = static_cast<std::size_t>(std::bit_width(tree.size - 1));
        out.push_back(levels_[level][tree.first >> level]);
    });
    return out;
}

bool are_openable(std::uint64_t leaf_count, std::span<const std::uint64_t> indices) {
    const bool ascending =
        std::ranges::adjacent_find(indices, std::ranges::greater_equal{}) == indices.end();
    return ascending && (indices.empty() || indices.back() < leaf_count);
}

std::uint64_t opening_size(std::uint64_t leaf_count, std::span<const std::uint64_t> indices) {
    CHECK(are_openable(leaf_count, indices));
    std::uint64_t count = 0;
    if (!indices.empty()) {
        walk_siblings({0, leaf_count}, indices, [&](const Subtree&) { ++count; });
    }
    return count;
}

Result<Hash256> root_of_opening(
    const Blake3Mode& mode,
    std::uint64_t leaf_count,
    std::span<const std::uint64_t> indices,
    std::span<const Hash256> leaves,
    std::span<const Hash256> siblings
) {
    if (leaf_count > tree_leaves_max) {
        return invalid("a tree of {} leaves", leaf_count);
    }
    if (indices.empty() || leaves.size() != indices.size()) {
        return invalid("{} leaves for {} indices", leaves.size(), indices.size());
    }
    if (!are_openable(leaf_count, indices)) {
        return invalid("leaves that do not ascend, or not below {}", leaf_count);
    }
    const std::uint64_t needed = opening_size(leaf_count, indices);
    if (siblings.size() != needed) {
        return invalid("{} siblings, not {}", siblings.size(), needed);
    }
    return OpenedTree(mode, leaves, siblings).root(leaf_count, indices);
}

}  // namespace steelyard::vm
