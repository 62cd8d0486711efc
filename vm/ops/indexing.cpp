#include "vm/ops/indexing.h"

namespace steelyard::vm {

namespace {

/// The coordinates of number `number` among the first `rank` axes.
Coordinates split(const Shape& shape, std::size_t rank, std::uint64_t number) {
    Coordinates at{};
    for (std::size_t axis = rank; axis-- > 0;) {
        at[axis] = number % shape[axis];
        number /= shape[axis];
    }
    return at;
}

}  // namespace

Coordinates coordinates_of_row(const Shape& shape, std::uint64_t row) {
    return shape.rank() == 0 ? Coordinates{} : split(shape, shape.rank() - 1, row);
}

Coordinates coordinates_of(const Shape& shape, std::uint64_t element) {
    return split(shape, shape.rank(), element);
}

std::uint64_t element_at(const Shape& shape, const Coordinates& at) {
    std::uint64_t element = 0;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        element = element * shape[axis] + at[axis];
    }
    return element;
}

std::array<std::uint64_t, rank_max> strides_of(const Shape& shape) {
    std::array<std::uint64_t, rank_max> strides{};
    std::uint64_t stride = 1;
    for (std::size_t axis = shape.rank(); axis-- > 0;) {
        strides[axis] = stride;
        stride *= shape[axis];
    }
    return strides;
}

}  // namespace steelyard::vm
