// What the type rules of operators ask of operands and attributes, with the errors that tell.
#pragma once

#include "vm/program/tensor_type.h"

#include <cstdint>
#include <span>
#include <vector>

namespace steelyard::vm {

using TypeView = std::span<const TensorType>;
using AttributeView = std::span<const std::int64_t>;

/// Error: "takes 2 operands, not 3".
Result<void> expect_operands(TypeView operands, std::size_t count);

/// Error: "takes 2 attributes, not 3".
Result<void> expect_attributes(AttributeView attributes, std::size_t count);

/// Error: "an index of type f32, not i32 or i64".
Result<void> expect_index(const TensorType& type);

/// Error: "elements of type bool": not one of those.
Result<void> expect_dtype(const TensorType& type, std::initializer_list<DType> allowed);

/// Error: "elements of type bool".
Result<void> expect_numbers(const TensorType& type);

/// Error: "f32[] has no last axis".
Result<void> expect_last_axis(const TensorType& type);

/// An attribute that is the bits of an f32, finite and not negative. Error: "epsilon of bits -1".
Result<float> epsilon_of_attribute(std::int64_t attribute);

/// Error: indices along an axis of x that are of another rank, or beyond x along another axis.
Result<void> expect_indices_within(
    const TensorType& x, const TensorType& indices, std::size_t axis
);

/// Error: "f32[2] beside i8[2]": the element types differ.
Result<void> expect_same_dtype(const TensorType& a, const TensorType& b);

/// An attribute that is an axis of the type. Error: "axis 3 of f32[2,4]".
Result<std::size_t> axis_of(const TensorType& type, std::int64_t attribute);

/// An attribute that is a size. Error: "a size of -1".
Result<std::uint64_t> size_of_attribute(std::int64_t attribute);
Result<std::vector<std::uint64_t>> sizes_of_attributes(AttributeView attributes);

/// An attribute that is `least` to `most`. Error: "mode 5, not 0 to 4".
Result<std::int64_t> attribute_in_range(
    std::string_view name, std::int64_t attribute, std::int64_t least, std::int64_t most
);

/// An attribute that is the number of an element type. Error: "element type 77".
Result<DType> dtype_of_attribute(std::int64_t attribute);

/// The type's dimensions, to be changed.
std::vector<std::uint64_t> dimensions_of(const TensorType& type);

}  // namespace steelyard::vm
