#include "vm/trace/opened_reader.h"

#include "base/check.h"
#include "vm/ops/cost.h"
#include "vm/trace/commitment.h"

#include <algorithm>

namespace steelyard::vm {

const std::uint8_t* TensorUse::find(std::uint64_t first, std::uint64_t last) {
    const std::vector<std::uint64_t>& chunks = tensor->chunks;
    const auto found = std::ranges::lower_bound(chunks, first);
    const auto begin = static_cast<std::size_t>(found - chunks.begin());
    const std::uint64_t count = last - first + 1;
    // They ascend: if the last is where it must be, so are all before it.
    if (count > chunks.size() - begin || chunks[begin] != first ||
        chunks[begin + count - 1] != last) {
        return nullptr;
    }
    std::fill_n(used.begin() + static_cast<std::ptrdiff_t>(begin), count, true);
    return tensor->data.data() + begin * chunk_bytes;
}

const std::byte* OpenedReader::read(std::size_t operand, std::uint64_t first, std::uint64_t count) {
    CHECK(operand < operands_.size());
    const OperandView& view = operands_[operand];
    CHECK(count > 0 && first < view.type.elements() && count <= view.type.elements() - first);
    const std::uint64_t columns = view.type.shape.columns();
    CHECK(first / columns == (first + count - 1) / columns);
    const std::size_t size = size_of(view.type.dtype);
    if (view.dense != nullptr) {
        return view.dense + first * size;
    }
    if (view.use != nullptr) {
        const ChunkPlace begin = place_of(view.type, first);
        const ChunkPlace end = place_of(view.type, first + count - 1);
        if (const std::uint8_t* found = view.use->find(begin.chunk, end.chunk)) {
            return reinterpret_cast<const std::byte*>(found + begin.byte);
        }
    }
    if (!missing_.has_value()) {
        missing_ = operand;
    }
    return zeros(count * size);
}

void OpenedReader::release() {
    if (zeros_.size() > 1) {
        zeros_.erase(zeros_.begin(), zeros_.end() - 1);
    }
}

const std::byte* OpenedReader::zeros(std::uint64_t size) {
    if (size > zeros_size_) {
        const std::uint64_t words = (std::max(size, 2 * zeros_size_) + 7) / 8;
        zeros_.push_back(std::make_unique<std::uint64_t[]>(words));
        zeros_size_ = words * 8;
    }
    return reinterpret_cast<const std::byte*>(zeros_.back().get());
}

}  // namespace steelyard::vm
