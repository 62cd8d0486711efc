// The hashes of a crit-bit tree: leaves first, then inner nodes level by level, many at once.
#include "base/protowire.h"
#include "crypto/sha256.h"
#include "storage/crit_bit_tree.h"
#include "storage/hash_queue.h"

#include <numeric>

namespace steelyard::storage {
namespace {

constexpr std::size_t leaves_at_once = 512;

/// How far ahead of the hashing nodes are fetched into the cache.
constexpr std::size_t prefetch_distance = 12;

constexpr std::size_t hash_size = sizeof(crypto::Hash256);

std::size_t uvarint_size(std::uint64_t value) {
    return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

std::uint8_t* put_uvarint(std::uint8_t* at, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        *at++ = static_cast<std::uint8_t>(value | 0x80);
    }
    *at++ = static_cast<std::uint8_t>(value);
    return at;
}

std::uint8_t* put_hash(std::uint8_t* at, const crypto::Hash256& hash) {
    *at = hash_size;
    std::memcpy(at + 1, hash.data(), hash_size);
    return at + 1 + hash_size;
}

// Zigzag of a number that is not negative is its double.
constexpr std::uint8_t zigzag_version = 2;

}  // namespace

void CritBitTree::hash_changes() {
    const crit_bit::Log& log = history_.back();
    hash_leaves(log.overwritten);
    hash_leaves(log.new_leaves);
    std::vector<std::uint32_t> inners;
    inners.reserve(log.images.size() + log.new_inners.size());
    for (const crit_bit::Image& image : log.images) {
        inners.push_back(image.inner);
    }
    inners.insert(inners.end(), log.new_inners.begin(), log.new_inners.end());
    hash_inners(inners);
}

/// Of a tree that has just been loaded: its handles count from 0.
void CritBitTree::hash_all() {
    std::vector<std::uint32_t> handles(size());
    std::iota(handles.begin(), handles.end(), 0U);
    hash_leaves(handles);
    handles.pop_back();
    hash_inners(handles);
}

void CritBitTree::hash_leaves(std::span<const std::uint32_t> leaves) {
    HashQueue queue;
    std::array<crypto::Hash256, leaves_at_once> value_hashes;
    while (!leaves.empty()) {
        const auto some = leaves.first(std::min(leaves.size(), leaves_at_once));
        leaves = leaves.subspan(some.size());
        for (std::size_t i = 0; i < some.size(); ++i) {
            const ByteView value = value_of(leaves_[some[i]].value);
            if (value.size() <= HashQueue::message_size_max) {
                std::memcpy(queue.add(value.size(), &value_hashes[i]), value.data(), value.size());
            } else {
                value_hashes[i] = crypto::sha256(value);
            }
        }
        queue.flush();
        for (std::size_t i = 0; i < some.size(); ++i) {
            const ByteView key = key_of(some[i]);
            const std::size_t size = 3 + uvarint_size(key.size()) + key.size() + 1 + hash_size;
            std::uint8_t* at = queue.add(size, &hash_slot(leaves_[some[i]].up));
            *at++ = 0;  // height
            *at++ = 2;  // size 1
            *at++ = zigzag_version;
            at = put_uvarint(at, key.size());
            std::memcpy(at, key.data(), key.size());
            put_hash(at + key.size(), value_hashes[i]);
        }
        queue.flush();
    }
}

/// Of the nodes given, those that are in the tree, each after all below it.
std::vector<std::uint32_t> CritBitTree::bottom_up(std::span<const std::uint32_t> inners) const {
    std::vector<std::uint8_t> heights(inners.size());
    std::array<std::size_t, state_tree_depth_max + 2> next = {};
    for (std::size_t i = 0; i < inners.size(); ++i) {
        if (i + prefetch_distance < inners.size()) {
            __builtin_prefetch(&inners_[inners[i + prefetch_distance]]);
        }
        heights[i] = inners_[inners[i]].height;
        ++next[heights[i] + std::size_t{1}];
    }
    const std::size_t removed = next[1];
    next[1] = 0;
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<std::uint32_t> order(inners.size() - removed);
    for (std::size_t i = 0; i < inners.size(); ++i) {
        if (heights[i] != 0) {
            order[next[heights[i]]++] = inners[i];
        }
    }
    return order;
}

void CritBitTree::hash_inners(std::span<const std::uint32_t> inners) {
    const std::vector<std::uint32_t> order = bottom_up(inners);
    HashQueue queue;
    std::uint8_t height = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i + prefetch_distance < order.size()) {
            __builtin_prefetch(&inners_[order[i + prefetch_distance]]);
            __builtin_prefetch(&hashes_[order[i + prefetch_distance]]);
        }
        const Inner& node = inners_[order[i]];
        if (node.height != height) {
            queue.flush();
            height = node.height;
        }
        const std::uint64_t zigzag_height = 2 * std::uint64_t{node.height};
        const std::uint64_t zigzag_size = 2 * std::uint64_t{node.size};
        const std::size_t size =
            uvarint_size(zigzag_height) + uvarint_size(zigzag_size) + 1 + 2 * (1 + hash_size);
        std::uint8_t* at = queue.add(size, &hash_slot(node.up));
        at = put_uvarint(at, zigzag_height);
        at = put_uvarint(at, zigzag_size);
        *at++ = zigzag_version;
        at = put_hash(at, hashes_[order[i]][0]);
        put_hash(at, hashes_[order[i]][1]);
    }
    queue.flush();
}

}  // namespace steelyard::storage
