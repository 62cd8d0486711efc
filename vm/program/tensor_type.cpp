#include "vm/program/tensor_type.h"

#include "base/check.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace steelyard::vm {

Shape::Shape(std::initializer_list<std::uint64_t> dimensions)
    : Shape(of({dimensions.begin(), dimensions.size()})) {
}

Shape Shape::of(std::span<const std::uint64_t> dimensions) {
    Result<Shape> shape = make(dimensions);
    CHECK(shape.has_value());
    return *shape;
}

Result<Shape> Shape::make(std::span<const std::uint64_t> dimensions) {
    if (dimensions.size() > rank_max) {
        return fail(
            ErrorCode::too_large,
            "a tensor of rank {}, at most {} are allowed",
            dimensions.size(),
            rank_max
        );
    }
    Shape shape;
    shape.rank_ = dimensions.size();
    std::uint64_t elements = 1;
    for (std::size_t axis = 0; axis < dimensions.size(); ++axis) {
        const std::uint64_t size = dimensions[axis];
        if (size > dimension_max) {
            return fail(
                ErrorCode::too_large, "dimension {} is {}, over {}", axis, size, dimension_max
            );
        }
        // Even of an empty tensor the other dimensions are bounded: rows() multiplies them.
        elements *= std::max<std::uint64_t>(size, 1);
        if (elements > tensor_bytes_max) {
            return fail(
                ErrorCode::too_large,
                "a tensor of shape [{}] has more than {} elements",
                fmt::join(dimensions, ","),
                tensor_bytes_max
            );
        }
        shape.dimensions_[axis] = size;
    }
    return shape;
}

std::uint64_t Shape::elements() const {
    return rows() * columns();
}

std::uint64_t Shape::rows() const {
    std::uint64_t rows = 1;
    for (std::size_t axis = 0; axis + 1 < rank_; ++axis) {
        rows *= dimensions_[axis];
    }
    return rows;
}

std::string Shape::text() const {
    return fmt::format("[{}]", fmt::join(dimensions(), ","));
}

std::string TensorType::text() const {
    return fmt::format("{}{}", to_string(dtype), shape.text());
}

Result<TensorType> make_tensor_type(DType dtype, std::span<const std::uint64_t> dimensions) {
    TRY_ASSIGN(const Shape shape, Shape::make(dimensions));
    const TensorType type{.dtype = dtype, .shape = shape};
    if (shape.elements() > tensor_bytes_max / size_of(dtype)) {
        return fail(
            ErrorCode::too_large, "{} has more than {} bytes", type.text(), tensor_bytes_max
        );
    }
    return type;
}

}  // namespace steelyard::vm
