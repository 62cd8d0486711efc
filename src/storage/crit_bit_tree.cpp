#include "storage/crit_bit_tree.h"

#include "base/hex.h"

namespace steelyard::storage {

using crit_bit::below;
using crit_bit::bit_at;
using crit_bit::critical_bit;
using crit_bit::is_leaf;
using crit_bit::leaf_of;
using crit_bit::leaf_ref;
using crit_bit::ValueHead;

namespace {

/// How many descents go on at once, so that their cache misses overlap.
constexpr std::size_t descents_max = 16;

Result<void> check_limits(ByteView key, const std::optional<ByteView>& value) {
    if (key.empty()) {
        return invalid("a state key is empty");
    }
    if (key.size() > state_key_size_max) {
        return fail(
            ErrorCode::too_large, "state key of {} bytes, limit {}", key.size(), state_key_size_max
        );
    }
    if (value && value->empty()) {
        return invalid("the value of state key {} is empty", to_hex(key));
    }
    if (value && value->size() > state_value_size_max) {
        return fail(
            ErrorCode::too_large,
            "the value of state key {} has {} bytes, limit {}",
            to_hex(key),
            value->size(),
            state_value_size_max
        );
    }
    return {};
}

std::unexpected<Error> too_deep(ByteView key) {
    return fail(
        ErrorCode::too_large,
        "state key {} makes the tree deeper than {}",
        to_hex(key),
        state_tree_depth_max
    );
}

/// Where `bit` is the critical bit of two different keys: whether one is a prefix of the other.
Result<void> check_prefix_free(ByteView key, ByteView other, std::size_t bit) {
    if (bit == std::min(key.size(), other.size()) * 8) {
        return invalid(
            "of the state keys {} and {} one is a prefix of the other", to_hex(key), to_hex(other)
        );
    }
    return {};
}

}  // namespace

Result<void> CritBitTree::append(ByteView key, ByteView value) {
    TRY(check_limits(key, value));
    if (last_loaded_ == none) {
        CHECK(root_ == none && history_.empty());
        last_loaded_ = new_leaf(key, value);
        root_ = leaf_ref(last_loaded_);
        set_up(root_, none);
        return {};
    }
    const ByteView last = key_of(last_loaded_);
    if (compare(last, key) >= 0) {
        return invalid("state key {} comes after {}", to_hex(key), to_hex(last));
    }
    const std::size_t bit = critical_bit(last, key);
    TRY(check_prefix_free(key, last, bit));

    // The right edge holds nodes that are not complete; those that differ later than `bit` are now.
    Ref left = leaf_ref(last_loaded_);
    for (Up up = up_of(left); up != none && inners_[up >> 1].bit > bit; up = up_of(left)) {
        TRY(complete_subtree(up >> 1));
        left = up >> 1;
    }
    const Up place = up_of(left);
    const std::uint32_t inner = new_inner(bit);
    last_loaded_ = new_leaf(key, value);
    set_child(below(inner, 0), left);
    set_child(below(inner, 1), leaf_ref(last_loaded_));
    set_child(place, inner);
    return {};
}

Result<void> CritBitTree::complete_subtree(std::uint32_t inner) {
    Inner& node = inners_[inner];
    const unsigned height = 1U + std::max(height_of(node.child[0]), height_of(node.child[1]));
    if (height > state_tree_depth_max) {
        return too_deep(key_of(end_of(inner, 1)));
    }
    node.height = static_cast<std::uint8_t>(height);
    node.size = size_of(node.child[0]) + size_of(node.child[1]);
    return {};
}

Result<void> CritBitTree::finish_load() {
    if (last_loaded_ == none) {
        return {};
    }
    for (Up up = leaves_[last_loaded_].up; up != none; up = inners_[up >> 1].up) {
        TRY(complete_subtree(up >> 1));
    }
    last_loaded_ = none;
    hash_all();
    return {};
}

Result<void> CritBitTree::update(std::span<const TreeUpdate> updates) {
    for (std::size_t i = 0; i < updates.size(); ++i) {
        TRY(check_limits(updates[i].key, updates[i].value));
        CHECK(i == 0 || compare(updates[i - 1].key, updates[i].key) < 0);
    }
    CHECK(last_loaded_ == none && head_ != std::numeric_limits<Version>::max());
    crit_bit::Log& log = history_.emplace_back(std::exchange(spare_log_, {}));
    log.root = root_;
    log.root_hash = root_hash_;
    if (history_.size() > 1) {
        // Versions are of like size; to grow step by step would copy the images several times.
        log.images.reserve(std::prev(history_.end(), 2)->images.size());
    }
    ++head_;

    // What goes must go before what comes: only the outcome has to be free of prefixes.
    const std::vector<TreeUpdate> absent = change_present(updates);
    if (Result<void> inserted = insert_all(absent); !inserted) {
        roll_back();
        return inserted;
    }
    hash_changes();
    log.trim();
    return {};
}

/// Overwrites and erases; returns the updates that are still to be inserted.
std::vector<TreeUpdate> CritBitTree::change_present(std::span<const TreeUpdate> updates) {
    std::vector<TreeUpdate> absent;
    std::array<Ref, descents_max> reached;
    for (std::size_t start = 0; start < updates.size(); start += descents_max) {
        const auto group = updates.subspan(start, std::min(descents_max, updates.size() - start));
        descend_together(group, reached);
        for (std::size_t i = 0; i < group.size(); ++i) {
            const TreeUpdate& update = group[i];
            if (reached[i] == none || !equal(key_of(leaf_of(reached[i])), update.key)) {
                if (update.value) {
                    absent.push_back(update);
                }
            } else if (update.value) {
                overwrite(leaf_of(reached[i]), *update.value);
            } else {
                erase(leaf_of(reached[i]));
            }
        }
    }
    return absent;
}

Result<void> CritBitTree::insert_all(std::span<const TreeUpdate> updates) {
    std::array<Ref, descents_max> reached;
    for (std::size_t start = 0; start < updates.size(); start += descents_max) {
        const auto group = updates.subspan(start, std::min(descents_max, updates.size() - start));
        // Only to have the nodes in the cache: each insertion changes where the next one goes.
        descend_together(group, reached);
        for (const TreeUpdate& update : group) {
            TRY(insert(update.key, *update.value));
        }
    }
    return {};
}

void CritBitTree::overwrite(std::uint32_t leaf_handle, ByteView value) {
    Leaf& leaf = leaves_[leaf_handle];
    if (equal(value_of(leaf.value), value)) {
        return;
    }
    crit_bit::Log& log = history_.back();
    log.overwritten.push_back(leaf_handle);
    log.old_values.push_back(leaf.value);
    log.value_memory += sizeof(ValueHead) + value_of(leaf.value).size();
    leaf.value = new_value(value, leaf.value);
    touch_up(leaf.up);
}

void CritBitTree::erase(std::uint32_t leaf_handle) {
    const Up up = leaves_[leaf_handle].up;
    crit_bit::Log& log = history_.back();
    log.old_leaves.push_back(leaf_handle);
    log.value_memory += sizeof(ValueHead) + value_of(leaves_[leaf_handle].value).size();
    if (up == none) {
        root_ = none;
        root_hash_ = empty_tree_root;
        return;
    }
    touch_up(up);
    const std::uint32_t parent = up >> 1;
    log.old_inners.push_back(parent);
    const unsigned other = (up & 1) ^ 1;
    const Ref sibling = inners_[parent].child[other];
    Up above = inners_[parent].up;
    hash_slot(above) = hashes_[parent][other];
    set_child(above, sibling);
    inners_[parent].height = 0;

    unsigned height = height_of(sibling);
    bool is_lower = true;  // whether the subtree that shrank is lower than it was
    for (; above != none; above = inners_[above >> 1].up) {
        Inner& node = inners_[above >> 1];
        --node.size;
        if (is_lower) {
            height = 1U + std::max(height, unsigned{height_of(node.child[(above & 1) ^ 1])});
            is_lower = height != node.height;
            node.height = static_cast<std::uint8_t>(height);
        }
    }
}

Result<void> CritBitTree::insert(ByteView key, ByteView value) {
    if (root_ == none) {
        const std::uint32_t leaf = new_leaf(key, value);
        history_.back().new_leaves.push_back(leaf);
        set_child(none, leaf_ref(leaf));
        return {};
    }
    const Ref reached = descend(key);
    const ByteView other = key_of(leaf_of(reached));
    const std::size_t bit = critical_bit(key, other);
    TRY(check_prefix_free(key, other, bit));

    const Ref at = subtree_at_bit(reached, bit);
    const Up place = up_of(at);
    touch_up(place);
    const std::uint32_t inner = new_inner(bit);
    const std::uint32_t leaf = new_leaf(key, value);
    history_.back().new_inners.push_back(inner);
    history_.back().new_leaves.push_back(leaf);
    const unsigned side = bit_at(key, bit);
    inners_[inner].size = size_of(at);
    inners_[inner].height = height_of(at);
    hashes_[inner][side ^ 1] = hash_slot(place);
    set_child(below(inner, side ^ 1), at);
    set_child(below(inner, side), leaf_ref(leaf));
    set_child(place, inner);

    unsigned height = height_of(at);
    for (Up up = below(inner, side); up != none; up = inners_[up >> 1].up) {
        Inner& node = inners_[up >> 1];
        ++node.size;
        height = std::max(height + 1U, unsigned{node.height});
        node.height = static_cast<std::uint8_t>(height);
    }
    if (height > state_tree_depth_max) {
        return too_deep(key);
    }
    return {};
}

std::size_t crit_bit::critical_bit(ByteView a, ByteView b) {
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    const auto byte = static_cast<std::size_t>(in_a - a.begin());
    if (in_a == a.end() || in_b == b.end()) {
        return byte * 8;
    }
    const auto difference = static_cast<std::uint8_t>(*in_a ^ *in_b);
    return byte * 8 + static_cast<std::size_t>(std::countl_zero(difference));
}

CritBitTree::Ref CritBitTree::descend(ByteView key) const {
    Ref ref = root_;
    while (!is_leaf(ref)) {
        const Inner& node = inners_[ref];
        ref = node.child[bit_at(key, node.bit)];
    }
    return ref;
}

void CritBitTree::descend_together(std::span<const TreeUpdate> updates, std::span<Ref> out) const {
    std::fill_n(out.begin(), updates.size(), root_);
    if (root_ == none) {
        return;
    }
    for (bool is_moving = true; is_moving;) {
        is_moving = false;
        for (std::size_t i = 0; i < updates.size(); ++i) {
            if (!is_leaf(out[i])) {
                const Inner& node = inners_[out[i]];
                out[i] = node.child[bit_at(updates[i].key, node.bit)];
                prefetch(out[i]);
                is_moving = true;
            }
        }
    }
    for (std::size_t i = 0; i < updates.size(); ++i) {
        const Leaf& leaf = leaves_[leaf_of(out[i])];
        __builtin_prefetch(keys_[leaf.key]);
        __builtin_prefetch(values_[leaf.value]);
        __builtin_prefetch(values_[leaf.value] + 64);
    }
}

void CritBitTree::prefetch(Ref ref) const {
    if (is_leaf(ref)) {
        __builtin_prefetch(&leaves_[leaf_of(ref)]);
    } else {
        __builtin_prefetch(&inners_[ref]);
        __builtin_prefetch(&hashes_[ref], 1, 2);
    }
}

/// The highest subtree that holds `ref` and whose keys agree in all bits before `bit`.
CritBitTree::Ref CritBitTree::subtree_at_bit(Ref ref, std::size_t bit) const {
    for (Up up = up_of(ref); up != none && inners_[up >> 1].bit >= bit; up = up_of(ref)) {
        ref = up >> 1;
    }
    return ref;
}

std::optional<ByteView> CritBitTree::get(ByteView key) const {
    if (root_ == none) {
        return std::nullopt;
    }
    const std::uint32_t leaf = leaf_of(descend(key));
    if (!equal(key_of(leaf), key)) {
        return std::nullopt;
    }
    return value_of(leaves_[leaf].value);
}

CritBitTree::Cursor CritBitTree::lower_bound(ByteView key) const {
    if (root_ == none) {
        return {*this, none};
    }
    const Ref reached = descend(key);
    const ByteView other = key_of(leaf_of(reached));
    if (equal(other, key)) {
        return {*this, leaf_of(reached)};
    }
    const Ref at = subtree_at_bit(reached, critical_bit(key, other));
    return {*this, compare(key, other) < 0 ? end_of(at, 0) : successor(at)};
}

/// The first or the last leaf of a subtree.
std::uint32_t CritBitTree::end_of(Ref ref, unsigned side) const {
    while (!is_leaf(ref)) {
        ref = inners_[ref].child[side];
    }
    return leaf_of(ref);
}

/// The leaf that follows all of a subtree, or none.
std::uint32_t CritBitTree::successor(Ref ref) const {
    Up up = up_of(ref);
    while (up != none && (up & 1) == 1) {
        up = inners_[up >> 1].up;
    }
    return up == none ? none : end_of(inners_[up >> 1].child[1], 0);
}

ByteView CritBitTree::key_of(std::uint32_t leaf) const {
    return {keys_[leaves_[leaf].key], leaves_[leaf].key_size};
}

ByteView CritBitTree::value_of(std::uint32_t value) const {
    const std::uint8_t* at = values_[value];
    return {at + sizeof(ValueHead), reinterpret_cast<const ValueHead*>(at)->size};
}

std::uint32_t CritBitTree::size_of(Ref ref) const {
    return ref == none ? 0 : is_leaf(ref) ? 1 : inners_[ref].size;
}

std::uint8_t CritBitTree::height_of(Ref ref) const {
    return is_leaf(ref) ? std::uint8_t{0} : inners_[ref].height;
}

CritBitTree::Up CritBitTree::up_of(Ref ref) const {
    return is_leaf(ref) ? leaves_[leaf_of(ref)].up : inners_[ref].up;
}

void CritBitTree::set_up(Ref ref, Up up) {
    (is_leaf(ref) ? leaves_[leaf_of(ref)].up : inners_[ref].up) = up;
}

void CritBitTree::set_child(Up up, Ref ref) {
    (up == none ? root_ : inners_[up >> 1].child[up & 1]) = ref;
    set_up(ref, up);
}

crypto::Hash256& CritBitTree::hash_slot(Up up) {
    return up == none ? root_hash_ : hashes_[up >> 1][up & 1];
}

std::uint32_t CritBitTree::new_value(ByteView value, std::uint32_t before) {
    const std::uint32_t handle = values_.allocate(sizeof(ValueHead) + value.size());
    std::uint8_t* at = values_[handle];
    const auto size = static_cast<std::uint32_t>(value.size());
    new (at) ValueHead{.size = size, .written = head_, .before = before};
    std::memcpy(at + sizeof(ValueHead), value.data(), value.size());
    return handle;
}

std::uint32_t CritBitTree::new_leaf(ByteView key, ByteView value) {
    const std::uint32_t handle = leaves_.allocate();
    const std::uint32_t key_handle = keys_.allocate(key.size());
    std::memcpy(keys_[key_handle], key.data(), key.size());
    leaves_[handle] = {
        .key = key_handle,
        .key_size = static_cast<std::uint32_t>(key.size()),
        .value = new_value(value, none),
        .up = none,
    };
    return handle;
}

std::uint32_t CritBitTree::new_inner(std::size_t bit) {
    const std::uint32_t handle = inners_.allocate();
    // One handle serves both arenas: they allocate and release in step.
    CHECK(hashes_.allocate() == handle);
    inners_[handle] = {
        .child = {none, none},
        .up = none,
        .size = 0,
        .written = head_,
        .image = none,
        .bit = static_cast<std::uint16_t>(bit),
        .height = 0,
        .unused = 0,
        .padding = 0,
    };
    return handle;
}

void CritBitTree::free_value(std::uint32_t value) {
    values_.release(value, sizeof(ValueHead) + value_of(value).size());
}

void CritBitTree::free_leaf(std::uint32_t leaf) {
    free_value(leaves_[leaf].value);
    keys_.release(leaves_[leaf].key, leaves_[leaf].key_size);
    leaves_.release(leaf);
}

}  // namespace steelyard::storage
