#include "vm/program/tensor_type.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

Result<Shape> shape_of(std::vector<std::uint64_t> dimensions) {
    return Shape::make(dimensions);
}

TEST(Shape, CountsRowsAndColumns) {
    const Shape scalar;
    EXPECT_EQ(scalar.elements(), 1U);
    EXPECT_EQ(scalar.rows(), 1U);
    EXPECT_EQ(scalar.text(), "[]");
    const Shape shape{2, 3, 5};
    EXPECT_EQ(shape.rows(), 6U);
    EXPECT_EQ(shape.columns(), 5U);
    EXPECT_EQ(shape.elements(), 30U);
    EXPECT_EQ(shape.text(), "[2,3,5]");
    EXPECT_EQ((Shape{4, 0}).elements(), 0U);
}

TEST(Shape, RefusesWhatIsOverItsLimits) {
    EXPECT_TRUE(shape_of({1, 1, 1, 1, 1, 1, 1, 1}).has_value());
    EXPECT_EQ(shape_of({1, 1, 1, 1, 1, 1, 1, 1, 1}).error().code(), ErrorCode::too_large);
    EXPECT_EQ(shape_of({dimension_max + 1}).error().code(), ErrorCode::too_large);
    EXPECT_EQ(shape_of({0, dimension_max, dimension_max}).error().code(), ErrorCode::too_large);
    EXPECT_EQ(
        shape_of({dimension_max, dimension_max, dimension_max, dimension_max}).error().code(),
        ErrorCode::too_large
    );
    // A product of 2^64 is 0 modulo 2^64.
    constexpr std::uint64_t many = std::uint64_t{1} << 30;
    EXPECT_EQ(shape_of({many, many, 16}).error().code(), ErrorCode::too_large);
    EXPECT_EQ(shape_of({many, many, 16, 4}).error().code(), ErrorCode::too_large);
}

TEST(TensorType, IsBoundedInBytes) {
    const std::vector<std::uint64_t> dimensions = {std::uint64_t{1} << 30, 4};
    EXPECT_TRUE(make_tensor_type(DType::f32, dimensions).has_value());
    const auto wide = make_tensor_type(DType::f64, dimensions);
    ASSERT_FALSE(wide.has_value());
    EXPECT_EQ(wide.error().message(), "f64[1073741824,4] has more than 17179869184 bytes");
}

}  // namespace
}  // namespace steelyard::vm
