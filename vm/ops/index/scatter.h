// What scatters do with an update, and where a tuple of indices points.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

enum class ScatterMode : std::uint8_t { set = 0, add = 1, multiply = 2, least = 3, greatest = 4 };

/// A target's elements under the tuples of a scatter_nd: their count, and what lies in each.
struct TupleShape {
    std::uint64_t tuples = 0;  ///< in the indices, in row-major order
    std::size_t axes = 0;      ///< of x, that a tuple names: as many as it has indices
    std::uint64_t slice = 1;   ///< elements of x under one tuple
};

/// Of a call of scatter_nd that its type rule took.
TupleShape tuple_shape(const NodeCall& call);

}  // namespace steelyard::vm
