#include "market/book/row_tree.h"

#include <algorithm>

namespace steelyard::market {
namespace {

/// Nodes with fewer entries are merged with a neighbour where both together leave room to grow.
constexpr std::uint32_t small_size = RowNode::size_max / 4;
constexpr std::uint32_t merged_size_max = RowNode::size_max * 3 / 4;

/// How many of the entries from `from` on are before the key. Steps do not depend on the outcome of
/// comparisons, which nobody can predict.
std::uint32_t count_before(const RowNode& node, std::uint32_t from, const RowEntry& key) {
    const RowEntry* at = node.entries.data() + from;
    std::uint32_t left = node.size - from;
    while (left > 1) {
        const std::uint32_t half = left / 2;
        at += at[half - 1].is_before(key) ? half : 0;
        left -= half;
    }
    at += left == 1 && at->is_before(key) ? 1 : 0;
    return static_cast<std::uint32_t>(at - node.entries.data()) - from;
}

/// The child that a key belongs to.
std::uint32_t child_of(const RowNode& node, const RowEntry& key) {
    const std::uint32_t before = count_before(node, 1, key);
    const std::uint32_t next = before + 1;
    return next < node.size && !key.is_before(node.entries[next]) ? next : before;
}

void insert_at(RowNode& node, std::uint32_t position, const RowEntry& entry) {
    const auto at = node.entries.begin() + position;
    std::copy_backward(at, node.entries.begin() + node.size, node.entries.begin() + node.size + 1);
    *at = entry;
    ++node.size;
}

void erase_at(RowNode& node, std::uint32_t position) {
    const auto at = node.entries.begin() + position;
    std::copy(at + 1, node.entries.begin() + node.size, at);
    --node.size;
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
    path.positions[levels_ - 1] = count_before((*nodes_)[path.nodes[levels_ - 1]], 0, key);
    return path;
}

bool RowTree::is_at(const Path& path, const RowEntry& key) const {
    const RowNode& leaf = (*nodes_)[path.nodes[levels_ - 1]];
    const std::uint32_t position = path.positions[levels_ - 1];
    return position < leaf.size && !key.is_before(leaf.entries[position]);
}

std::uint32_t* RowTree::find(const RowEntry& key) {
    if (levels_ == 0) {
        return nullptr;
    }
    const Path path = path_to(key);
    if (!is_at(path, key)) {
        return nullptr;
    }
    return &(*nodes_)[path.nodes[levels_ - 1]].entries[path.positions[levels_ - 1]].row;
}

void RowTree::insert(const RowEntry& entry) {
    ++size_;
    if (levels_ == 0) {
        make_root(entry);
        return;
    }
    const Path path = path_to(entry);
    CHECK(!is_at(path, entry));
    RowEntry added = entry;
    for (std::size_t level = levels_; level > 0; --level) {
        std::uint32_t node = path.nodes[level - 1];
        std::uint32_t position = path.positions[level - 1];
        position += level < levels_ ? 1 : 0;  // a new child stands behind the one that was split
        if ((*nodes_)[node].size < RowNode::size_max) {
            insert_at((*nodes_)[node], position, added);
            return;
        }
        const std::uint32_t right = split(node, position == RowNode::size_max);
        const std::uint32_t kept = (*nodes_)[node].size;
        if (position > kept || (*nodes_)[right].size == 0) {
            node = right;
            position -= kept;
        }
        insert_at((*nodes_)[node], position, added);
        added = (*nodes_)[right].entries[0];
        added.row = right;
    }
    const std::uint32_t left = root_;
    make_root({.row = left});
    insert_at((*nodes_)[root_], 1, added);
}

/// A node above all others with one entry.
void RowTree::make_root(const RowEntry& first) {
    CHECK(levels_ < levels_max);
    root_ = nodes_->take();
    RowNode& node = (*nodes_)[root_];
    node.size = 1;
    node.previous = RowNode::none;
    node.next = RowNode::none;
    node.entries[0] = first;
    ++levels_;
}

/// Moves the upper half of a full node to a new one behind it; nothing where an entry is to be
/// added at the end, so that nodes that are filled in order are full.
std::uint32_t RowTree::split(std::uint32_t node, bool is_at_end) {
    const std::uint32_t number = nodes_->take();
    RowNode& left = (*nodes_)[node];
    RowNode& right = (*nodes_)[number];
    const std::uint32_t kept = is_at_end ? left.size : left.size / 2;
    std::copy(left.entries.begin() + kept, left.entries.begin() + left.size, right.entries.begin());
    right.size = left.size - kept;
    left.size = kept;
    right.previous = node;
    right.next = left.next;
    left.next = number;
    if (right.next != RowNode::none) {
        (*nodes_)[right.next].previous = number;
    }
    return number;
}

void RowTree::erase(const RowEntry& key) {
    CHECK(levels_ > 0);
    Path path = path_to(key);
    CHECK(is_at(path, key));
    --size_;
    for (std::size_t level = levels_; level > 0; --level) {
        const std::uint32_t number = path.nodes[level - 1];
        RowNode& node = (*nodes_)[number];
        erase_at(node, path.positions[level - 1]);
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
            right.entries[0] = separator;
            right.entries[0].row = row;
        }
        std::copy(
            right.entries.begin(),
            right.entries.begin() + right.size,
            left.entries.begin() + left.size
        );
        left.size += right.size;
        unlink(right);
        nodes_->give_back(separator.row);
        erase_at(parent, left_position + 1);
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
