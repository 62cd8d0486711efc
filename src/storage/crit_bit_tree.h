// One store's authenticated map: a crit-bit tree over raw keys whose nodes hash as IAVL's do.
//
// The shape depends on the set of keys alone, not on how it came about, so two nodes that hold the
// same records have the same root. doc/spec/storage.md states the format (T1..T9),
// doc/adr/0004-state-tree.md why it is so.
#pragma once

#include "base/result.h"
#include "crypto/ics23.h"
#include "storage/arena.h"
#include "storage/crit_bit_nodes.h"

#include <deque>
#include <functional>
#include <optional>

namespace steelyard::storage {

constexpr std::size_t state_key_size_max = 255;
constexpr std::size_t state_value_size_max = std::size_t{512} << 10;

/// No leaf lies deeper: ICS-23 verifiers take 128 steps at most, and we keep a margin.
constexpr std::size_t state_tree_depth_max = 120;

/// The root of a tree without records: SHA-256 of nothing, as in IAVL. No node has this hash.
constexpr crypto::Hash256 empty_tree_root = {
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
};

/// A key's new value, or nothing where the key is to go.
struct TreeUpdate {
    ByteView key;
    std::optional<ByteView> value;
};

/// A key whose value an update has changed, and what it was and is now.
struct TreeChange {
    ByteView key;
    std::optional<ByteView> before;
    std::optional<ByteView> after;
};

/// Keeps all keys, values and inner nodes in memory. For one thread. Views of keys and values hold
/// until the next change of the tree.
class CritBitTree {
public:
    /// Counts the updates; the loaded tree is version 0.
    using Version = crit_bit::Version;

    CritBitTree() = default;
    CritBitTree(const CritBitTree&) = delete;
    CritBitTree& operator=(const CritBitTree&) = delete;

    /// Adds a record whose key follows all keys that are in the tree; for filling a new tree
    /// quickly. Nothing but `append` and `finish_load` may be called before `finish_load`.
    /// Errors: as `update`, and a key out of order.
    Result<void> append(ByteView key, ByteView value);
    Result<void> finish_load();

    /// Makes the next version. Keys must ascend strictly (CHECKed). To erase an absent key and to
    /// set the value that a key has change nothing. Errors: a key or value that is empty or over
    /// its limit, keys of which one would be a prefix of another, a tree deeper than
    /// state_tree_depth_max; the tree is then as before.
    Result<void> update(std::span<const TreeUpdate> updates);

    /// Goes back to the version before. There must be one that is not forgotten (CHECKed).
    void roll_back();

    /// Gives up the oldest version that can still be read. It must not be the head (CHECKed).
    void forget_oldest();

    Version head() const { return head_; }
    Version oldest() const { return head_ - static_cast<Version>(history_.size()); }

    /// The memory that the versions before the head take, about.
    std::size_t history_size() const;
    std::size_t memory_size() const;

    std::size_t size() const { return size_of(root_); }
    const crypto::Hash256& root() const { return root_hash_; }
    const crypto::Hash256& root(Version version) const;

    std::optional<ByteView> get(ByteView key) const;
    std::optional<ByteView> get(ByteView key, Version version) const;

    /// Shows that the key has its value, or that it is absent, under iavl's proof spec. An empty
    /// tree has no proof: its root says it all (not_found).
    Result<crypto::CommitmentProof> prove(ByteView key, Version version) const;

    /// Calls with each change that made the head from the version before it.
    void visit_changes(const std::function<void(const TreeChange&)>& visit) const;

    /// Walks the head in key order.
    class Cursor {
    public:
        bool valid() const { return leaf_ != none; }
        ByteView key() const { return tree_->key_of(leaf_); }
        ByteView value() const { return tree_->value_of(tree_->leaves_[leaf_].value); }
        void next() { leaf_ = tree_->successor(crit_bit::leaf_ref(leaf_)); }

    private:
        friend class CritBitTree;
        Cursor(const CritBitTree& tree, std::uint32_t leaf) : tree_(&tree), leaf_(leaf) {}

        const CritBitTree* tree_;
        std::uint32_t leaf_;
    };

    /// At the first key that is not less.
    Cursor lower_bound(ByteView key) const;

private:
    static constexpr std::uint32_t none = crit_bit::none;

    using Ref = crit_bit::Ref;
    using Up = crit_bit::Up;
    using Inner = crit_bit::Inner;
    using Hashes = crit_bit::Hashes;
    using Leaf = crit_bit::Leaf;
    using Path = crit_bit::Path;

    /// The place of a key in the order of keys: below `path`, at or next to the subtree `at`.
    struct Place {
        Path path;
        Ref at = none;
        bool found = false;
        bool is_before = false;  ///< the key sorts before all of `at`
    };

    // crit_bit_tree.cpp: the shape.
    ByteView key_of(std::uint32_t leaf) const;
    ByteView value_of(std::uint32_t value) const;
    std::uint32_t size_of(Ref ref) const;
    std::uint8_t height_of(Ref ref) const;
    Up up_of(Ref ref) const;
    void set_up(Ref ref, Up up);
    void set_child(Up up, Ref ref);
    crypto::Hash256& hash_slot(Up up);
    Ref descend(ByteView key) const;
    void descend_together(std::span<const TreeUpdate> updates, std::span<Ref> out) const;
    void prefetch(Ref ref) const;
    Ref subtree_at_bit(Ref ref, std::size_t bit) const;
    std::uint32_t end_of(Ref ref, unsigned side) const;
    std::uint32_t successor(Ref ref) const;
    std::uint32_t new_value(ByteView value, std::uint32_t before);
    std::uint32_t new_leaf(ByteView key, ByteView value);
    std::uint32_t new_inner(std::size_t bit);
    void free_value(std::uint32_t value);
    void free_leaf(std::uint32_t leaf);
    std::vector<TreeUpdate> change_present(std::span<const TreeUpdate> updates);
    Result<void> insert_all(std::span<const TreeUpdate> updates);
    void overwrite(std::uint32_t leaf, ByteView value);
    void erase(std::uint32_t leaf);
    Result<void> insert(ByteView key, ByteView value);
    Result<void> complete_subtree(std::uint32_t inner);

    // crit_bit_hash.cpp: the hashes.
    void hash_changes();
    void hash_all();
    void hash_leaves(std::span<const std::uint32_t> leaves);
    void hash_inners(std::span<const std::uint32_t> inners);
    std::vector<std::uint32_t> bottom_up(std::span<const std::uint32_t> inners) const;

    // crit_bit_history.cpp: the past and the proofs.
    void touch(std::uint32_t inner);
    void touch_up(Up up);
    Ref root_ref(Version version) const;
    crit_bit::Step step_at(std::uint32_t inner, Version version) const;
    std::uint32_t value_at(std::uint32_t leaf, Version version) const;
    Place place_of(ByteView key, Version version) const;
    crypto::ExistenceProof existence(const Path& path, std::uint32_t leaf, Version version) const;
    std::optional<crypto::ExistenceProof> neighbour(
        const Place& place, unsigned side, Version version
    ) const;

    RecordArena<Inner> inners_;
    RecordArena<Hashes> hashes_;
    RecordArena<Leaf> leaves_;
    ByteArena keys_;
    ByteArena values_;
    Ref root_ = none;
    crypto::Hash256 root_hash_ = empty_tree_root;
    Version head_ = 0;
    std::deque<crit_bit::Log> history_;  ///< the last leads from the head to the version before it
    crit_bit::Log spare_log_;            ///< the memory of one that has been given up
    std::uint32_t last_loaded_ = none;   ///< the leaf that was appended last, until finish_load
};

}  // namespace steelyard::storage
