// The file of a blob's tree: `ID.tree` (doc/spec/blobs.md, S6).
#pragma once

#include "blob/blob.h"

namespace steelyard::blob {

constexpr std::size_t tree_head_bytes = 104;
constexpr std::size_t tree_file_bytes_max = tree_head_bytes + std::size_t{groups_max} * 32;

Bytes encode_tree(const BlobTree& tree);

/// What stands before the hashes, from the first `tree_head_bytes` of a file or more of it. Errors:
/// anything that encode_tree does not write (corrupt), more chunks than a blob has (too_large).
Result<BlobHeader> decode_tree_head(ByteView beginning);

/// A whole file. Errors: those of the head, another number of hashes than its type has. Whether the
/// hashes give the root is not looked at.
Result<BlobTree> decode_tree(ByteView file);

}  // namespace steelyard::blob
