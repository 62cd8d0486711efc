#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/ops/fma.h"

#include <gtest/gtest.h>
#include <cmath>

namespace steelyard::vm {
namespace {

using test::f32;
using test::random_tensor;
using test::TestTensor;
using test::Values;

constexpr std::int64_t none = 0;
constexpr auto relu = static_cast<std::int64_t>(OpCode::relu);
constexpr std::array activations{
    none,
    relu,
    static_cast<std::int64_t>(OpCode::gelu),
    static_cast<std::int64_t>(OpCode::silu),
    static_cast<std::int64_t>(OpCode::tanh),
    static_cast<std::int64_t>(OpCode::sigmoid),
};
constexpr auto to_f32 = static_cast<std::int64_t>(DType::f32);
constexpr auto to_f16 = static_cast<std::int64_t>(DType::f16);
constexpr auto to_bf16 = static_cast<std::int64_t>(DType::bf16);

std::vector<float> product(
    const TestTensor& a, const TestTensor& b, const test::Attributes& attributes = {none, to_f32}
) {
    return test::values_of<float>(test::run(OpCode::gemm_f32, {a, b}, attributes));
}

void expect_one_answer(
    RandomSource& random,
    const std::array<DType, 3>& types,
    const std::array<std::uint64_t, 4>& sizes,  // batch, M, N, K
    Values values
) {
    const auto [batch, m, n, k] = sizes;
    const bool shared = test::number_below(random, 2) == 0;
    const Shape b_shape = shared ? Shape{n, k} : Shape{batch, n, k};
    const auto a = random_tensor(random, {types[0], {batch, m, k}}, values);
    const auto b = random_tensor(random, {types[1], b_shape}, values);
    const auto bias = random_tensor(random, {types[2], {n}}, values);
    const auto activation = activations[test::number_below(random, activations.size())];
    const auto to = std::array{to_f32, to_f16, to_bf16}[test::number_below(random, 3)];
    SCOPED_TRACE(a.type.text() + " * " + b.type.text() + " to " + std::to_string(to));
    test::expect_one_answer(OpCode::gemm_f32, {a, b, bias}, {activation, to});
    test::expect_one_answer(OpCode::gemm_f32, {a, b}, {none, to_f32});
}

TEST(GemmF32, multiplies_rows_by_rows) {
    const TestTensor a = f32({2, 3}, {1, 2, 3, 4, 5, 6});
    const TestTensor b = f32({2, 3}, {1, 0, -1, 2, 1, 0.5F});

    EXPECT_EQ(product(a, b), (std::vector<float>{-2, 5.5F, -2, 16}));
}

TEST(GemmF32, has_a_product_of_nothing_that_is_zero) {
    const TestTensor out =
        test::run(OpCode::gemm_f32, {f32({2, 0}, {}), f32({3, 0}, {})}, {none, to_f32});

    EXPECT_EQ(out.data, Bytes(24));
}

TEST(GemmF32, adds_chains_of_512_products) {
    // One chain would lose each 1 beside 2^24; the second chain adds its ones up first.
    std::vector<float> a(1024, 1.0F);
    a[0] = 0x1p24F;
    std::fill(a.begin() + 1, a.begin() + 512, 0.0F);

    EXPECT_EQ(
        product(f32({1, 1024}, a), f32({1, 1024}, std::vector<float>(1024, 1.0F)))[0],
        0x1p24F + 512.0F
    );
}

TEST(GemmF32, rounds_each_product_and_sum_once) {
    const float x = 1.0F + 0x1p-12F;
    const TestTensor row = f32({1, 2}, {1.0F, x});
    const TestTensor other = f32({1, 2}, {-1.0F, x});

    EXPECT_EQ(product(row, other)[0], 0x1p-11F + 0x1p-24F);
}

TEST(GemmF32, keeps_the_sign_of_a_product_that_vanishes) {
    const auto out = product(f32({1, 1}, {0x1p-100F}), f32({1, 1}, {-0x1p-100F}));

    EXPECT_EQ(std::bit_cast<std::uint32_t>(out[0]), 0x80000000);
}

TEST(GemmF32, adds_the_bias_and_activates_after_rounding) {
    const TestTensor a = f32({1, 1}, {3.0F});
    const TestTensor b = f32({2, 1}, {1.0F, -1.0F});
    const TestTensor bias = f32({2}, {0.5F, 1.0F});

    const auto plain = test::run(OpCode::gemm_f32, {a, b, bias}, {none, to_f32});
    const auto activated = test::run(OpCode::gemm_f32, {a, b, bias}, {relu, to_f32});

    EXPECT_EQ(test::values_of<float>(plain), (std::vector<float>{3.5F, -2.0F}));
    EXPECT_EQ(test::values_of<float>(activated), (std::vector<float>{3.5F, 0.0F}));
}

TEST(GemmF32, activates_as_the_operators_do) {
    SeededRandom random(9);
    const auto a = random_tensor(random, {DType::f32, {3, 1}}, Values::ordinary);
    const auto b = random_tensor(random, {DType::f32, {40, 1}}, Values::ordinary);
    const TestTensor plain = test::run(OpCode::gemm_f32, {a, b}, {none, to_f32});

    for (const std::int64_t activation : activations) {
        const TestTensor activated = test::run(OpCode::gemm_f32, {a, b}, {activation, to_f32});
        const TestTensor wanted =
            activation == none ? plain : test::run(static_cast<OpCode>(activation), {plain});
        EXPECT_EQ(activated, wanted);
    }
}

TEST(GemmF32, is_as_near_to_the_real_product_as_512_chains_are) {
    SeededRandom random(7);
    for (const std::uint64_t k : {64, 1000, 5000}) {
        const auto a = random_tensor(random, {DType::f32, {8, k}}, Values::ordinary);
        const auto b = random_tensor(random, {DType::f32, {8, k}}, Values::ordinary);
        const auto out = product(a, b);
        const auto x = test::values_of<float>(a);
        const auto y = test::values_of<float>(b);
        for (std::size_t m = 0; m < 8; ++m) {
            for (std::size_t n = 0; n < 8; ++n) {
                double sum = 0;
                double size = 0;
                for (std::size_t i = 0; i < k; ++i) {
                    const double term = double{x[m * k + i]} * double{y[n * k + i]};
                    sum += term;
                    size += std::abs(term);
                }
                EXPECT_LE(std::abs(out[m * 8 + n] - sum), 2e-6 * size);
            }
        }
    }
}

TEST(GemmF32, has_one_answer_around_the_sizes_of_chains) {
    SeededRandom random(1);
    for (const std::uint64_t k : {0, 1, 2, 511, 512, 513, 1023, 1024, 1025, 4095, 4097, 8193}) {
        for (const Values values : {Values::ordinary, Values::awkward}) {
            const std::uint64_t m = 1 + test::number_below(random, 31);
            const std::uint64_t n = 1 + test::number_below(random, 35);
            expect_one_answer(random, {DType::f32, DType::f32, DType::f32}, {1, m, n, k}, values);
        }
    }
}

TEST(GemmF32, has_one_answer_for_odd_shapes_of_all_types) {
    SeededRandom random(2);
    constexpr std::array types{DType::f32, DType::f16, DType::bf16};
    for (int i = 0; i < 24; ++i) {
        const std::array chosen{
            types[test::number_below(random, 3)],
            types[test::number_below(random, 3)],
            types[test::number_below(random, 3)]
        };
        expect_one_answer(
            random,
            chosen,
            {test::number_below(random, 4),
             test::awkward_size(random, 70),
             test::awkward_size(random, 70),
             test::awkward_size(random, 600)},
            i % 3 == 0 ? Values::ordinary : Values::awkward
        );
    }
}

TEST(GemmF32, has_one_answer_where_one_side_is_short) {
    SeededRandom random(8);
    constexpr std::array types{DType::f32, DType::f32, DType::f16, DType::bf16};
    constexpr std::array<std::uint64_t, 9> depths{1, 3, 4, 5, 63, 512, 513, 1030, 2};
    for (std::uint64_t few = 1; few <= 13; ++few) {
        for (const std::uint64_t many : {7, 8, 9, 15, 16, 17, 41}) {
            const auto type = [&] { return types[test::number_below(random, types.size())]; };
            const std::uint64_t depth = depths[test::number_below(random, depths.size())];
            const bool columns = test::number_below(random, 2) == 0;
            const std::array<std::uint64_t, 4> sizes{
                1 + test::number_below(random, 2), columns ? many : few, columns ? few : many, depth
            };
            expect_one_answer(random, {type(), type(), type()}, sizes, Values::awkward);
        }
    }
}

TEST(GemmF32, has_one_answer_for_matrices_of_many_blocks) {
    SeededRandom random(3);
    constexpr std::array types{DType::f32, DType::f32, DType::f32};
    expect_one_answer(random, types, {1, 521, 70, 30}, Values::awkward);
    expect_one_answer(random, types, {1, 29, 1090, 30}, Values::awkward);
    expect_one_answer(random, types, {1, 1, 2100, 530}, Values::awkward);
}

TEST(GemmF32, refuses_what_is_no_product) {
    const TensorType a{DType::f32, {2, 3}};
    const TensorType b{DType::f32, {4, 3}};
    const auto refusal = [](const std::vector<TensorType>& types, const test::Attributes& attributes
                         ) { return test::refusal(OpCode::gemm_f32, types, attributes); };

    EXPECT_EQ(refusal({a, b}, {none, to_f32}), "");
    EXPECT_EQ(refusal({a}, {none, to_f32}), "takes 2 to 3 operands, not 1");
    EXPECT_EQ(refusal({a, b}, {none}), "takes 2 attributes, not 1");
    EXPECT_EQ(refusal({{DType::f32, {3}}, b}, {none, to_f32}), "f32[3] is no matrix");
    EXPECT_EQ(
        refusal({{DType::i32, {2, 3}}, b}, {none, to_f32}), "i32[2,3]: takes f32, f16 and bf16"
    );
    EXPECT_EQ(
        refusal({a, {DType::f32, {4, 2}}}, {none, to_f32}),
        "rows of f32[2,3] and f32[4,2] differ in length"
    );
    EXPECT_EQ(
        refusal({{DType::f32, {2, 2, 3}}, {DType::f32, {3, 4, 3}}}, {none, to_f32}),
        "batches of f32[2,2,3] and f32[3,4,3] differ"
    );
    EXPECT_EQ(
        refusal({a, {DType::f32, {1, 4, 3}}}, {none, to_f32}),
        "f32[1,4,3] beside f32[2,3]: neither one matrix nor one for each"
    );
    EXPECT_EQ(refusal({a, b, {DType::f32, {3}}}, {none, to_f32}), "a bias f32[3] for 4 columns");
    EXPECT_EQ(refusal({a, b}, {5, to_f32}), "activation 5");
    EXPECT_EQ(refusal({a, b}, {none, 2}), "an output of f64, not f32, f16 or bf16");
    EXPECT_NE(refusal({a, b}, {none, 77}), "");
    EXPECT_NE(
        refusal({{DType::f32, {0x7fffffff, 0}}, {DType::f32, {0x7fffffff, 0}}}, {none, to_f32}), ""
    );
}

TEST(GemmF32, opens_both_rows_of_a_probe) {
    const std::vector<TensorType> types{{DType::f32, {64, 4096}}, {DType::f32, {128, 4096}}};
    const test::Attributes attributes{none, to_f32};
    const Operator* op = find_operator(OpCode::gemm_f32, 1);
    const NodeCall call{
        .op = OpCode::gemm_f32,
        .operands = types,
        .output = op->infer(types, attributes).value(),
        .attributes = attributes,
    };

    EXPECT_EQ(op->probe(call, {1, 1}).chunks, 32);
    EXPECT_EQ(op->probe(call, {2, 2}).chunks, 64);
    EXPECT_EQ(op->gas(call), 64 * 128 * 4096 + 2000);
}

}  // namespace
}  // namespace steelyard::vm
