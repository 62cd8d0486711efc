#include "tests/unit/vm/ops/row/rows.h"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>
#include <numeric>

namespace steelyard::vm::test {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(Argmax, TakesTheLowestOrTheLastOfEquals) {
    const TestTensor x = f32({2, 4}, {1, 3, 3, 2, -0.0F, 0.0F, -1, 0.0F});

    EXPECT_EQ(run(OpCode::argmax, {x}, {0}), i64({2}, {1, 0}));
    EXPECT_EQ(run(OpCode::argmax, {x}, {1}), i64({2}, {2, 3}));
    EXPECT_EQ(run(OpCode::argmin, {x}, {0}), i64({2}, {0, 2}));
    EXPECT_EQ(run(OpCode::argmin, {f32({3}, {2, 1, 1})}, {1}), i64({}, {2}));
}

TEST(Argmax, NaNWins) {
    const TestTensor x = f32({5}, {1, nan, 9, nan, -9});

    for (const OpCode op : {OpCode::argmax, OpCode::argmin}) {
        EXPECT_EQ(run(op, {x}, {0}), i64({}, {1}));
        EXPECT_EQ(run(op, {x}, {1}), i64({}, {3}));
    }
}

TEST(Argsort, IsStableWithNaNLastInBothOrders) {
    const TestTensor x = f32({7}, {2, nan, -0.0F, 1, 0.0F, nan, 2});

    EXPECT_EQ(run(OpCode::argsort, {x}, {0}), i64({7}, {2, 4, 3, 0, 6, 1, 5}));
    EXPECT_EQ(run(OpCode::argsort, {x}, {1}), i64({7}, {0, 6, 3, 2, 4, 1, 5}));
}

TEST(Argsort, IsAStableSort) {
    SeededRandom random(1);
    for (const std::uint64_t length : row_lengths()) {
        const TestTensor x = random_tensor(random, rows_of(DType::f32, 1, length), Values::awkward);
        const std::vector<float> values = values_of<float>(x);
        for (const bool descending : {false, true}) {
            std::vector<std::int64_t> order(length);
            std::iota(order.begin(), order.end(), 0);
            std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) {
                const float left = values[static_cast<std::size_t>(a)];
                const float right = values[static_cast<std::size_t>(b)];
                if (std::isnan(left) || std::isnan(right)) {
                    return !std::isnan(left);
                }
                return descending ? left > right : left < right;
            });
            EXPECT_EQ(run(OpCode::argsort, {x}, {descending ? 1 : 0}), i64({1, length}, order))
                << length;
        }
    }
}

TEST(Cumsum, IsOneChain) {
    const TestTensor x = f32({2, 3}, {1, 2, 3, 0x1p24F, 1, 1});

    EXPECT_EQ(run(OpCode::cumsum, {x}, {0, 0}), f32({2, 3}, {1, 3, 6, 0x1p24F, 0x1p24F, 0x1p24F}));
    EXPECT_EQ(run(OpCode::cumsum, {x}, {1, 0}), f32({2, 3}, {0, 1, 3, 0, 0x1p24F, 0x1p24F}));
    EXPECT_EQ(run(OpCode::cumsum, {x}, {0, 1}), f32({2, 3}, {6, 5, 3, 0x1p24F + 2, 2, 1}));
    EXPECT_EQ(run(OpCode::cumsum, {x}, {1, 1}), f32({2, 3}, {5, 3, 0, 2, 1, 0}));
}

TEST(Order, HasOneAnswerForAllTypesAndLengths) {
    SeededRandom random(2);
    for (int number = 1; number <= times(12); ++number) {
        const DType dtype = *dtype_from_number(static_cast<std::uint8_t>(1 + number % 12));
        for (const std::uint64_t length : row_lengths()) {
            const std::uint64_t rows = number_below(random, 4);
            const TestTensor x =
                random_tensor(random, rows_of(dtype, rows, length), Values::awkward);
            for (const std::int64_t flag : {0, 1}) {
                if (length > 0) {
                    expect_one_answer(OpCode::argmax, {x}, {flag});
                    expect_one_answer(OpCode::argmin, {x}, {flag});
                }
                if (length < 2000) {
                    expect_one_answer(OpCode::argsort, {x}, {flag});
                }
                if (refusal(OpCode::cumsum, {x.type}, {0, 0}).empty()) {
                    expect_one_answer(OpCode::cumsum, {x}, {flag, 0});
                    expect_one_answer(OpCode::cumsum, {x}, {flag, 1});
                }
            }
        }
    }
}

TEST(Order, RefusesOtherOperands) {
    const TensorType x{.dtype = DType::f32, .shape = {2, 3}};
    const TensorType scalar{.dtype = DType::f32, .shape = {}};
    const TensorType bits{.dtype = DType::boolean, .shape = {2}};
    for (const OpCode op : {OpCode::argmax, OpCode::argmin, OpCode::argsort}) {
        EXPECT_EQ(refusal(op, {x}, {1}), "");
        EXPECT_NE(refusal(op, {x}, {2}), "");
        EXPECT_NE(refusal(op, {x}, {-1}), "");
        EXPECT_NE(refusal(op, {x}, {}), "");
        EXPECT_NE(refusal(op, {x, x}, {0}), "");
        EXPECT_EQ(refusal(op, {scalar}, {0}), "f32[] has no last axis");
        EXPECT_EQ(refusal(op, {bits}, {0}), "elements of type bool");
    }
    EXPECT_NE(refusal(OpCode::argmax, {{.dtype = DType::f32, .shape = {2, 0}}}, {0}), "");
    EXPECT_EQ(refusal(OpCode::cumsum, {x}, {2, 0}), "exclusive 2, not 0 to 1");
    EXPECT_EQ(refusal(OpCode::cumsum, {x}, {0, -1}), "reverse -1, not 0 to 1");
    EXPECT_NE(refusal(OpCode::cumsum, {x}, {0}), "");
    EXPECT_NE(refusal(OpCode::cumsum, {scalar}, {0, 0}), "");
    EXPECT_NE(refusal(OpCode::cumsum, {{.dtype = DType::f16, .shape = {2}}}, {0, 0}), "");
}

}  // namespace
}  // namespace steelyard::vm::test
