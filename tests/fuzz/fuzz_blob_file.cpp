// Files of blobs as they come over a connection: where they are cut does not matter.
#include "base/check.h"
#include "client/blob_check.h"
#include "vm/files/npy.h"
#include "vm/trace/commitment.h"

using namespace steelyard;

namespace {

struct Outcome {
    bool is_error = false;
    bool is_whole = false;

    bool operator==(const Outcome&) const = default;
};

Outcome take(const blob::Hash256& id, ByteView bytes, std::size_t size) {
    client::BlobCheck check(id);
    while (!bytes.empty()) {
        const ByteView piece = bytes.first(std::min(size, bytes.size()));
        if (!check.take(piece)) {
            return {.is_error = true};
        }
        bytes = bytes.subspan(piece.size());
    }
    return {.is_whole = check.is_whole()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    blob::Hash256 id{};
    bool is_canonical = false;
    if (const auto tensor = vm::read_npy(bytes)) {
        id = vm::tensor_id(tensor->type, vm::tensor_root(tensor->type, tensor->data));
        is_canonical = equal(vm::write_npy(tensor->type, tensor->data), bytes);
    }
    const Outcome whole = take(id, bytes, size + 1);
    CHECK(whole.is_whole == is_canonical);
    for (const std::size_t pieces : {std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
        CHECK(take(id, bytes, pieces) == whole);
    }
    return 0;
}
