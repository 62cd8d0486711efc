#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/ops/contraction/fixed_point.h"

#include <gtest/gtest.h>
#include <cmath>

namespace steelyard::vm {
namespace {

using test::f32;
using test::random_tensor;
using test::Values;

float product(const std::vector<float>& a, const std::vector<float>& b, std::int64_t bits) {
    const auto out =
        test::run(OpCode::gemm_fx, {f32({1, a.size()}, a), f32({1, b.size()}, b)}, {bits});
    return test::values_of<float>(out)[0];
}

TEST(GemmFx, multiplies_rows_as_integers_of_one_exponent) {
    // 1 is 2^19 in units of 2^-19; 2^-20 is half of one, a tie that goes to 0; 3 * 2^-20 goes to 2.
    EXPECT_EQ(product({1.0F, 0x1p-20F}, {1.0F, 1.0F}, 20), 1.0F);
    EXPECT_EQ(product({1.0F, 0x3p-20F}, {1.0F, 1.0F}, 20), 1.0F + 0x1p-18F);
    EXPECT_EQ(product({1.0F, 0x1p-20F}, {1.0F, 1.0F}, 22), 1.0F + 0x1p-20F);
}

TEST(GemmFx, holds_what_would_round_up_to_the_next_power) {
    const float below = 1.0F - 0x1p-24F;

    EXPECT_EQ(product({below}, {1.0F}, 20), 1.0F - 0x1p-20F);
    EXPECT_EQ(product({-below}, {1.0F}, 20), -1.0F + 0x1p-20F);
}

TEST(GemmFx, takes_subnormals_and_gives_them) {
    EXPECT_EQ(product({0x1p-149F}, {1.0F}, 20), 0x1p-149F);
    EXPECT_EQ(product({0x1p-100F}, {0x1p-49F}, 20), 0x1p-149F);
    EXPECT_EQ(product({0x3p-100F}, {0x1p-51F}, 20), 0x1p-149F);
    EXPECT_EQ(product({0x1p-100F}, {0x1p-50F}, 20), 0.0F);
    EXPECT_EQ(product({0x1p100F}, {-0x1p100F}, 22), -INFINITY);
}

TEST(GemmFx, gives_a_nan_for_a_row_that_is_not_finite) {
    for (const float bad : {INFINITY, -INFINITY, NAN}) {
        const float out = product({0.0F, bad}, {0.0F, 0.0F}, 20);
        EXPECT_EQ(std::bit_cast<std::uint32_t>(out), 0x7fc00000);
    }
}

TEST(GemmFx, gives_zero_for_rows_of_zeros) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(product({-0.0F}, {3.0F}, 20)), 0);
}

TEST(RoundToF32, agrees_with_the_conversion_where_that_rounds_once) {
    SeededRandom random(5);
    for (int i = 0; i < 100'000; ++i) {
        const auto bits = static_cast<int>(test::number_below(random, 53));
        const auto whole =
            static_cast<std::int64_t>(test::number_below(random, std::uint64_t{1} << bits));
        const auto exponent = static_cast<int>(test::number_below(random, 400)) - 220;
        const std::int64_t sum = i % 2 == 0 ? whole : -whole;
        const auto wanted = static_cast<float>(std::ldexp(static_cast<double>(sum), exponent));
        const float got = round_to_f32(sum, exponent);
        ASSERT_EQ(std::bit_cast<std::uint32_t>(got), std::bit_cast<std::uint32_t>(wanted))
            << sum << " * 2^" << exponent;
    }
    EXPECT_EQ(round_to_f32(std::numeric_limits<std::int64_t>::min(), 0), -0x1p63F);
    EXPECT_EQ(
        round_to_f32((std::int64_t{1} << 62) + (std::int64_t{1} << 38) + 1, 0), 0x1p62F + 0x1p39F
    );
}

TEST(GemmFx, is_as_near_to_the_real_product_as_its_bits) {
    SeededRandom random(6);
    for (const std::int64_t bits : {20, 22}) {
        const std::size_t k = 1000;
        const auto a = random_tensor(random, {DType::f32, {1, k}}, Values::ordinary);
        const auto b = random_tensor(random, {DType::f32, {1, k}}, Values::ordinary);
        const auto x = test::values_of<float>(a);
        const auto y = test::values_of<float>(b);
        double sum = 0;
        for (std::size_t i = 0; i < k; ++i) {
            sum += double{x[i]} * double{y[i]};
        }
        EXPECT_NEAR(product(x, y, bits), sum, std::ldexp(40.0, static_cast<int>(-bits)));
    }
}

TEST(GemmFx, has_one_answer) {
    SeededRandom random(8);
    for (int i = 0; i < 30; ++i) {
        const std::uint64_t k =
            i < 8 ? 510 + test::number_below(random, 5) : test::awkward_size(random, 600);
        const std::uint64_t batch = 1 + test::number_below(random, 3);
        const std::uint64_t m = test::awkward_size(random, 40);
        const std::uint64_t n = test::awkward_size(random, 40);
        const Values values = i % 3 == 0 ? Values::awkward : Values::ordinary;
        const auto a = random_tensor(random, {DType::f32, {batch, m, k}}, values);
        const auto b = random_tensor(random, {DType::f32, {n, k}}, Values::ordinary);
        SCOPED_TRACE(a.type.text() + " * " + b.type.text());
        test::expect_one_answer(OpCode::gemm_fx, {a, b}, {i % 2 == 0 ? 20 : 22});
    }
    for (const std::uint64_t k : {8191, 8192, 8193, 9000}) {
        const auto a = f32({3, k}, std::vector<float>(3 * k, 1.9999999F));
        test::expect_one_answer(OpCode::gemm_fx, {a, a}, {20});
        test::expect_one_answer(OpCode::gemm_fx, {a, a}, {22});
    }
}

TEST(GemmFx, costs_gas_for_products_and_for_the_integers_of_both_sides) {
    const std::vector<TensorType> types{{DType::f32, {2, 9}}, {DType::f32, {5, 9}}};
    const Operator& rule = *find_operator(OpCode::gemm_fx, 1);
    const TensorType output = rule.infer(types, test::Attributes{20}).value();
    const auto gas = [&](std::int64_t bits) {
        const test::Attributes attributes{bits};
        return rule.gas(
            {.op = OpCode::gemm_fx, .operands = types, .output = output, .attributes = attributes}
        );
    };

    EXPECT_EQ(gas(20), 10 * (13 + 32) + 8 * (18 + 45) + 2000);
    EXPECT_EQ(gas(22), 10 * (20 + 32) + 8 * (18 + 45) + 2000);
}

TEST(GemmFx, refuses_what_is_no_product) {
    const TensorType a{DType::f32, {2, 3}};
    const auto refusal = [](const std::vector<TensorType>& types, const test::Attributes& attributes
                         ) { return test::refusal(OpCode::gemm_fx, types, attributes); };

    EXPECT_EQ(refusal({a, a}, {20}), "");
    EXPECT_EQ(refusal({a, a}, {21}), "21 bits, not 20 or 22");
    EXPECT_EQ(refusal({a, {DType::f16, {2, 3}}}, {20}), "f16[2,3]: takes f32");
    EXPECT_EQ(refusal({a, a, a}, {20}), "takes 2 operands, not 3");
    const TensorType longest{DType::f32, {1, 1 << 19}};
    const TensorType too_long{DType::f32, {1, (1 << 19) + 1}};
    EXPECT_EQ(refusal({longest, longest}, {22}), "");
    EXPECT_EQ(refusal({too_long, too_long}, {22}), "rows of f32[1,524289]: longer than 524288");
    EXPECT_EQ(refusal({too_long, too_long}, {20}), "");
}

}  // namespace
}  // namespace steelyard::vm
