#include "tests/unit/vm/ops/index/index_tensors.h"
#include "vm/ops/index/fixed_point.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>

namespace steelyard::vm::test {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

TEST(FixedPoint, RoundsToEvenAndHoldsAtTheEnds) {
    EXPECT_EQ(to_fixed_point(0.25F, 1), 0);  // a half, to even
    EXPECT_EQ(to_fixed_point(0.75F, 1), 2);
    EXPECT_EQ(to_fixed_point(-0.75F, 1), -2);
    EXPECT_EQ(to_fixed_point(0x1.8p-61F, 60), 1);
    EXPECT_EQ(to_fixed_point(0x1p-61F, 60), 0);
    EXPECT_EQ(to_fixed_point(0x1p-149F, 60), 0);
    EXPECT_EQ(to_fixed_point(1e30F, 1), most);
    EXPECT_EQ(to_fixed_point(-1e30F, 1), least);
    EXPECT_EQ(to_fixed_point(INFINITY, 1), most);
    EXPECT_EQ(to_fixed_point(-INFINITY, 60), least);
    EXPECT_EQ(to_fixed_point(NAN, 30), 0);
    EXPECT_EQ(to_fixed_point(-0.0F, 60), 0);
    EXPECT_EQ(to_fixed_point(8.0F, 60), most);
    EXPECT_EQ(to_fixed_point(-8.0F, 60), least);
    EXPECT_EQ(to_fixed_point(0x1.fffffep2F, 60), 0x7fffff8000000000);
    EXPECT_EQ(from_fixed_point(3, 1), 1.5F);
    EXPECT_EQ(from_fixed_point(least, 1), -0x1p62F);
    EXPECT_EQ(from_fixed_point(1, 60), 0x1p-60F);
}

TEST(FixedPoint, IsTheRoundedProduct) {
    SeededRandom random(1);
    for (int round = 0; round < 100'000; ++round) {
        const auto bits = static_cast<std::uint32_t>(number_below(random, std::uint64_t{1} << 32));
        const int fraction = 1 + static_cast<int>(number_below(random, 60));
        const float x = f32_of(bits);
        const double scaled = std::nearbyint(std::ldexp(static_cast<double>(x), fraction));
        const std::int64_t wanted = std::isnan(x)      ? 0
                                    : scaled >= 0x1p63 ? most
                                    : scaled < -0x1p63 ? least
                                                       : static_cast<std::int64_t>(scaled);
        ASSERT_EQ(to_fixed_point(x, fraction), wanted) << std::hex << bits << " " << fraction;
    }
}

TEST(ScatterAdd, AddsRowsWithoutAnOrder) {
    const TestTensor x = f32({3, 2}, {1, 2, 3, 4, 5, 6});
    const TestTensor updates = f32({3, 2}, {10, 20, 0.5F, 0.25F, 100, 200});

    EXPECT_EQ(
        run(OpCode::scatter_add, {x, i64({3}, {2, 0, -1}), updates}, {20}),
        f32({3, 2}, {1.5F, 2.25F, 3, 4, 115, 226})
    );
    // Beyond the last place of f32 one after the other, not in fixed point.
    EXPECT_EQ(
        run(OpCode::scatter_add,
            {f32({1, 1}, {0}), i64({3}, {0, 0, 0}), f32({3, 1}, {0x1p24F, 1, 1})},
            {10}),
        f32({1, 1}, {0x1p24F + 2})
    );
}

TEST(ScatterAdd, HasOneAnswerInAnyOrderOfUpdates) {
    SeededRandom random(2);
    for (int round = 0; round < 40; ++round) {
        const std::int64_t n = 1 + below(random, 20);
        const std::int64_t d = below(random, 40);
        const std::int64_t m = below(random, 50);
        const TestTensor x = random_values(random, DType::f32, {n, d});
        const TestTensor indices = random_indices(random, {m}, n);
        const TestTensor updates = random_values(random, DType::f32, {m, d});
        const std::int64_t fraction = 1 + below(random, 60);
        const TestTensor backwards =
            run(OpCode::slice, {indices}, {std::max<std::int64_t>(m - 1, 0), -1, m});
        const TestTensor upside_down =
            run(OpCode::slice, {updates}, {std::max<std::int64_t>(m - 1, 0), -1, m, 0, 1, d});

        EXPECT_EQ(
            run(OpCode::scatter_add, {x, indices, updates}, {fraction}),
            run(OpCode::scatter_add, {x, backwards, upside_down}, {fraction})
        );
        expect_one_answer(OpCode::scatter_add, {x, indices, updates}, {fraction});
    }
}

TEST(ScatterAdd, PaysForEveryIndexAndUpdateThatAProbeOpens) {
    // 300 indices in three chunks, all of one row, and updates of which each row is a chunk.
    SeededRandom random(3);
    const TestTensor x = random_values(random, DType::f32, {2, 200});
    const TestTensor indices = i64({300}, std::vector<std::int64_t>(300, 1));
    const TestTensor updates = random_values(random, DType::f32, {300, 200});
    expect_one_answer(OpCode::scatter_add, {x, indices, updates}, {20});
    const Operator* rule = find_operator(OpCode::scatter_add, 1);
    const std::vector<TensorType> types{x.type, indices.type, updates.type};
    const std::vector<std::int64_t> attributes{20};
    const NodeCall call{
        .op = OpCode::scatter_add,
        .version = 1,
        .operands = types,
        .output = x.type,
        .attributes = attributes
    };
    EXPECT_EQ(rule->probe(call, {.rows = 1, .columns = 1}).chunks, 1U + 3U + 300U);
}

TEST(ScatterAdd, MeetsABadIndexInItsFirstElement) {
    const TestTensor x = f32({2, 1}, {1, 2});
    const auto result =
        run_reference(OpCode::scatter_add, {x, i64({2}, {1, 2}), f32({2, 1}, {1, 1})}, {8});

    EXPECT_EQ(result->bad_index, 0U);
    expect_one_answer(OpCode::scatter_add, {x, i64({2}, {1, 2}), f32({2, 1}, {1, 1})}, {8});
}

TEST(ScatterAdd, RefusesOtherOperands) {
    const auto type = [](DType dtype, std::initializer_list<std::uint64_t> dimensions) {
        return TensorType{.dtype = dtype, .shape = Shape(dimensions)};
    };
    const TensorType x = type(DType::f32, {2, 3});
    const TensorType indices = type(DType::i64, {4});
    const TensorType updates = type(DType::f32, {4, 3});
    const auto add = [&](const TensorType& a, const TensorType& b, const TensorType& c) {
        return refusal(OpCode::scatter_add, {a, b, c}, {8});
    };
    EXPECT_EQ(add(x, indices, updates), "");
    EXPECT_EQ(add(x, indices, x), "updates f32[2,3], not f32[4,3]");
    EXPECT_EQ(add(type(DType::f64, {2, 3}), indices, updates), "f64[2,3] is no f32 matrix");
    EXPECT_NE(add(type(DType::f32, {2}), indices, updates), "");
    EXPECT_NE(add(x, type(DType::i64, {4, 1}), updates), "");
    EXPECT_NE(add(x, type(DType::f32, {4}), updates), "");
    for (const std::int64_t fraction : {std::int64_t{0}, std::int64_t{61}, least, most}) {
        EXPECT_NE(refusal(OpCode::scatter_add, {x, indices, updates}, {fraction}), "");
    }
    EXPECT_NE(refusal(OpCode::scatter_add, {x, indices, updates}, {}), "");
    EXPECT_NE(refusal(OpCode::scatter_add, {x, indices}, {8}), "");
}

}  // namespace
}  // namespace steelyard::vm::test
