// The root of a state tree, computed the plain way from its records alone.
#pragma once

#include "base/protowire.h"
#include "crypto/sha256.h"

#include <bit>
#include <map>

namespace steelyard::test {

using Records = std::map<Bytes, Bytes>;

struct ReferenceNode {
    crypto::Hash256 hash;
    std::int64_t height;
    std::int64_t size;
};

inline crypto::Hash256 hash_reference(
    std::int64_t height, std::int64_t size, ByteView left, ByteView right
) {
    Bytes node;
    append_zigzag(node, height);
    append_zigzag(node, size);
    append_zigzag(node, 1);
    append_uvarint(node, left.size());
    append(node, left);
    append_uvarint(node, right.size());
    append(node, right);
    return crypto::sha256(node);
}

inline bool reference_bit(ByteView key, std::size_t bit) {
    return bit / 8 < key.size() && (key[bit / 8] << (bit % 8) & 0x80) != 0;
}

/// Of the records in [first, last), which are not none and agree in all bits before `bit`.
inline ReferenceNode reference_node(
    Records::const_iterator first, Records::const_iterator last, std::size_t bit
) {
    if (std::next(first) == last) {
        const auto& [key, value] = *first;
        return {hash_reference(0, 1, key, crypto::sha256(value)), 0, 1};
    }
    const auto split = std::find_if(first, last, [&](const auto& record) {
        return reference_bit(record.first, bit);
    });
    if (split == first || split == last) {
        return reference_node(first, last, bit + 1);
    }
    const ReferenceNode left = reference_node(first, split, bit + 1);
    const ReferenceNode right = reference_node(split, last, bit + 1);
    const std::int64_t height = 1 + std::max(left.height, right.height);
    const std::int64_t size = left.size + right.size;
    return {hash_reference(height, size, left.hash, right.hash), height, size};
}

inline crypto::Hash256 reference_root(const Records& records) {
    return records.empty() ? crypto::sha256(ByteView{})
                           : reference_node(records.begin(), records.end(), 0).hash;
}

}  // namespace steelyard::test
