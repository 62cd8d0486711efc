// Shape and TensorType: how many elements of what; how they lie in rows and chunks.
#pragma once

#include "base/result.h"
#include "vm/program/dtype.h"

#include <array>
#include <initializer_list>
#include <span>
#include <string>

namespace steelyard::vm {

constexpr std::size_t rank_max = 8;
constexpr std::uint64_t dimension_max = (std::uint64_t{1} << 31) - 1;
constexpr std::uint64_t tensor_bytes_max = std::uint64_t{16} << 30;

/// Up to `rank_max` dimensions, each 0 to `dimension_max`; rank 0 is a scalar of one element.
class Shape {
public:
    Shape() = default;

    /// CHECKed: for shapes that are known to be within the limits.
    Shape(std::initializer_list<std::uint64_t> dimensions);
    static Shape of(std::span<const std::uint64_t> dimensions);

    /// Errors: rank or a dimension over its limit, more than `tensor_bytes_max` elements.
    static Result<Shape> make(std::span<const std::uint64_t> dimensions);

    std::size_t rank() const { return rank_; }
    std::uint64_t operator[](std::size_t axis) const { return dimensions_[axis]; }
    std::span<const std::uint64_t> dimensions() const { return {dimensions_.data(), rank_}; }
    std::uint64_t elements() const;

    /// The last dimension: the elements of a row; 1 for a scalar.
    std::uint64_t columns() const { return rank_ == 0 ? 1 : dimensions_[rank_ - 1]; }

    /// The product of all dimensions but the last; 1 for a scalar and for a vector.
    std::uint64_t rows() const;

    /// "[2,3,4]", "[]" for a scalar.
    std::string text() const;

    bool operator==(const Shape&) const = default;

private:
    std::array<std::uint64_t, rank_max> dimensions_{};
    std::size_t rank_ = 0;
};

struct TensorType {
    DType dtype = DType::f32;
    Shape shape{};

    std::uint64_t elements() const { return shape.elements(); }
    std::uint64_t bytes() const { return elements() * size_of(dtype); }
    std::uint64_t row_bytes() const { return shape.columns() * size_of(dtype); }

    /// "f32[2,3,4]"
    std::string text() const;

    bool operator==(const TensorType&) const = default;
};

/// A type whose tensor has at most `tensor_bytes_max` bytes, or an error that tells the type.
Result<TensorType> make_tensor_type(DType dtype, std::span<const std::uint64_t> dimensions);

}  // namespace steelyard::vm
