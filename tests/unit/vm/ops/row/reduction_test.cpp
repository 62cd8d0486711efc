#include "tests/unit/vm/ops/row/rows.h"
#include "vm/ops/narrow_floats.h"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace steelyard::vm::test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr OpCode reductions[] = {
    OpCode::reduce_sum,
    OpCode::reduce_mean,
    OpCode::reduce_max,
    OpCode::reduce_min,
    OpCode::reduce_prod,
};

std::uint32_t bits_of_first(const TestTensor& tensor) {
    return values_of<std::uint32_t>(tensor)[0];
}

TEST(ReduceSum, AddsInTheOrderOfTheTree) {
    SeededRandom random(1);
    for (const std::uint64_t length : row_lengths()) {
        const TestTensor x =
            random_tensor(random, rows_of(DType::f32, 3, length), Values::ordinary);
        const TestTensor y =
            random_tensor(random, rows_of(DType::f64, 2, length), Values::ordinary);

        const auto sums = values_of<float>(run(OpCode::reduce_sum, {x}));
        const auto doubles = values_of<double>(run(OpCode::reduce_sum, {y}));

        for (std::uint64_t row = 0; row < 3; ++row) {
            EXPECT_EQ(sums[row], tree_sum_in_words(row_of<float>(x, row))) << length;
        }
        EXPECT_EQ(doubles[1], tree_sum_in_words(row_of<double>(y, 1))) << length;
    }
}

TEST(ReduceSum, OfElementsThatOrderMattersFor) {
    // 2^24 + 1 - 2^24: lanes 0 and 32 meet before lane 16 comes.
    std::vector<float> row(64, 0.0F);
    row[0] = 0x1p24F;
    row[32] = -0x1p24F;
    row[16] = 1.0F;
    EXPECT_EQ(run(OpCode::reduce_sum, {f32({64}, row)}), f32({}, {1.0F}));
    std::swap(row[16], row[32]);
    EXPECT_EQ(run(OpCode::reduce_sum, {f32({64}, row)}), f32({}, {0.0F}));

    EXPECT_EQ(bits_of_first(run(OpCode::reduce_sum, {f32({1}, {-0.0F})})), 0U);
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_sum, {f32({0}, {})})), 0U);
    EXPECT_EQ(
        bits_of_first(run(OpCode::reduce_sum, {f32({2}, {infinity, -infinity})})), f32_nan_bits
    );
}

TEST(ReduceSum, OfNarrowFloatsRoundsOnce) {
    const std::vector<std::uint16_t> row(2050, f16_from_f32(1));

    const TestTensor sum = run(OpCode::reduce_sum, {tensor(DType::f16, {2050}, row)});
    const TestTensor mean = run(OpCode::reduce_mean, {tensor(DType::f16, {2050}, row)});

    EXPECT_EQ(values_of<std::uint16_t>(sum)[0], f16_from_f32(2050));
    EXPECT_EQ(values_of<std::uint16_t>(mean)[0], f16_from_f32(1));
}

TEST(ReduceMean, DividesByTheCount) {
    EXPECT_EQ(run(OpCode::reduce_mean, {f32({2, 2}, {1, 2, 5, 8})}), f32({2}, {1.5F, 6.5F}));
    EXPECT_EQ(run(OpCode::reduce_mean, {i64({3}, {-1, -1, -6})}), i64({}, {-2}));
    EXPECT_EQ(run(OpCode::reduce_mean, {i64({0}, {})}), i64({}, {0}));
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_mean, {f32({1, 0}, {})})), f32_nan_bits);
}

TEST(ReduceProd, BeginsAtOne) {
    EXPECT_EQ(run(OpCode::reduce_prod, {f32({2, 3}, {1, 2, 3, -4, 5, 6})}), f32({2}, {6, -120}));
    EXPECT_EQ(run(OpCode::reduce_prod, {f32({0}, {})}), f32({}, {1}));
    constexpr std::int64_t high = std::int64_t{1} << 40;
    EXPECT_EQ(run(OpCode::reduce_prod, {i64({2}, {high, high + 1})}), i64({}, {high}));
}

TEST(ReduceMax, NaNWinsAndZerosAreOrdered) {
    const float nan = std::numeric_limits<float>::signaling_NaN();
    EXPECT_EQ(run(OpCode::reduce_max, {f32({2, 2}, {1, 2, -3, -infinity})}), f32({2}, {2, -3}));
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_max, {f32({3}, {1, nan, 2})})), f32_nan_bits);
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_min, {f32({2}, {-nan, 2})})), f32_nan_bits);
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_max, {f32({2}, {-0.0F, 0.0F})})), 0U);
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_max, {f32({2}, {-0.0F, -0.0F})})), 0x80000000U);
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_min, {f32({2}, {0.0F, -0.0F})})), 0x80000000U);
    EXPECT_EQ(bits_of_first(run(OpCode::reduce_min, {f32({2}, {0.0F, 0.0F})})), 0U);
}

TEST(Reduction, HasOneAnswerForAllTypesAndLengths) {
    SeededRandom random(2);
    for (int number = 1; number <= times(12); ++number) {
        const DType dtype = *dtype_from_number(static_cast<std::uint8_t>(1 + number % 12));
        for (const std::uint64_t length : row_lengths()) {
            const std::uint64_t rows = number_below(random, 5);
            const Values values = length % 2 == 0 ? Values::ordinary : Values::awkward;
            const TestTensor x = random_tensor(random, rows_of(dtype, rows, length), values);
            for (const OpCode op : reductions) {
                if (refusal(op, {x.type}).empty()) {
                    expect_one_answer(op, {x});
                }
            }
        }
    }
}

TEST(Reduction, OfManyShortRowsHasOneAnswer) {
    SeededRandom random(3);
    for (const std::uint64_t length : {1U, 3U, 10U}) {
        const TensorType type{.dtype = DType::f32, .shape = {20, 30, length}};
        const TestTensor x = random_tensor(random, type, Values::awkward);
        for (const OpCode op : reductions) {
            expect_one_answer(op, {x});
        }
    }
}

TEST(Reduction, OfZerosOfTwoSignsHasOneAnswer) {
    SeededRandom random(4);
    for (const std::uint64_t length : row_lengths()) {
        for (const float other : {-1.0F, 0.0F, 1.0F}) {
            std::vector<float> values;
            for (std::uint64_t i = 0; i < 3 * length; ++i) {
                const float choices[] = {0.0F, -0.0F, other};
                values.push_back(choices[number_below(random, 3)]);
            }
            const TestTensor x = f32({3, length}, values);
            if (length > 0) {
                expect_one_answer(OpCode::reduce_max, {x});
                expect_one_answer(OpCode::reduce_min, {x});
            }
            expect_one_answer(OpCode::softmax, {x});
            expect_one_answer(OpCode::log_softmax, {x});
        }
    }
}

TEST(Reduction, RefusesOtherOperands) {
    const auto type = [](DType dtype, std::initializer_list<std::uint64_t> dimensions) {
        return TensorType{.dtype = dtype, .shape = Shape(dimensions)};
    };
    const TensorType x = type(DType::f32, {2, 3});
    for (const OpCode op : reductions) {
        EXPECT_EQ(refusal(op, {x}), "");
        EXPECT_EQ(refusal(op, {x, x}), "takes 1 operands, not 2");
        EXPECT_EQ(refusal(op, {x}, {0}), "takes 0 attributes, not 1");
        EXPECT_EQ(refusal(op, {type(DType::f32, {})}), "f32[] has no last axis");
        EXPECT_EQ(refusal(op, {type(DType::boolean, {2})}), "elements of type bool");
    }
    EXPECT_EQ(refusal(OpCode::reduce_sum, {type(DType::i8, {2})}), "elements of type i8");
    EXPECT_EQ(refusal(OpCode::reduce_max, {type(DType::i8, {2})}), "");
    EXPECT_EQ(
        refusal(OpCode::reduce_min, {type(DType::f32, {2, 0})}),
        "f32[2,0] has no elements along its last axis"
    );
}

}  // namespace
}  // namespace steelyard::vm::test
