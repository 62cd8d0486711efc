// Kernels of cumsum and argsort, and the pieces that rows are computed in.
#pragma once

#include "vm/backend/cpu/kernels.h"

#include <algorithm>

namespace steelyard::vm::cpu {

Kernel find_order_kernel(const NodeCall& call);

/// Calls `body(first, end)` for pieces of the rows of x.
template <typename Body>
void for_rows(const TensorType& x, const Parallel& parallel, Body body) {
    constexpr std::uint64_t elements_per_piece = 16'384;
    const std::uint64_t columns = std::max<std::uint64_t>(x.shape.columns(), 1);
    const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / columns);
    const std::uint64_t rows = x.shape.rows();
    for_each(parallel, (rows + piece - 1) / piece, [&](std::size_t index) {
        body(index * piece, std::min(rows, (index + 1) * piece));
    });
}

}  // namespace steelyard::vm::cpu
