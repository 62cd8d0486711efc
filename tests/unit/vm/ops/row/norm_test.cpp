#include "tests/unit/vm/ops/row/rows.h"

#include <gtest/gtest.h>
#include <bit>
#include <cmath>

namespace steelyard::vm::test {
namespace {

constexpr float epsilon = 1e-5F;
const auto epsilon_bits = static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(epsilon));

TestTensor parameters(SeededRandom& random, std::uint64_t count, Values values) {
    return random_tensor(random, {.dtype = DType::f32, .shape = {count}}, values);
}

/// Squares of the distances to `centre`, each rounded.
std::vector<float> squares(std::vector<float> row, float centre) {
    for (float& x : row) {
        x = (x - centre) * (x - centre);
    }
    return row;
}

TEST(LayerNorm, IsTheWordsOfItsRule) {
    SeededRandom random(1);
    for (const std::uint64_t length : row_lengths()) {
        const TestTensor x =
            random_tensor(random, rows_of(DType::f32, 2, length), Values::ordinary);
        const TestTensor gamma = parameters(random, length, Values::ordinary);
        const TestTensor beta = parameters(random, length, Values::ordinary);

        const TestTensor y = run(OpCode::layer_norm, {x, gamma, beta}, {epsilon_bits});

        const auto n = static_cast<float>(length);
        for (std::uint64_t row = 0; row < 2; ++row) {
            const std::vector<float> values = row_of<float>(x, row);
            const float mean = tree_sum_in_words(values) / n;
            const float variance = tree_sum_in_words(squares(values, mean)) / n;
            const float scale = 1.0F / std::sqrt(variance + epsilon);
            for (std::size_t i = 0; i < length; ++i) {
                const float factor = scale * values_of<float>(gamma)[i];
                ASSERT_EQ(
                    row_of<float>(y, row)[i],
                    std::fma(values[i] - mean, factor, values_of<float>(beta)[i])
                ) << length;
            }
            if (length > 200) {
                break;
            }
        }
    }
}

TEST(LayerNorm, CentresAndScales) {
    const TestTensor one = f32({2}, {1, 1});
    const TestTensor zero = f32({2}, {0, 0});

    EXPECT_EQ(
        run(OpCode::layer_norm, {f32({2, 2}, {1, 3, -5, -5}), one, zero}, {0x3f800000}),
        f32({2, 2}, {-1 / std::sqrt(2.0F), 1 / std::sqrt(2.0F), 0, 0})
    );
}

TEST(RmsNorm, IsTheWordsOfItsRule) {
    SeededRandom random(2);
    for (const std::uint64_t length : row_lengths()) {
        const TestTensor x =
            random_tensor(random, rows_of(DType::f32, 1, length), Values::ordinary);
        const TestTensor gamma = parameters(random, length, Values::ordinary);

        const auto y = values_of<float>(run(OpCode::rms_norm, {x, gamma}, {epsilon_bits}));

        const std::vector<float> values = values_of<float>(x);
        const std::vector<float> factors = values_of<float>(gamma);
        const float mean = tree_sum_in_words(squares(values, 0)) / static_cast<float>(length);
        const float scale = 1.0F / std::sqrt(mean + epsilon);
        for (std::size_t i = 0; i < length; ++i) {
            ASSERT_EQ(y[i], values[i] * scale * factors[i]) << length;
        }
    }
}

TEST(BatchNorm, IsTheWordsOfItsRule) {
    const TestTensor x = f32({1, 2, 2}, {1, 2, 3, 4});
    const TestTensor gamma = f32({2}, {2, 3});
    const TestTensor beta = f32({2}, {0.5F, -0.5F});
    const TestTensor mean = f32({2}, {1, 1});
    const TestTensor variance = f32({2}, {3, 0});

    EXPECT_EQ(
        run(OpCode::batch_norm, {x, gamma, beta, mean, variance}, {0x3f800000}),
        f32({1, 2, 2}, {0.5F, 2.5F, 2.5F, 8.5F})
    );
}

TEST(Norm, HasOneAnswerForAllLengths) {
    SeededRandom random(3);
    for (const Values values : {Values::ordinary, Values::awkward}) {
        for (const std::uint64_t length : row_lengths()) {
            const std::uint64_t rows = number_below(random, 6);
            const TestTensor x = random_tensor(random, rows_of(DType::f32, rows, length), values);
            std::vector<TestTensor> operands{x};
            while (operands.size() < 5) {
                operands.push_back(parameters(random, length, values));
            }
            expect_one_answer(OpCode::batch_norm, operands, {epsilon_bits});
            operands.resize(3);
            expect_one_answer(OpCode::layer_norm, operands, {epsilon_bits});
            operands.resize(2);
            expect_one_answer(OpCode::rms_norm, operands, {0});
        }
    }
}

TEST(Norm, RefusesOtherOperands) {
    const TensorType x{.dtype = DType::f32, .shape = {2, 3}};
    const TensorType vector{.dtype = DType::f32, .shape = {3}};
    const TensorType scalar{.dtype = DType::f32, .shape = {}};
    const std::pair<OpCode, std::size_t> norms[] = {
        {OpCode::layer_norm, 2}, {OpCode::rms_norm, 1}, {OpCode::batch_norm, 4}
    };
    for (const auto& [op, count] : norms) {
        std::vector<TensorType> types(1 + count, vector);
        types[0] = x;
        EXPECT_EQ(refusal(op, types, {0}), "");
        EXPECT_NE(refusal(op, types, {}), "");
        for (const std::int64_t bits :
             {std::int64_t{-1}, std::int64_t{0x7f800000}, std::int64_t{1} << 32}) {
            EXPECT_NE(refusal(op, types, {bits}), "") << bits;
        }
        types[count] = x;
        EXPECT_EQ(refusal(op, types, {0}), "f32[2,3] beside f32[2,3], not f32[3]");
        types[count] = {.dtype = DType::f64, .shape = {3}};
        EXPECT_NE(refusal(op, types, {0}), "");
        types.pop_back();
        EXPECT_NE(refusal(op, types, {0}), "");
        types.assign(1 + count, {.dtype = DType::f16, .shape = {3}});
        EXPECT_NE(refusal(op, types, {0}), "");
        types.assign(1 + count, scalar);
        EXPECT_NE(refusal(op, types, {0}), "");
    }
}

}  // namespace
}  // namespace steelyard::vm::test
