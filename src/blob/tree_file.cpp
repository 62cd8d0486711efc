#include "blob/tree_file.h"

#include "base/check.h"
#include "base/endian.h"

namespace steelyard::blob {

namespace {

constexpr std::string_view magic = "SBT1";
constexpr std::size_t dtype_at = 4;
constexpr std::size_t rank_at = 5;
constexpr std::size_t zero_at = 6;
constexpr std::size_t dimensions_at = 8;
constexpr std::size_t root_at = dimensions_at + vm::rank_max * 8;

static_assert(root_at + sizeof(Hash256) == tree_head_bytes);

std::unexpected<Error> broken(std::string_view what, std::uint64_t value) {
    return fail(ErrorCode::corrupt, "tree file: {} {}", what, value);
}

}  // namespace

Bytes encode_tree(const BlobTree& tree) {
    Bytes out;
    out.reserve(tree_head_bytes + tree.groups.size() * sizeof(Hash256));
    append(out, as_bytes(magic));
    out.push_back(static_cast<std::uint8_t>(tree.header.type.dtype));
    out.push_back(static_cast<std::uint8_t>(tree.header.type.shape.rank()));
    append_le(out, std::uint16_t{0});
    for (const std::uint64_t dimension : tree.header.type.shape.dimensions()) {
        append_le(out, dimension);
    }
    out.resize(root_at);
    append(out, tree.header.root);
    for (const Hash256& hash : tree.groups) {
        append(out, hash);
    }
    return out;
}

Result<BlobHeader> decode_tree_head(ByteView beginning) {
    if (beginning.size() < tree_head_bytes || !as_text(beginning).starts_with(magic)) {
        return broken("no head in bytes:", beginning.size());
    }
    const auto dtype = vm::dtype_from_number(beginning[dtype_at]);
    if (!dtype) {
        return broken("elements of type", beginning[dtype_at]);
    }
    const std::size_t rank = beginning[rank_at];
    if (rank > vm::rank_max) {
        return broken("a rank of", rank);
    }
    std::array<std::uint64_t, vm::rank_max> dimensions{};
    for (std::size_t axis = 0; axis < vm::rank_max; ++axis) {
        dimensions[axis] = load_le<std::uint64_t>(beginning.data() + dimensions_at + 8 * axis);
        if (axis >= rank && dimensions[axis] != 0) {
            return broken("a dimension beyond the rank of", rank);
        }
    }
    if (beginning[zero_at] != 0 || beginning[zero_at + 1] != 0) {
        return broken("not zero at offset", zero_at);
    }
    BlobHeader header;
    TRY_ASSIGN(header.type, vm::make_tensor_type(*dtype, std::span(dimensions).first(rank)));
    TRY(check_size(header.type));
    std::copy_n(beginning.begin() + root_at, header.root.size(), header.root.begin());
    return header;
}

Result<BlobTree> decode_tree(ByteView file) {
    BlobTree tree;
    TRY_ASSIGN(tree.header, decode_tree_head(file));
    ByteView hashes = file.subspan(tree_head_bytes);
    const std::size_t count = tree.header.group_count();
    if (hashes.size() != count * sizeof(Hash256)) {
        return broken("bytes of hashes:", hashes.size());
    }
    tree.groups.resize(count);
    for (Hash256& hash : tree.groups) {
        hash = to_array(hashes.first<sizeof(Hash256)>());
        hashes = hashes.subspan(sizeof(Hash256));
    }
    return tree;
}

}  // namespace steelyard::blob
