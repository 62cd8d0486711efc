// Blob: a tensor under its id, its file, and the groups it is moved in (doc/spec/blobs.md, B1 to
// B4).
#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "vm/program/tensor_type.h"

#include <vector>

namespace steelyard::blob {

using crypto::Hash256;

constexpr std::uint64_t chunks_max = std::uint64_t{1} << 23;  ///< of a blob
constexpr std::uint32_t group_chunks = 256;
constexpr std::size_t group_bytes_max = group_chunks * 1024;
constexpr std::uint32_t groups_max = chunks_max / group_chunks;

/// Type and root: with them the id is bound. The type is one that check_size takes.
struct BlobHeader {
    vm::TensorType type{};
    Hash256 root{};

    Hash256 id() const;
    Bytes head() const;  ///< of its file: what stands before the content
    std::uint64_t file_bytes() const;
    std::uint32_t group_count() const;  ///< at least 1

    bool operator==(const BlobHeader&) const = default;
};

/// Errors: more chunks than a blob has (too_large).
Result<void> check_size(const vm::TensorType& type);

/// Where the content of a group lies in the tensor's data.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t size = 0;

    std::uint64_t end() const { return first + size; }
};

/// CHECKed: a group that the type has.
ByteRange group_range(const vm::TensorType& type, std::uint32_t group);

/// The hash of a group (B3) from its content (CHECKed: group_range().size bytes).
Hash256 group_hash(const vm::TensorType& type, std::uint32_t group, ByteView content);

/// The root that the hashes of all groups give (CHECKed: as many as the type has).
Hash256 root_of_groups(const vm::TensorType& type, std::span<const Hash256> groups);

/// A blob's type, root and the hashes of its groups (B4).
struct BlobTree {
    BlobHeader header{};
    std::vector<Hash256> groups{};

    bool operator==(const BlobTree&) const = default;
};

/// Whether this is the tree of that id. Errors: too_large for a blob, corrupt.
Result<void> check_tree(
    const Hash256& id, const BlobHeader& header, std::span<const Hash256> groups
);

}  // namespace steelyard::blob
