// RowTree: rows' numbers sorted by keys of four numbers. A B+ tree with all entries in its leaves.
#pragma once

#include "base/checked.h"
#include "market/book/row_pool.h"

#include <optional>

namespace steelyard::market {

/// What sorts a row, and its number. No two entries of a tree have the same four numbers.
struct RowEntry {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    std::uint32_t fourth = 0;
    std::uint32_t row = 0;

    bool is_before(const RowEntry& other) const {
        const Uint128 high = Uint128{first} << 64 | second;
        const Uint128 other_high = Uint128{other.first} << 64 | other.second;
        const Uint128 low = Uint128{third} << 32 | fourth;
        const Uint128 other_low = Uint128{other.third} << 32 | other.fourth;
        return (high < other_high) | ((high == other_high) & (low < other_low));
    }
};

/// Entries of a leaf, or of an inner node: there `row` is a child's number, and its key is no
/// greater than any in the child, but for that of the first.
struct RowNode {
    static constexpr std::uint32_t none = UINT32_MAX;
    static constexpr std::uint32_t size_max = 32;

    std::uint32_t size = 0;
    std::uint32_t previous = none;  ///< on the same level
    std::uint32_t next = none;

    /// The first number of each entry again, side by side, for searches; behind the last entry the
    /// largest that there is.
    std::array<std::uint64_t, size_max> firsts{};
    std::array<RowEntry, size_max> entries{};
};

/// Nodes of many trees.
using RowNodes = RowPool<RowNode>;

/// Borrows the nodes.
class RowTree {
public:
    explicit RowTree(RowNodes& nodes) : nodes_(&nodes) {}

    std::size_t size() const { return size_; }

    /// Nothing: the entry was added. Else the number that stands at its key already, and nothing is
    /// changed.
    std::optional<std::uint32_t> try_insert(const RowEntry& entry);

    /// The number that stood at a key; nothing: none did.
    std::optional<std::uint32_t> take(const RowEntry& key);

    /// A key that is not there (CHECKed).
    void insert(const RowEntry& entry) { CHECK(!try_insert(entry)); }

    /// A key that is there (CHECKed).
    void erase(const RowEntry& key) { CHECK(take(key)); }

    /// A place in the tree, until it changes.
    class Place {
    public:
        bool is_end() const { return node_ == RowNode::none; }
        const RowEntry& operator*() const { return (*nodes_)[node_].entries[position_]; }
        const RowEntry* operator->() const { return &**this; }
        Place& operator++();

    private:
        friend class RowTree;

        const RowNodes* nodes_ = nullptr;
        std::uint32_t node_ = RowNode::none;
        std::uint32_t position_ = 0;
    };

    Place begin() const;

    /// The first that is not before a key.
    Place at_or_after(const RowEntry& key) const;

private:
    /// More levels than 2^32 rows have.
    static constexpr std::size_t levels_max = 16;

    /// The nodes from the root to a leaf, and in each the position that the key belongs to; what is
    /// behind the leaf is not set.
    struct Path {
        std::array<std::uint32_t, levels_max> nodes;
        std::array<std::uint32_t, levels_max> positions;
    };
    Path path_to(const RowEntry& key) const;
    bool is_at(const Path& path, const RowEntry& key) const;
    std::uint32_t row_at(const Path& path) const;

    void insert_at(const Path& path, const RowEntry& entry);
    void erase_at(Path& path);
    void make_root(const RowEntry& first);
    std::uint32_t split(std::uint32_t node, bool is_at_end);
    void unlink(const RowNode& leaf);
    void merge(Path& path, std::size_t level);
    void lower_root();

    RowNodes* nodes_;
    std::uint32_t root_ = RowNode::none;
    std::size_t levels_ = 0;  ///< 1: the root is a leaf
    std::size_t size_ = 0;
};

}  // namespace steelyard::market
