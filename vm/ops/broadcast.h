// Broadcasting: which row and which columns of an operand an output's row is made of.
#pragma once

#include "vm/program/tensor_type.h"

#include <span>

namespace steelyard::vm {

/// The shape of the operands broadcast together: aligned at the last axis, a missing or unit
/// dimension repeats. Errors: two dimensions that differ and neither is 1.
Result<Shape> broadcast_shape(std::span<const TensorType> operands);

/// Nothing, or an error that tells the shapes, if `type` does not broadcast to `shape` as it is.
Result<void> check_broadcasts_to(const TensorType& type, const Shape& shape);

/// Where a row of the output begins in an operand that is broadcast to it.
struct OperandRow {
    std::uint64_t first = 0;      ///< element of column 0
    bool repeats_column = false;  ///< one element serves all columns
};

/// Row `row` of an output of shape `output`, to which `operand` broadcasts; neither is empty.
OperandRow operand_row(const Shape& operand, const Shape& output, std::uint64_t row);

}  // namespace steelyard::vm
