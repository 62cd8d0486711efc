// The past of a crit-bit tree: logs of what each version changed, reading through them, proofs.
#include "base/protowire.h"
#include "storage/crit_bit_tree.h"

namespace steelyard::storage {

using crit_bit::below;
using crit_bit::Image;
using crit_bit::is_leaf;
using crit_bit::leaf_of;
using crit_bit::Log;
using crit_bit::Step;
using crit_bit::ValueHead;

namespace {

constexpr std::uint8_t hash_length = sizeof(crypto::Hash256);

/// How far ahead of its visit a record is fetched into the cache.
constexpr std::size_t prefetch_distance = 12;

void append_hash(Bytes& out, const crypto::Hash256& hash) {
    out.push_back(hash_length);
    append(out, hash);
}

crypto::InnerOp inner_op(const Step& step) {
    crypto::InnerOp op{.hash = crypto::HashOp::sha256, .prefix = {}, .suffix = {}};
    append_zigzag(op.prefix, step.height);
    append_zigzag(op.prefix, step.size);
    append_zigzag(op.prefix, 1);
    if (step.side == 0) {
        append_hash(op.suffix, (*step.hashes)[1]);
    } else {
        append_hash(op.prefix, (*step.hashes)[0]);
    }
    op.prefix.push_back(hash_length);
    return op;
}

}  // namespace

/// Keeps what an inner node was before the head's first change of it.
void CritBitTree::touch(std::uint32_t inner) {
    Inner& node = inners_[inner];
    std::vector<Image>& images = history_.back().images;
    images.emplace_back(
        inner, node.child, node.size, node.written, node.image, node.height, hashes_[inner]
    );
    node.written = head_;
    node.image = static_cast<std::uint32_t>(images.size() - 1);
}

/// Touches all nodes from `up` to the root. Above a node of the head all are.
void CritBitTree::touch_up(Up up) {
    for (; up != none && inners_[up >> 1].written != head_; up = inners_[up >> 1].up) {
        touch(up >> 1);
    }
}

void crit_bit::Log::clear() {
    images.clear();
    overwritten.clear();
    old_values.clear();
    new_leaves.clear();
    old_leaves.clear();
    new_inners.clear();
    old_inners.clear();
    value_memory = 0;
}

void crit_bit::Log::trim() {
    const auto trim_one = [](auto& records) {
        if (records.capacity() > 2 * records.size()) {
            records.shrink_to_fit();
        }
    };
    trim_one(images);
    for (auto* handles :
         {&overwritten, &old_values, &new_leaves, &old_leaves, &new_inners, &old_inners}) {
        trim_one(*handles);
    }
}

void CritBitTree::roll_back() {
    CHECK(!history_.empty());
    Log log = std::move(history_.back());
    history_.pop_back();
    --head_;
    for (std::size_t i = 0; i < log.overwritten.size(); ++i) {
        Leaf& leaf = leaves_[log.overwritten[i]];
        free_value(leaf.value);
        leaf.value = log.old_values[i];
    }
    for (const std::uint32_t leaf : log.new_leaves) {
        free_leaf(leaf);
    }
    for (const std::uint32_t inner : log.new_inners) {
        inners_.release(inner);
        hashes_.release(inner);
    }
    for (const Image& image : log.images) {
        Inner& node = inners_[image.inner];
        node.child = image.child;
        node.size = image.size;
        node.written = image.written;
        node.image = image.image;
        node.height = image.height;
        hashes_[image.inner] = image.hashes;
        set_up(image.child[0], below(image.inner, 0));
        set_up(image.child[1], below(image.inner, 1));
    }
    root_ = log.root;
    root_hash_ = log.root_hash;
    if (root_ != none) {
        set_up(root_, none);
    }
    log.clear();
    spare_log_ = std::move(log);
}

void CritBitTree::forget_oldest() {
    CHECK(!history_.empty());
    Log log = std::move(history_.front());
    history_.pop_front();
    for (const std::uint32_t value : log.old_values) {
        free_value(value);
    }
    for (const std::uint32_t leaf : log.old_leaves) {
        free_leaf(leaf);
    }
    for (const std::uint32_t inner : log.old_inners) {
        inners_.release(inner);
        hashes_.release(inner);
    }
    log.clear();
    spare_log_ = std::move(log);
}

std::size_t CritBitTree::history_size() const {
    std::size_t size = 0;
    for (const Log& log : history_) {
        const std::size_t handles = 2 * log.overwritten.size() + log.new_leaves.size() +
                                    log.old_leaves.size() + log.new_inners.size() +
                                    log.old_inners.size();
        size += sizeof(Log) + log.images.capacity() * sizeof(Image) +
                handles * sizeof(std::uint32_t) + log.value_memory;
    }
    return size;
}

std::size_t CritBitTree::memory_size() const {
    return inners_.memory_size() + hashes_.memory_size() + leaves_.memory_size() +
           keys_.memory_size() + values_.memory_size();
}

void CritBitTree::visit_changes(const std::function<void(const TreeChange&)>& visit) const {
    CHECK(!history_.empty());
    const Log& log = history_.back();
    for (std::size_t i = 0; i < log.overwritten.size(); ++i) {
        if (i + prefetch_distance < log.overwritten.size()) {
            const Leaf& ahead = leaves_[log.overwritten[i + prefetch_distance]];
            __builtin_prefetch(keys_[ahead.key]);
            __builtin_prefetch(values_[ahead.value]);
            __builtin_prefetch(values_[log.old_values[i + prefetch_distance]]);
        }
        const std::uint32_t leaf = log.overwritten[i];
        visit({
            .key = key_of(leaf),
            .before = value_of(log.old_values[i]),
            .after = value_of(leaves_[leaf].value),
        });
    }
    for (const std::uint32_t leaf : log.old_leaves) {
        visit({
            .key = key_of(leaf),
            .before = value_of(leaves_[leaf].value),
            .after = std::nullopt,
        });
    }
    for (const std::uint32_t leaf : log.new_leaves) {
        visit({
            .key = key_of(leaf),
            .before = std::nullopt,
            .after = value_of(leaves_[leaf].value),
        });
    }
}

const crypto::Hash256& CritBitTree::root(Version version) const {
    CHECK(version >= oldest() && version <= head_);
    return version == head_ ? root_hash_ : history_[version - oldest()].root_hash;
}

CritBitTree::Ref CritBitTree::root_ref(Version version) const {
    CHECK(version >= oldest() && version <= head_);
    return version == head_ ? root_ : history_[version - oldest()].root;
}

/// An inner node as a version saw it, which must have held it.
Step CritBitTree::step_at(std::uint32_t inner, Version version) const {
    const Inner& node = inners_[inner];
    Step step{
        .child = node.child,
        .size = node.size,
        .height = node.height,
        .bit = node.bit,
        .side = 0,
        .hashes = &hashes_[inner],
    };
    Version written = node.written;
    std::uint32_t image_index = node.image;
    while (written > version) {
        // history_[i] leads from version oldest + i + 1 to the one before.
        const Image& image = history_[written - oldest() - 1].images[image_index];
        step.child = image.child;
        step.size = image.size;
        step.height = image.height;
        step.hashes = &image.hashes;
        written = image.written;
        image_index = image.image;
    }
    return step;
}

/// The value of a leaf as a version saw it, which must have held the leaf.
std::uint32_t CritBitTree::value_at(std::uint32_t leaf, Version version) const {
    const auto head_of = [&](std::uint32_t value) {
        return reinterpret_cast<const ValueHead*>(values_[value]);
    };
    std::uint32_t value = leaves_[leaf].value;
    while (head_of(value)->written > version) {
        value = head_of(value)->before;
    }
    return value;
}

CritBitTree::Place CritBitTree::place_of(ByteView key, Version version) const {
    Place place;
    place.at = root_ref(version);
    if (place.at == none) {
        return place;
    }
    while (!is_leaf(place.at)) {
        Step& step = place.path.emplace_back(step_at(place.at, version));
        step.side = static_cast<std::uint8_t>(crit_bit::bit_at(key, step.bit));
        place.at = step.child[step.side];
    }
    const ByteView other = key_of(leaf_of(place.at));
    place.found = equal(key, other);
    if (place.found) {
        return place;
    }
    place.is_before = compare(key, other) < 0;
    const std::size_t bit = crit_bit::critical_bit(key, other);
    while (!place.path.empty() && place.path.back().bit >= bit) {
        place.path.pop_back();
        const Path& path = place.path;
        place.at = path.empty() ? root_ref(version) : path.back().child[path.back().side];
    }
    return place;
}

std::optional<ByteView> CritBitTree::get(ByteView key, Version version) const {
    const Place place = place_of(key, version);
    if (!place.found) {
        return std::nullopt;
    }
    return value_of(value_at(leaf_of(place.at), version));
}

Result<crypto::CommitmentProof> CritBitTree::prove(ByteView key, Version version) const {
    const Place place = place_of(key, version);
    if (place.at == none) {
        return fail(ErrorCode::not_found, "the store is empty, which its root shows");
    }
    if (place.found) {
        return existence(place.path, leaf_of(place.at), version);
    }
    return crypto::NonExistenceProof{
        .key = to_bytes(key),
        .left = neighbour(place, 0, version),
        .right = neighbour(place, 1, version),
    };
}

crypto::ExistenceProof CritBitTree::existence(const Path& path, std::uint32_t leaf, Version version)
    const {
    crypto::ExistenceProof proof{
        .key = to_bytes(key_of(leaf)),
        .value = to_bytes(value_of(value_at(leaf, version))),
        .leaf = crypto::leaf_op(crypto::ProofSpec::iavl),
        .path = {},
    };
    proof.path.reserve(path.size());
    for (auto step = path.rbegin(); step != path.rend(); ++step) {
        proof.path.push_back(inner_op(*step));
    }
    return proof;
}

/// The record that comes last before (side 0) or first after (side 1) the place of an absent key.
std::optional<crypto::ExistenceProof> CritBitTree::neighbour(
    const Place& place, unsigned side, Version version
) const {
    Path path = place.path;
    Ref ref = place.at;
    if (place.is_before != (side == 1)) {
        // The subtree at the place lies on the other side: turn off at the last fork.
        while (!path.empty() && path.back().side == side) {
            path.pop_back();
        }
        if (path.empty()) {
            return std::nullopt;
        }
        path.back().side = static_cast<std::uint8_t>(side);
        ref = path.back().child[side];
    }
    while (!is_leaf(ref)) {
        Step& step = path.emplace_back(step_at(ref, version));
        step.side = static_cast<std::uint8_t>(side ^ 1);
        ref = step.child[step.side];
    }
    return existence(path, leaf_of(ref), version);
}

}  // namespace steelyard::storage
