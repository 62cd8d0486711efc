#include "blob/blob.h"

#include "base/check.h"
#include "base/hex.h"
#include "vm/files/npy.h"
#include "vm/ops/cost.h"
#include "vm/trace/commitment.h"

namespace steelyard::blob {

static_assert(group_chunks == vm::hash_group_chunks);

Hash256 BlobHeader::id() const {
    return vm::tensor_id(type, root);
}

Bytes BlobHeader::head() const {
    return vm::write_npy_head(type);
}

std::uint64_t BlobHeader::file_bytes() const {
    return head().size() + type.bytes();
}

std::uint32_t BlobHeader::group_count() const {
    return static_cast<std::uint32_t>(vm::hash_group_count(type));
}

Result<void> check_size(const vm::TensorType& type) {
    const std::uint64_t chunks = vm::chunk_count(type);
    if (chunks > chunks_max) {
        return fail(
            ErrorCode::too_large,
            "{} has {} chunks, a blob at most {}",
            type.text(),
            chunks,
            chunks_max
        );
    }
    return {};
}

ByteRange group_range(const vm::TensorType& type, std::uint32_t group) {
    const vm::ByteRange range = vm::hash_group_range(type, group);
    return {.first = range.first, .size = range.size};
}

Hash256 group_hash(const vm::TensorType& type, std::uint32_t group, ByteView content) {
    return vm::hash_group(type, group, content);
}

Hash256 root_of_groups(const vm::TensorType& type, std::span<const Hash256> groups) {
    return vm::tensor_root_of_groups(type, groups);
}

Result<void> check_tree(
    const Hash256& id, const BlobHeader& header, std::span<const Hash256> groups
) {
    TRY(check_size(header.type));
    if (header.id() != id) {
        return fail(ErrorCode::corrupt, "type and root of {} are not its own", to_hex(id));
    }
    if (groups.size() != header.group_count() ||
        root_of_groups(header.type, groups) != header.root) {
        return fail(
            ErrorCode::corrupt,
            "{} hashes of groups of {} do not give its root",
            groups.size(),
            to_hex(id)
        );
    }
    return {};
}

}  // namespace steelyard::blob
