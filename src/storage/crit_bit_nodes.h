// The records that a crit-bit tree is made of.
#pragma once

#include "crypto/hash.h"

namespace steelyard::storage::crit_bit {

constexpr std::uint32_t none = 0xffffffff;

using Version = std::uint32_t;

/// An inner node's handle, or a leaf's with the top bit set.
using Ref = std::uint32_t;

constexpr Ref leaf_flag = std::uint32_t{1} << 31;

constexpr bool is_leaf(Ref ref) {
    return (ref & leaf_flag) != 0;
}

constexpr Ref leaf_ref(std::uint32_t leaf) {
    return leaf | leaf_flag;
}

constexpr std::uint32_t leaf_of(Ref ref) {
    return ref & ~leaf_flag;
}

/// Where a node hangs: its parent's handle doubled, plus 1 on the right side; or none.
using Up = std::uint32_t;

constexpr Up below(std::uint32_t inner, unsigned side) {
    return inner << 1 | side;
}

/// Bit 0 is the top bit of the first byte; past its end a key has zeros.
inline unsigned bit_at(ByteView key, std::size_t bit) {
    const std::size_t byte = bit >> 3;
    return byte < key.size() ? key[byte] >> (7 - (bit & 7)) & 1U : 0;
}

/// The first bit in which two keys differ; where one is a prefix of the other, the first bit that
/// only one of them has.
std::size_t critical_bit(ByteView a, ByteView b);

/// The part of an inner node that descents read: half a cache line.
struct Inner {
    std::array<Ref, 2> child;
    Up up;
    std::uint32_t size;   ///< leaves below
    Version written;      ///< the version that last changed the node
    std::uint32_t image;  ///< where that version's log keeps what was before, or none
    std::uint16_t bit;    ///< the first bit in which keys below differ
    std::uint8_t height;  ///< 1 + the higher child's; 0 once the node is out of the tree
    std::uint8_t unused;
    std::uint32_t padding;
};
static_assert(sizeof(Inner) == 32);

/// The hashes of an inner node's children: a cache line.
using Hashes = std::array<crypto::Hash256, 2>;
static_assert(sizeof(Hashes) == 64);

struct Leaf {
    std::uint32_t key;
    std::uint32_t key_size;
    std::uint32_t value;  ///< a ValueHead and the bytes
    Up up;
};
static_assert(sizeof(Leaf) == 16);

/// What stands before the bytes of a value. Values form a chain into the past.
struct ValueHead {
    std::uint32_t size;
    Version written;
    std::uint32_t before;
};

/// An inner node as it was before a version changed it.
struct Image {
    std::uint32_t inner;
    std::array<Ref, 2> child;
    std::uint32_t size;
    Version written;
    std::uint32_t image;
    std::uint8_t height;
    Hashes hashes;
};

/// All that leads back from a version to the one before.
struct Log {
    Ref root = none;
    crypto::Hash256 root_hash = {};
    std::vector<Image> images;
    std::vector<std::uint32_t> overwritten;  ///< leaves with a new value
    std::vector<std::uint32_t> old_values;   ///< theirs, in the same order
    std::vector<std::uint32_t> new_leaves;
    std::vector<std::uint32_t> old_leaves;
    std::vector<std::uint32_t> new_inners;
    std::vector<std::uint32_t> old_inners;
    std::size_t value_memory = 0;  ///< of old values and leaves, which are kept until forgotten

    /// Empties all, and keeps the memory for the next version.
    void clear();

    /// Gives back most of the memory that an earlier, larger version has left unused.
    void trim();
};

/// One node of a path at some version, and the side on which the path goes on.
struct Step {
    std::array<Ref, 2> child;
    std::uint32_t size;
    std::uint8_t height;
    std::uint16_t bit;
    std::uint8_t side;
    const Hashes* hashes;
};
using Path = std::vector<Step>;  ///< from the root down

}  // namespace steelyard::storage::crit_bit
