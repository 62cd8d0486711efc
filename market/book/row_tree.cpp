#include "market/book/row_tree.h"

#include <algorithm>

namespace steelyard::market {
namespace {

/// Nodes with fewer entries are merged with a neighbour where both together leave room to grow.
constexpr std::uint32_t small_size = RowNode::size_max / 4;
constexpr std::uint32_t merged_size_max = RowNode::size_max * 3 / 4;

/// How many entries have a first number below this one. Its steps do not depend on the outcome of
/// comparisons, which nobody can predict.
std::uint32_t count_below(const RowNode& node, std::uint64_t first) {
    constexpr std::uint32_t block = 8;
    const auto is_below = [&node, first](std::uint32_t at) {
        return static_cast<std::uint32_t>(node.firsts[at] < first);
    };
    const std::uint32_t begin =
        block * (is_below(block - 1) + is_below(2 * block - 1) + is_below(3 * block - 1));
    std::uint32_t count = begin;
#pragma GCC unroll 8
    for (std::uint32_t i = 0; i < block; ++i) {
        count += is_below(begin + i);
    }
    return count;
}

/// How many entries are before the key, or at it too. The first number mostly decides.
std::uint32_t count_before(const RowNode& node, const RowEntry& key, bool or_at) {
    std::uint32_t at = count_below(node, key.first);
    if (at >= node.size || node.firsts[at] != key.first) {
        return at;
    }
    for (std::uint32_t left = node.size - at; left > 0;) {
        const std::uint32_t half = (left + 1) / 2;
        const RowEntry& middle = node.entries[at + half - 1];
        const bool is_before = or_at ? !key.is_before(middle) : middle.is_before(key);
        at += half * static_cast<std::uint32_t>(is_before);
        left = is_before ? left - half : half - 1;
    }
    return at;
}

/// The child that a key belongs to.
std::uint32_t child_of(const RowNode& node, const RowEntry& key) {
    const std::uint32_t not_behind = count_before(node, key, true);
    return not_behind == 0 ? 0 : not_behind - 1;
}

void set_at(RowNode& node, std::uint32_t position, const RowEntry& entry) {
    node.firsts[position] = entry.first;
    node.entries[position] = entry;
}

void insert_at(RowNode& node, std::uint32_t position, const RowEntry& entry) {
    const auto first = node.firsts.begin();
    const auto at = node.entries.begin();
    std::copy_backward(first + position, first + node.size, first + node.size + 1);
    std::copy_backward(at + position, at + node.size, at + node.size + 1);
    set_at(node, position, entry);
    ++node.size;
}

void shrink(RowNode& node, std::uint32_t size) {
    std::fill(node.firsts.begin() + size, node.firsts.begin() + node.size, UINT64_MAX);
    node.size = size;
}

void erase_at(RowNode& node, std::uint32_t position) {
    const auto first = node.firsts.begin();
    const auto at = node.entries.begin();
    std::copy(first + position + 1, first + node.size, first + position);
    std::copy(at + position + 1, at + node.size, at + position);
    shrink(node, node.size - 1);
}

/// Adds what a node has from a position on to the end of another.
void append_from(RowNode& to, const RowNode& from, std::uint32_t position) {
    const std::uint32_t count = from.size - position;
    std::copy_n(from.firsts.begin() + position, count, to.firsts.begin() + to.size);
    std::copy_n(from.entries.begin() + position, count, to.entries.begin() + to.size);
    to.size += count;
}

/// An empty one, between two of its level.
void renew(RowNode& node, std::uint32_t previous, std::uint32_t next) {
    node.size = 0;
    node.previous = previous;
    node.next = next;
    node.firsts.fill(UINT64_MAX);
}

}  // namespace

RowTree::Path RowTree::path_to(const RowEntry& key) const {
    Path path;
    path.nodes[0] = root_;
    for (std::size_t level = 0; level + 1 < levels_; ++level) {
        const RowNode& node = (*nodes_)[path.nodes[level]];
        path.positions[level] = child_of(node, key);
        path.nodes[level + 1] = node.entries[path.positions[level]].row;
    }
    path.positions[levels_ - 1] = count_before((*nodes_)[path.nodes[levels_ - 1]], key, false);
    return path;
}

bool RowTree::is_at(const Path& path, const RowEntry& key) const {
    const RowNode& leaf = (*nodes_)[path.nodes[levels_ - 1]];
    const std::uint32_t position = path.positions[levels_ - 1];
    return position < leaf.size && !key.is_before(leaf.entries[position]);
}

std::uint32_t RowTree::row_at(const Path& path) const {
    return (*nodes_)[path.nodes[levels_ - 1]].entries[path.positions[levels_ - 1]].row;
}

std::optional<std::uint32_t> RowTree::try_insert(const RowEntry& entry) {
    if (levels_ == 0) {
        make_root(entry);
    } else {
        const Path path = path_to(entry);
        if (is_at(path, entry)) {
            return row_at(path);
        }
        insert_at(path, entry);
    }
    ++size_;
    return std::nullopt;
}

std::optional<std::uint32_t> RowTree::take(const RowEntry& key) {
    if (levels_ == 0) {
        return std::nullopt;
    }
    Path path = path_to(key);
    if (!is_at(path, key)) {
        return std::nullopt;
    }
    const std::uint32_t row = row_at(path);
    erase_at(path);
    --size_;
    return row;
}

void RowTree::insert_at(const Path& path, const RowEntry& entry) {
    RowEntry added = entry;
    for (std::size_t level = levels_; level > 0; --level) {
        std::uint32_t node = path.nodes[level - 1];
        std::uint32_t position = path.positions[level - 1];
        position += level < levels_ ? 1 : 0;  // a new child stands behind the one that was split
        if ((*nodes_)[node].size < RowNode::size_max) {
            market::insert_at((*nodes_)[node], position, added);
            return;
        }
        const std::uint32_t right = split(node, position == RowNode::size_max);
        const std::uint32_t kept = (*nodes_)[node].size;
        if (position > kept || (*nodes_)[right].size == 0) {
            node = right;
            position -= kept;
        }
        market::insert_at((*nodes_)[node], position, added);
        added = (*nodes_)[right].entries[0];
        added.row = right;
    }
    const std::uint32_t left = root_;
    make_root({.row = left});
    market::insert_at((*nodes_)[root_], 1, added);
}

/// A node above all others with one entry.
void RowTree::make_root(const RowEntry& first) {
    CHECK(levels_ < levels_max);
    root_ = nodes_->take();
    RowNode& node = (*nodes_)[root_];
    renew(node, RowNode::none, RowNode::none);
    market::insert_at(node, 0, first);
    ++levels_;
}

/// Moves the upper half of a full node to a new one behind it; nothing where an entry is to be
/// added at the end, so that nodes that are filled in order are full.
std::uint32_t RowTree::split(std::uint32_t node, bool is_at_end) {
    const std::uint32_t number = nodes_->take();
    RowNode& left = (*nodes_)[node];
    RowNode& right = (*nodes_)[number];
    const std::uint32_t kept = is_at_end ? left.size : left.size / 2;
    renew(right, node, left.next);
    append_from(right, left, kept);
    shrink(left, kept);
    left.next = number;
    if (right.next != RowNode::none) {
        (*nodes_)[right.next].previous = number;
    }
    return number;
}

void RowTree::erase_at(Path& path) {
    for (std::size_t level = levels_; level > 0; --level) {
        const std::uint32_t number = path.nodes[level - 1];
        RowNode& node = (*nodes_)[number];
        market::erase_at(node, path.positions[level - 1]);
        if (node.size > 0) {
            if (node.size < small_size && level > 1) {
                merge(path, level - 1);
            }
            break;
        }
        unlink(node);
        nodes_->give_back(number);
        if (level == 1) {
            root_ = RowNode::none;
            levels_ = 0;
        }
    }
    lower_root();
}

void RowTree::unlink(const RowNode& node) {
    if (node.previous != RowNode::none) {
        (*nodes_)[node.previous].next = node.next;
    }
    if (node.next != RowNode::none) {
        (*nodes_)[node.next].previous = node.previous;
    }
}

/// A small node at a level below the root takes in its right neighbour, or goes into its left one,
/// where both have the same parent. So the space for rows that are gone is soon used by others.
void RowTree::merge(Path& path, std::size_t level) {
    for (std::size_t at = level; at > 0; --at) {
        RowNode& parent = (*nodes_)[path.nodes[at - 1]];
        const std::uint32_t position = path.positions[at - 1];
        if (parent.size < 2) {
            return;
        }
        const std::uint32_t left_position = position + 1 < parent.size ? position : position - 1;
        RowNode& left = (*nodes_)[parent.entries[left_position].row];
        const RowEntry separator = parent.entries[left_position + 1];
        RowNode& right = (*nodes_)[separator.row];
        if (left.size + right.size > merged_size_max) {
            return;
        }
        const std::uint32_t row = right.entries[0].row;
        if (at + 1 < levels_) {
            set_at(right, 0, separator);
            right.entries[0].row = row;
        }
        append_from(left, right, 0);
        unlink(right);
        nodes_->give_back(separator.row);
        market::erase_at(parent, left_position + 1);
        if (parent.size >= small_size) {
            return;
        }
    }
}

void RowTree::lower_root() {
    while (levels_ > 1 && (*nodes_)[root_].size == 1) {
        const std::uint32_t child = (*nodes_)[root_].entries[0].row;
        nodes_->give_back(root_);
        root_ = child;
        --levels_;
    }
}

RowTree::Place& RowTree::Place::operator++() {
    const RowNode& node = (*nodes_)[node_];
    if (++position_ == node.size) {
        node_ = node.next;
        position_ = 0;
    }
    return *this;
}

RowTree::Place RowTree::begin() const {
    return at_or_after({});
}

RowTree::Place RowTree::at_or_after(const RowEntry& key) const {
    Place place;
    place.nodes_ = nodes_;
    if (levels_ == 0) {
        return place;
    }
    const Path path = path_to(key);
    place.node_ = path.nodes[levels_ - 1];
    place.position_ = path.positions[levels_ - 1];
    const RowNode& leaf = (*nodes_)[place.node_];
    if (place.position_ == leaf.size) {
        place.node_ = leaf.next;
        place.position_ = 0;
    }
    return place;
}

}  // namespace steelyard::market
