// Indices that come as data: i32 or i64 elements, negative ones counted from the end.
#pragma once

#include "vm/ops/elements.h"
#include "vm/ops/operator.h"

namespace steelyard::vm {

/// An element of type i32 or i64.
inline std::int64_t load_index(DType dtype, const std::byte* from) {
    return dtype == DType::i32 ? load<std::int32_t>(from) : load<std::int64_t>(from);
}

/// The index among `size` elements: -size to -1 count from the end; nothing if it is out of bounds.
inline std::optional<std::uint64_t> resolve_index(std::int64_t index, std::uint64_t size) {
    const auto end = static_cast<std::int64_t>(size);
    if (index < -end || index >= end) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(index < 0 ? index + end : index);
}

/// The same of element `element` of operand `operand`.
inline std::optional<std::uint64_t> read_index(
    const NodeCall& call,
    Reader& reader,
    std::size_t operand,
    std::uint64_t element,
    std::uint64_t size
) {
    const std::byte* from = reader.read(operand, element, 1);
    return resolve_index(load_index(call.operands[operand].dtype, from), size);
}

}  // namespace steelyard::vm
