#include "vm/ops/broadcast.h"

#include "tests/support/vm/op_harness.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = DType::f32, .shape = Shape(dimensions)};
}

Result<Shape> together(const TensorType& a, const TensorType& b) {
    return broadcast_shape(std::vector{a, b});
}

TEST(Broadcast, AlignsAtTheLastAxis) {
    EXPECT_EQ(together(f32({2, 3, 4}), f32({4})), Shape({2, 3, 4}));
    EXPECT_EQ(together(f32({4}), f32({2, 3, 4})), Shape({2, 3, 4}));
    EXPECT_EQ(together(f32({2, 1, 4}), f32({3, 1})), Shape({2, 3, 4}));
    EXPECT_EQ(together(f32({}), f32({})), Shape({}));
    EXPECT_EQ(together(f32({}), f32({5})), Shape({5}));
    EXPECT_EQ(together(f32({0}), f32({1})), Shape({0}));
    EXPECT_EQ(together(f32({1}), f32({0, 3})), Shape({0, 3}));
}

TEST(Broadcast, RefusesWhatDiffers) {
    EXPECT_EQ(
        together(f32({2, 3}), f32({2})).error().message(),
        "f32[2] does not broadcast with the operands before it: dimension 1 of the output is 3, "
        "not 2"
    );
    EXPECT_FALSE(together(f32({0}), f32({2})));
    EXPECT_FALSE(together(f32({1, 1U << 30}), f32({1U << 30, 1})));
    EXPECT_FALSE(check_broadcasts_to(f32({3}), Shape({2})));
    EXPECT_FALSE(check_broadcasts_to(f32({1, 1}), Shape({2})));
    EXPECT_TRUE(check_broadcasts_to(f32({1}), Shape({2})));
    EXPECT_EQ(
        check_broadcasts_to(f32({3}), Shape({1})).error().message(),
        "f32[3] does not broadcast to [1]"
    );
}

TEST(OperandRow, FindsTheFirstElement) {
    const Shape output({2, 3, 4});

    EXPECT_EQ(operand_row(Shape({2, 3, 4}), output, 5).first, 20U);
    EXPECT_EQ(operand_row(Shape({4}), output, 5).first, 0U);
    EXPECT_EQ(operand_row(Shape({3, 1}), output, 4).first, 1U);
    EXPECT_TRUE(operand_row(Shape({3, 1}), output, 4).repeats_column);
    EXPECT_EQ(operand_row(Shape({2, 1, 4}), output, 4).first, 4U);
    EXPECT_FALSE(operand_row(Shape({2, 1, 4}), output, 4).repeats_column);
    EXPECT_TRUE(operand_row(Shape({}), output, 4).repeats_column);
}

TEST(Broadcast, ComputesEveryElementOfItsOperands) {
    using test::f32;
    const auto a = f32({2, 1, 3}, {1, 2, 3, 4, 5, 6});
    const auto b = f32({2, 1}, {10, 20});

    const auto sum = test::run(OpCode::add, {a, b});

    EXPECT_EQ(sum, f32({2, 2, 3}, {11, 12, 13, 21, 22, 23, 14, 15, 16, 24, 25, 26}));
}

}  // namespace
}  // namespace steelyard::vm
