// The search for elements beyond their bound, by integers.
#pragma once

#include "vm/backend/backend.h"

namespace steelyard::vm::cpu {

/// As Backend::first_out_of_bound.
std::optional<std::uint64_t> find_out_of_bound(
    const TensorType& type,
    const std::byte* data,
    std::uint32_t bound_bits,
    const Parallel& parallel
);

}  // namespace steelyard::vm::cpu
