// Bounds of float outputs (doc/spec/vm.md, F1).
#pragma once

#include "vm/program/program.h"

#include <cstddef>
#include <span>

namespace steelyard::vm {

/// Whether the element x at `element` (of any alignment) has |x| <= B, B the f32 of `bound_bits`;
/// a NaN has not. With `unbounded_bits`, and of types that are no floats, always true.
bool within_bound(DType type, const std::byte* element, std::uint32_t bound_bits);

/// Whether all of them are, which is quicker asked at once: whole elements, of any alignment.
bool all_within_bound(DType type, std::span<const std::byte> elements, std::uint32_t bound_bits);

}  // namespace steelyard::vm
