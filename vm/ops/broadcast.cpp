#include "vm/ops/broadcast.h"

#include <algorithm>
#include <array>

namespace steelyard::vm {

Result<Shape> broadcast_shape(std::span<const TensorType> operands) {
    std::size_t rank = 0;
    for (const TensorType& operand : operands) {
        rank = std::max(rank, operand.shape.rank());
    }
    std::array<std::uint64_t, rank_max> dimensions{};
    std::fill_n(dimensions.begin(), rank, 1);
    for (const TensorType& operand : operands) {
        const std::size_t missing = rank - operand.shape.rank();
        for (std::size_t axis = missing; axis < rank; ++axis) {
            const std::uint64_t size = operand.shape[axis - missing];
            if (size == 1 || size == dimensions[axis]) {
                continue;
            }
            if (dimensions[axis] != 1) {
                return invalid(
                    "{} does not broadcast with the operands before it: dimension {} of the output "
                    "is {}, not {}",
                    operand.text(),
                    axis,
                    dimensions[axis],
                    size
                );
            }
            dimensions[axis] = size;
        }
    }
    return Shape::make({dimensions.data(), rank});
}

Result<void> check_broadcasts_to(const TensorType& type, const Shape& shape) {
    const bool fits = type.shape.rank() <= shape.rank();
    const std::size_t missing = fits ? shape.rank() - type.shape.rank() : 0;
    for (std::size_t axis = missing; fits && axis < shape.rank(); ++axis) {
        const std::uint64_t size = type.shape[axis - missing];
        if (size != 1 && size != shape[axis]) {
            return invalid("{} does not broadcast to {}", type.text(), shape.text());
        }
    }
    return fits ? Result<void>()
                : invalid("{} does not broadcast to {}", type.text(), shape.text());
}

OperandRow operand_row(const Shape& operand, const Shape& output, std::uint64_t row) {
    const std::size_t rank = operand.rank();
    if (rank == 0) {
        return {.first = 0, .repeats_column = true};
    }
    std::uint64_t first = 0;
    std::uint64_t stride = operand.columns();
    const std::size_t missing = output.rank() - rank;
    for (std::size_t axis = output.rank() - 1; axis-- > missing;) {
        const std::uint64_t index = row % output[axis];
        row /= output[axis];
        const std::uint64_t size = operand[axis - missing];
        first += size == 1 ? 0 : index * stride;
        stride *= size;
    }
    return {.first = first, .repeats_column = operand.columns() == 1};
}

}  // namespace steelyard::vm
