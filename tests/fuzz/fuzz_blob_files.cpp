// The files of a store of blobs, trees and heads: reading is total, and takes what is written
// alone.
#include "base/check.h"
#include "blob/tree_file.h"
#include "vm/files/npy.h"

using namespace steelyard;

namespace {

void read_as_tree(ByteView file) {
    const auto head = blob::decode_tree_head(file);
    const auto tree = blob::decode_tree(file);
    CHECK(head || !tree);
    if (tree) {
        CHECK(tree->header == *head);
        CHECK(equal(blob::encode_tree(*tree), file));
        const auto checked = blob::check_tree(head->id(), *head, tree->groups);
        CHECK(checked || checked.error().code() == ErrorCode::corrupt);
    }
}

void read_as_head(ByteView file) {
    const auto head = vm::read_npy_head(file);
    if (!head) {
        return;
    }
    CHECK(head->size <= file.size() && head->size <= vm::npy_head_bytes_max);
    CHECK(vm::read_npy_head(file.first(head->size))->type == head->type);
    const Bytes canonical = vm::write_npy_head(head->type);
    const auto again = vm::read_npy_head(canonical);
    CHECK(again && again->type == head->type && again->size == canonical.size());
    CHECK(!again->is_swapped && !again->is_fortran);
    if (const auto tensor = vm::read_npy(file)) {
        CHECK(tensor->type == head->type);
        CHECK(file.size() == head->size + head->type.bytes());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView file(data, size);
    read_as_tree(file);
    read_as_head(file);
    return 0;
}
