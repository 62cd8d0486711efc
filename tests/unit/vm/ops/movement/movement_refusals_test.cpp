#include "tests/support/vm/op_harness.h"
#include "vm/ops/window_geometry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace steelyard::vm::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t size_most = (std::int64_t{1} << 31) - 1;

TensorType type(DType dtype, std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = dtype, .shape = Shape(dimensions)};
}

const TensorType matrix = type(DType::f32, {2, 4});
const TensorType scalar = type(DType::f32, {});

TEST(Movement, RefusesWrongCounts) {
    for (const OpCode op :
         {OpCode::reshape,
          OpCode::transpose,
          OpCode::slice,
          OpCode::concat,
          OpCode::pad,
          OpCode::broadcast,
          OpCode::im2col}) {
        EXPECT_NE(refusal(op, {}, {}), "") << to_string(op);
    }
    EXPECT_EQ(refusal(OpCode::reshape, {matrix, matrix}, {8}), "takes 1 operands, not 2");
    EXPECT_EQ(refusal(OpCode::transpose, {matrix}, {0}), "takes 2 attributes, not 1");
    EXPECT_EQ(refusal(OpCode::iota, {matrix}, {1, 0, 2}), "takes 0 operands, not 1");
}

TEST(Reshape, RefusesOtherElements) {
    EXPECT_EQ(refusal(OpCode::reshape, {matrix}, {3, 3}), "f32[2,4] does not reshape to f32[3,3]");
    EXPECT_EQ(refusal(OpCode::reshape, {matrix}, {-1, 4}), "a size of -1, not 0 to 2147483647");
    EXPECT_THAT(refusal(OpCode::reshape, {matrix}, {most}), HasSubstr("a size of"));
    EXPECT_THAT(refusal(OpCode::reshape, {matrix}, {least}), HasSubstr("a size of"));
    EXPECT_THAT(refusal(OpCode::reshape, {matrix}, {size_most, size_most}), HasSubstr("more than"));
    EXPECT_THAT(
        refusal(OpCode::reshape, {matrix}, {2, 1, 1, 1, 1, 1, 1, 1, 4}), HasSubstr("9 sizes")
    );
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
    EXPECT_EQ(refusal(OpCode::transpose, {matrix}, {1, 1}), "axis 1 of f32[2,4] twice");
    EXPECT_EQ(refusal(OpCode::transpose, {matrix}, {0, 2}), "axis 2 of f32[2,4]");
    EXPECT_EQ(refusal(OpCode::transpose, {matrix}, {-1, 0}), "axis -1 of f32[2,4]");
}

TEST(Slice, RefusesWhatLeavesTheTensor) {
    const TensorType x = type(DType::i8, {4});
    EXPECT_EQ(refusal(OpCode::slice, {x}, {0, 0, 1}), "a step of 0");
    EXPECT_EQ(refusal(OpCode::slice, {x}, {-1, 1, 1}), "a slice from -1 of 4 elements");
    EXPECT_EQ(refusal(OpCode::slice, {x}, {5, 1, 0}), "a slice from 5 of 4 elements");
    EXPECT_EQ(
        refusal(OpCode::slice, {x}, {4, 1, 1}),
        "a slice of 1 elements from 4 in steps of 1 leaves the 4 there are"
    );
    EXPECT_NE(refusal(OpCode::slice, {x}, {0, 2, 3}), "");
    EXPECT_NE(refusal(OpCode::slice, {x}, {1, -1, 3}), "");
    EXPECT_NE(refusal(OpCode::slice, {x}, {0, most, 2}), "");
    EXPECT_NE(refusal(OpCode::slice, {x}, {3, least, 2}), "");
    EXPECT_NE(refusal(OpCode::slice, {x}, {0, most, size_most}), "");
    EXPECT_NE(refusal(OpCode::slice, {x}, {0, 1, -1}), "");
    EXPECT_EQ(refusal(OpCode::slice, {x}, {3, least, 1}), "");
}

TEST(Concat, RefusesWhatDoesNotFit) {
    EXPECT_EQ(
        refusal(OpCode::concat, {matrix, type(DType::f32, {3, 4})}, {1}),
        "f32[3,4] does not join f32[2,4] along axis 1"
    );
    EXPECT_NE(refusal(OpCode::concat, {matrix, type(DType::f32, {2})}, {0}), "");
    EXPECT_EQ(
        refusal(OpCode::concat, {matrix, type(DType::i32, {2, 4})}, {0}),
        "f32[2,4] beside i32[2,4]: their elements differ"
    );
    EXPECT_EQ(refusal(OpCode::concat, {scalar, scalar}, {0}), "axis 0 of f32[]");
    EXPECT_NE(refusal(OpCode::concat, {matrix}, {2}), "");
    EXPECT_EQ(
        refusal(OpCode::concat, std::vector<TensorType>(65, matrix), {0}),
        "joins 1 to 64 tensors, not 65"
    );
    const TensorType huge = type(DType::i8, {std::uint64_t{1} << 30, 0});
    EXPECT_THAT(refusal(OpCode::concat, {huge, huge}, {0}), HasSubstr("dimension 0"));
}

TEST(Pad, RefusesWhatItsModeDoesNotTake) {
    const TensorType x = type(DType::f32, {4});
    EXPECT_EQ(refusal(OpCode::pad, {x, x}, {0, 0, 0, 0}), "pads with a scalar, not with f32[4]");
    EXPECT_NE(refusal(OpCode::pad, {x, type(DType::f64, {})}, {0, 0, 0, 0}), "");
    EXPECT_EQ(refusal(OpCode::pad, {x, scalar}, {3, 0, 0, 0}), "mode 3, not 0 to 2");
    EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {-1, 0, 0, 0}), "");
    EXPECT_EQ(refusal(OpCode::pad, {x, scalar}, {1, 4, 0, 0}), "4 reflected elements of 4");
    EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {1, -1, 0, 0}), "");
    EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {2, 0, 0, 1}), "");
    EXPECT_EQ(
        refusal(OpCode::pad, {type(DType::f32, {0}), scalar}, {2, 1, 0, 0}),
        "an edge of no elements"
    );
    EXPECT_NE(refusal(OpCode::pad, {type(DType::f32, {0}), scalar}, {1, 0, 1, 0}), "");
    EXPECT_EQ(
        refusal(OpCode::pad, {x, scalar}, {0, -3, -2, 0}), "a size of -1 after padding axis 0"
    );
    for (const std::int64_t padding : {most, least, size_most + 1, -size_most - 1}) {
        EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {0, padding, 0, 0}), "");
        EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {0, 0, padding, 0}), "");
        EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {0, 0, 0, padding}), "");
    }
    EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {0, 0, 0, -1}), "");
    EXPECT_NE(refusal(OpCode::pad, {x, scalar}, {0, size_most, size_most, size_most}), "");
}

TEST(Broadcast, RefusesOtherShapes) {
    EXPECT_EQ(
        refusal(OpCode::broadcast, {matrix}, {3, 4}), "f32[2,4] does not broadcast to f32[3,4]"
    );
    EXPECT_NE(refusal(OpCode::broadcast, {matrix}, {4}), "");
    EXPECT_NE(refusal(OpCode::broadcast, {matrix}, {2, 1}), "");
    EXPECT_NE(refusal(OpCode::broadcast, {scalar}, {-1}), "");
    EXPECT_NE(refusal(OpCode::broadcast, {scalar}, {size_most, size_most, size_most}), "");
}

TEST(Iota, RefusesOtherTypesAndAxes) {
    EXPECT_EQ(refusal(OpCode::iota, {}, {2, 0, 3}), "counts in i32, i64 or f32, not in f64");
    EXPECT_EQ(refusal(OpCode::iota, {}, {14, 0, 3}), "element type 14");
    EXPECT_EQ(refusal(OpCode::iota, {}, {-1, 0, 3}), "element type -1");
    EXPECT_EQ(refusal(OpCode::iota, {}, {257, 0, 3}), "element type 257");
    EXPECT_EQ(refusal(OpCode::iota, {}, {1, 1, 3}), "axis 1 of f32[3]");
    EXPECT_NE(refusal(OpCode::iota, {}, {1, 0}), "");
    EXPECT_NE(refusal(OpCode::iota, {}, {1, 0, size_most, size_most}), "");
}

TEST(Im2col, RefusesOtherGeometries) {
    const TensorType x = type(DType::f32, {1, 8, 3});
    EXPECT_EQ(
        refusal(OpCode::im2col, {matrix}, {1, 1, 1, 0, 0}),
        "f32[2,4] is not [N, spatial..., C] of 1 to 3 spatial axes"
    );
    EXPECT_NE(refusal(OpCode::im2col, {type(DType::f32, {1, 1, 1, 1, 1, 1})}, {}), "");
    EXPECT_NE(refusal(OpCode::im2col, {x}, {1, 1, 1, 0}), "");
    EXPECT_EQ(
        refusal(OpCode::im2col, {x}, {5, 1, 2, 0, 0}), "a window over 9 of 8 elements with padding"
    );
    for (const std::int64_t value : {least, std::int64_t{-1}, size_most + 1, most}) {
        for (std::size_t at = 0; at < attributes_per_window_axis; ++at) {
            Attributes attributes{1, 1, 1, 0, 0};
            attributes[at] = value;
            EXPECT_NE(refusal(OpCode::im2col, {x}, attributes), "") << at << " " << value;
        }
    }
    for (std::size_t at = 0; at < 3; ++at) {
        Attributes attributes{1, 1, 1, 0, 0};
        attributes[at] = 0;
        EXPECT_NE(refusal(OpCode::im2col, {x}, attributes), "") << at;
    }
    EXPECT_NE(refusal(OpCode::im2col, {x}, {size_most, 1, size_most, size_most, size_most}), "");
    const TensorType wide = type(DType::f32, {1, 1, 1, 1, 1});
    const std::int64_t half = size_most / 2;
    EXPECT_NE(
        refusal(
            OpCode::im2col,
            {wide},
            {half, 1, 1, half, half, half, 1, 1, half, half, half, 1, 1, half, half}
        ),
        ""
    );
}

}  // namespace
}  // namespace steelyard::vm::test
