#include "tests/unit/vm/ops/row/rows.h"
#include "vm/ops/narrow_floats.h"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace steelyard::vm::test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// A row's result out of the operators that the rule names.
std::vector<float> in_words(OpCode op, const std::vector<float>& row) {
    const float greatest = values_of<float>(run(OpCode::reduce_max, {f32({row.size()}, row)}))[0];
    std::vector<float> distances = row;
    for (float& x : distances) {
        x -= greatest;
    }
    const TestTensor powers = run(OpCode::exp, {f32({row.size()}, distances)});
    const float sum = tree_sum_in_words(values_of<float>(powers));
    const float log_sum = values_of<float>(run(OpCode::log, {f32({}, {sum})}))[0];
    std::vector<float> out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        out.push_back(
            op == OpCode::softmax ? values_of<float>(powers)[i] / sum : distances[i] - log_sum
        );
    }
    return out;
}

TEST(Softmax, IsTheWordsOfItsRule) {
    SeededRandom random(1);
    for (const std::uint64_t length : {1U, 2U, 63U, 64U, 65U, 300U, 4100U}) {
        const TestTensor x =
            random_tensor(random, rows_of(DType::f32, 1, length), Values::ordinary);
        for (const OpCode op : {OpCode::softmax, OpCode::log_softmax}) {
            EXPECT_EQ(values_of<float>(run(op, {x})), in_words(op, values_of<float>(x))) << length;
        }
    }
}

TEST(Softmax, SharesOutOne) {
    EXPECT_EQ(
        run(OpCode::softmax, {f32({2, 2}, {5, 5, 0, -infinity})}), f32({2, 2}, {0.5F, 0.5F, 1, 0})
    );
    EXPECT_EQ(run(OpCode::log_softmax, {f32({1}, {7})}), f32({1}, {0}));
    const auto y = values_of<float>(run(OpCode::softmax, {f32({3}, {1, 2, 3})}));
    EXPECT_NEAR(y[0], 0.09003057F, 1e-7);
    EXPECT_NEAR(y[2], 0.66524096F, 1e-7);
}

TEST(Softmax, OfNoNumberIsNoNumber) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const std::vector<float>& row :
         {std::vector<float>{1, -nan}, {-infinity, -infinity}, {infinity, infinity}}) {
        for (const OpCode op : {OpCode::softmax, OpCode::log_softmax}) {
            EXPECT_EQ(
                values_of<std::uint32_t>(run(op, {f32({2}, row)})),
                (std::vector<std::uint32_t>{f32_nan_bits, f32_nan_bits})
            );
        }
    }
}

TEST(Softmax, HasOneAnswerForAllTypesAndLengths) {
    SeededRandom random(2);
    for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
        for (const std::uint64_t length : row_lengths()) {
            for (const Values values : {Values::ordinary, Values::awkward}) {
                const std::uint64_t rows = number_below(random, 5);
                const TestTensor x = random_tensor(random, rows_of(dtype, rows, length), values);
                expect_one_answer(OpCode::softmax, {x});
                expect_one_answer(OpCode::log_softmax, {x});
            }
        }
    }
}

// Powers down to the least subnormal and zeros, whose quotients have few digits, in the same vector
// as large ones.
TEST(Softmax, HasOneAnswerForSmallPowers) {
    SeededRandom random(3);
    for (int round = 0; round < times(20); ++round) {
        const std::uint64_t length = 40 + number_below(random, 300);
        const std::uint64_t depth = 1 + number_below(random, 120);
        std::vector<float> row(3 * length);
        for (float& x : row) {
            x = -static_cast<float>(number_below(random, depth << 16)) * 0x1p-16F;
            x = number_below(random, 9) == 0 ? -infinity : x;
        }
        const TestTensor x = f32({3, length}, row);
        expect_one_answer(OpCode::softmax, {x});
        expect_one_answer(OpCode::log_softmax, {x});
    }
}

// Quotients near the middle of two floats: powers and sums of many digits.
TEST(Softmax, HasOneAnswerForManyQuotients) {
    SeededRandom random(4);
    for (int round = 0; round < times(4); ++round) {
        const TestTensor x = random_tensor(random, rows_of(DType::f32, 2000, 16), Values::ordinary);
        expect_one_answer(OpCode::softmax, {x});
    }
}

TEST(Softmax, RefusesOtherOperands) {
    const TensorType x{.dtype = DType::f32, .shape = {2}};
    for (const OpCode op : {OpCode::softmax, OpCode::log_softmax}) {
        EXPECT_EQ(refusal(op, {x}), "");
        EXPECT_NE(refusal(op, {x, x}), "");
        EXPECT_NE(refusal(op, {x}, {0}), "");
        EXPECT_EQ(refusal(op, {{.dtype = DType::f32, .shape = {}}}), "f32[] has no last axis");
        EXPECT_EQ(refusal(op, {{.dtype = DType::f64, .shape = {2}}}), "elements of type f64");
    }
}

}  // namespace
}  // namespace steelyard::vm::test
