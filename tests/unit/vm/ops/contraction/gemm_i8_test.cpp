#include "base/random.h"
#include "tests/support/vm/random_tensors.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

using test::random_tensor;
using test::tensor;
using test::TestTensor;
using test::Values;

std::int64_t zero_point(RandomSource& random, DType type) {
    constexpr std::array<std::int64_t, 5> of_i8{0, 0, -128, 127, 5};
    constexpr std::array<std::int64_t, 5> of_u8{0, 128, 128, 255, 7};
    return (type == DType::i8 ? of_i8 : of_u8)[test::number_below(random, 5)];
}

void expect_one_answer(RandomSource& random, const std::array<std::uint64_t, 4>& sizes) {
    const auto [batch, m, n, k] = sizes;
    const bool shared = test::number_below(random, 2) == 0;
    const DType a_type = test::number_below(random, 2) == 0 ? DType::i8 : DType::u8;
    const DType b_type = test::number_below(random, 2) == 0 ? DType::i8 : DType::u8;
    const auto a = random_tensor(random, {a_type, {batch, m, k}}, Values::awkward);
    const auto b =
        random_tensor(random, {b_type, shared ? Shape{n, k} : Shape{batch, n, k}}, Values::awkward);
    const auto bias = random_tensor(random, {DType::i32, {n}}, Values::awkward);
    const test::Attributes attributes{zero_point(random, a_type), zero_point(random, b_type)};
    SCOPED_TRACE(
        a.type.text() + " - " + std::to_string(attributes[0]) + " * " + b.type.text() + " - " +
        std::to_string(attributes[1])
    );
    test::expect_one_answer(OpCode::gemm_i8, {a, b, bias}, attributes);
    test::expect_one_answer(OpCode::gemm_i8, {a, b}, attributes);
}

std::vector<std::int32_t> product(
    const std::vector<TestTensor>& operands, const test::Attributes& attributes
) {
    return test::values_of<std::int32_t>(test::run(OpCode::gemm_i8, operands, attributes));
}

TEST(GemmI8, multiplies_what_is_above_the_zero_points) {
    const auto a = tensor<std::uint8_t>(DType::u8, {1, 3}, {130, 0, 255});
    const auto b = tensor<std::int8_t>(DType::i8, {2, 3}, {1, -128, 127, 3, 3, 3});
    const auto bias = tensor<std::int32_t>(DType::i32, {2}, {10, -1});

    EXPECT_EQ(
        product({a, b, bias}, {128, 3}),
        (std::vector<std::int32_t>{2 * -2 + -128 * -131 + 127 * 124 + 10, -1})
    );
}

TEST(GemmI8, wraps_at_32_bits) {
    const auto a = tensor<std::int8_t>(DType::i8, {1, 1}, {1});
    const auto b = tensor<std::int8_t>(DType::i8, {1, 1}, {1});
    const auto bias = tensor<std::int32_t>(DType::i32, {1}, {0x7fffffff});

    EXPECT_EQ(product({a, b, bias}, {0, 0})[0], std::numeric_limits<std::int32_t>::min());
}

TEST(GemmI8, does_not_wrap_within_the_bounds_that_are_told) {
    const std::uint64_t plain = 131071;
    const auto least = tensor(DType::i8, {1, plain}, std::vector<std::int8_t>(plain, -128));
    EXPECT_EQ(product({least, least}, {0, 0})[0], 131071 * 16384);

    const std::uint64_t widest = 33025;
    const auto most = tensor(DType::u8, {1, widest}, std::vector<std::uint8_t>(widest, 255));
    EXPECT_EQ(product({most, most}, {0, 0})[0], 33025 * 65025);
}

TEST(GemmI8, has_one_answer_for_odd_shapes) {
    SeededRandom random(4);
    for (int i = 0; i < 40; ++i) {
        expect_one_answer(
            random,
            {test::number_below(random, 4),
             test::awkward_size(random, 70),
             test::awkward_size(random, 70),
             test::awkward_size(random, 600)}
        );
    }
    for (const std::uint64_t k : {2047, 2048, 2049, 4096, 4101}) {
        expect_one_answer(random, {1, 17, 37, k});
    }
    expect_one_answer(random, {1, 521, 70, 30});
    expect_one_answer(random, {1, 29, 1090, 30});
}

TEST(GemmI8, has_one_answer_where_one_side_is_short) {
    SeededRandom random(5);
    for (const std::uint64_t few : {1, 2, 3, 4, 5}) {
        for (const std::uint64_t k : {1, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000}) {
            const std::uint64_t many = 1 + test::number_below(random, 20);
            expect_one_answer(random, {2, few, many, k});
            expect_one_answer(random, {1, many, few, k});
        }
    }
}

TEST(GemmI8, refuses_what_is_no_product) {
    const TensorType a{DType::i8, {2, 3}};
    const TensorType b{DType::u8, {4, 3}};
    const auto refusal = [](const std::vector<TensorType>& types, const test::Attributes& attributes
                         ) { return test::refusal(OpCode::gemm_i8, types, attributes); };

    EXPECT_EQ(refusal({a, b}, {0, 0}), "");
    EXPECT_EQ(refusal({a, b}, {-129, 0}), "zero point -129 of i8[2,3]");
    EXPECT_EQ(refusal({a, b}, {0, 256}), "zero point 256 of u8[4,3]");
    EXPECT_EQ(refusal({a, {DType::f32, {4, 3}}}, {0, 0}), "f32[4,3]: takes i8 and u8");
    EXPECT_EQ(refusal({a, b, {DType::i8, {4}}}, {0, 0}), "a bias i8[4] for 4 columns");
    EXPECT_EQ(refusal({a, b}, {0}), "takes 2 attributes, not 1");
    EXPECT_EQ(refusal({a, b, b, b}, {0, 0}), "takes 2 to 3 operands, not 4");
    EXPECT_EQ(
        refusal({a, {DType::u8, {4, 2}}}, {0, 0}), "rows of i8[2,3] and u8[4,2] differ in length"
    );
}

}  // namespace
}  // namespace steelyard::vm
