#include "vm/run/held_inputs.h"

#include <algorithm>

namespace steelyard::vm {

Result<HeldInputs> HeldInputs::hold(std::vector<Tensor> tensors) {
    constexpr std::uint64_t alignment = 64;
    const auto aligned = [](std::uint64_t bytes) {
        return (bytes + alignment - 1) / alignment * alignment;
    };
    std::uint64_t size = 0;
    for (const Tensor& tensor : tensors) {
        size += aligned(tensor.data.size());
    }
    HeldInputs out;
    TRY_ASSIGN(out.memory_, Arena::map(size));
    std::uint64_t offset = 0;
    for (Tensor& tensor : tensors) {
        const Bytes data = std::move(tensor.data);
        if (data.empty()) {
            out.views_.push_back({tensor.type, {}});
            continue;
        }
        auto* to = reinterpret_cast<std::uint8_t*>(out.memory_.at(offset));
        std::ranges::copy(data, to);
        out.views_.push_back({tensor.type, {to, data.size()}});
        offset += aligned(data.size());
    }
    return out;
}

}  // namespace steelyard::vm
