// Coordinates of elements: from row-major numbers and back.
#pragma once

#include "vm/program/tensor_type.h"

#include <array>
#include <cstdint>

namespace steelyard::vm {

/// The place of an element along each axis; beyond the rank 0.
using Coordinates = std::array<std::uint64_t, rank_max>;

/// Of the first element of a row (below shape.rows()).
Coordinates coordinates_of_row(const Shape& shape, std::uint64_t row);

/// Of an element by its row-major number (below shape.elements()).
Coordinates coordinates_of(const Shape& shape, std::uint64_t element);

/// The row-major number of the element at coordinates that are within the shape.
std::uint64_t element_at(const Shape& shape, const Coordinates& at);

/// How many elements lie between neighbours along each axis.
std::array<std::uint64_t, rank_max> strides_of(const Shape& shape);

}  // namespace steelyard::vm
