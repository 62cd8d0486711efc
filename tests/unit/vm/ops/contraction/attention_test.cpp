#include "vm/ops/contraction/attention.h"
#include "base/random.h"
#include "tests/support/vm/random_tensors.h"

#include <gtest/gtest.h>
#include <cmath>

namespace steelyard::vm {
namespace {

using test::f32;
using test::random_tensor;
using test::TestTensor;
using test::Values;

constexpr std::int64_t one_bits = 0x3f800000;
constexpr std::int64_t half_bits = 0x3f000000;

std::vector<float> block(const std::vector<TestTensor>& operands, std::int64_t state) {
    const auto out = test::run(OpCode::attention_block, operands, {one_bits, state});
    return test::values_of<float>(out);
}

TEST(AttentionBlock, weighs_values_by_the_exponentials_of_scores) {
    const auto q = f32({1, 1, 2}, {1, 2});
    const auto k = f32({1, 2, 2}, {1, 1, -4, 2});  // scores 3 and 0
    const auto v = f32({1, 2, 1}, {10, 100});

    const auto out = block({q, k, v}, 0);

    EXPECT_EQ(out[0], 3.0F);
    EXPECT_NEAR(out[1], 1.0 + std::exp(-3.0), 1e-6);
    EXPECT_NEAR(out[2], 10.0 + 100.0 * std::exp(-3.0), 1e-5);
}

TEST(AttentionBlock, goes_on_from_a_state) {
    const auto q = f32({1, 1, 1}, {1});
    const auto k = f32({1, 1, 1}, {5});
    const auto v = f32({1, 1, 1}, {7});
    const auto state = f32({1, 1, 3}, {4, 2, 3});

    const auto out = block({q, k, v, state}, 1);

    EXPECT_EQ(out[0], 5.0F);
    EXPECT_NEAR(out[1], 2.0 * std::exp(-1.0) + 1.0, 1e-6);
    EXPECT_NEAR(out[2], 3.0 * std::exp(-1.0) + 7.0, 1e-6);
}

TEST(AttentionBlock, leaves_a_query_whose_keys_are_all_masked_as_it_was) {
    const auto q = f32({1, 1, 1}, {1});
    const auto k = f32({1, 1, 1}, {5});
    const auto v = f32({1, 1, 1}, {7});
    const auto mask = f32({1, 1}, {-INFINITY});

    EXPECT_EQ(block({q, k, v, mask}, 0), (std::vector<float>{-INFINITY, 0, 0}));
    EXPECT_EQ(block({q, k, v, f32({1, 1, 3}, {4, 2, 3}), mask}, 1), (std::vector<float>{4, 2, 3}));
    const auto out = test::run(OpCode::attention_finish, {f32({1, 1, 3}, {-INFINITY, 0, 0})});
    EXPECT_EQ(test::values_of<float>(out), (std::vector<float>{0}));
}

TEST(AttentionBlock, begins_as_from_a_state_of_nothing) {
    SeededRandom random(31);
    const auto q = random_tensor(random, {DType::f32, {2, 3, 9}}, Values::awkward);
    const auto k = random_tensor(random, {DType::f32, {2, 7, 9}}, Values::ordinary);
    const auto v = random_tensor(random, {DType::f32, {2, 7, 2}}, Values::awkward);
    std::vector<float> nothing(2 * 3 * 4, 0.0F);
    for (std::size_t i = 0; i < nothing.size(); i += 4) {
        nothing[i] = -INFINITY;
    }

    const auto begun = test::run(OpCode::attention_block, {q, k, v}, {one_bits, 0});
    const auto continued =
        test::run(OpCode::attention_block, {q, k, v, f32({2, 3, 4}, nothing)}, {one_bits, 1});

    EXPECT_EQ(begun, continued);
}

TEST(AttentionBlock, is_softmax_in_two_blocks) {
    SeededRandom random(32);
    const auto q = random_tensor(random, {DType::f32, {1, 4, 16}}, Values::ordinary);
    const auto k = random_tensor(random, {DType::f32, {2, 64, 16}}, Values::ordinary);
    const auto v = random_tensor(random, {DType::f32, {2, 64, 8}}, Values::ordinary);
    const auto half = [](const TestTensor& x, std::size_t part) {
        TestTensor out{.type = {x.type.dtype, {1, x.type.shape[1], x.type.shape[2]}}};
        const auto size = static_cast<std::ptrdiff_t>(x.data.size() / 2);
        const auto begin = x.data.begin() + static_cast<std::ptrdiff_t>(part) * size;
        out.data.assign(begin, begin + size);
        return out;
    };

    auto state = test::run(OpCode::attention_block, {q, half(k, 0), half(v, 0)}, {half_bits, 0});
    state = test::run(OpCode::attention_block, {q, half(k, 1), half(v, 1), state}, {half_bits, 1});
    const auto out = test::values_of<float>(test::run(OpCode::attention_finish, {state}));

    const auto x = test::values_of<float>(q);
    const auto y = test::values_of<float>(k);
    const auto z = test::values_of<float>(v);
    for (std::size_t s = 0; s < 4; ++s) {
        std::vector<double> sums(9);
        for (std::size_t t = 0; t < 128; ++t) {
            double score = 0;
            for (std::size_t d = 0; d < 16; ++d) {
                score += double{x[s * 16 + d]} * double{y[t * 16 + d]};
            }
            const double weight = std::exp(0.5 * score);
            sums[8] += weight;
            for (std::size_t e = 0; e < 8; ++e) {
                sums[e] += weight * double{z[t * 8 + e]};
            }
        }
        for (std::size_t e = 0; e < 8; ++e) {
            EXPECT_NEAR(out[s * 8 + e], sums[e] / sums[8], 5e-6);
        }
    }
}

void expect_one_answer(RandomSource& random, std::uint64_t queries, Values values) {
    constexpr std::array types{DType::f32, DType::f32, DType::f16, DType::bf16};
    const std::uint64_t batches = 1 + test::number_below(random, 3);
    const std::uint64_t keys = 1 + test::number_below(random, 64);
    const std::uint64_t depth = test::awkward_size(random, 128);
    const std::uint64_t width = test::awkward_size(random, 128);
    const auto type = [&] { return types[test::number_below(random, types.size())]; };
    std::vector<TestTensor> operands{
        random_tensor(
            random, {type(), {batches, queries, std::min<std::uint64_t>(depth, 128)}}, values
        ),
        random_tensor(
            random, {type(), {batches, keys, std::min<std::uint64_t>(depth, 128)}}, values
        ),
        random_tensor(
            random, {type(), {batches, keys, std::min<std::uint64_t>(width, 128)}}, values
        ),
    };
    const auto state = static_cast<std::int64_t>(test::number_below(random, 2));
    if (state == 1) {
        const std::uint64_t columns = operands[2].type.shape[2] + 2;
        operands.push_back(random_tensor(random, {DType::f32, {batches, queries, columns}}, values)
        );
    }
    const std::uint64_t kind = test::number_below(random, 3);
    if (kind != 0) {
        const Shape shape = kind == 1 ? Shape{queries, keys} : Shape{batches, queries, keys};
        operands.push_back(random_tensor(random, {DType::f32, shape}, values));
        auto mask = test::values_of<std::uint32_t>(operands.back());
        for (std::size_t i = 0; i < mask.size(); ++i) {
            mask[i] = i / keys % 3 == 0 || mask[i] % 3 == 0 ? 0xff800000 : mask[i];
        }
        operands.back() = test::tensor(DType::f32, shape, mask);
    }
    SCOPED_TRACE(operands[0].type.text() + operands[1].type.text() + operands[2].type.text());
    test::expect_one_answer(OpCode::attention_block, operands, {0x3e000000, state});
}

TEST(AttentionBlock, has_one_answer) {
    SeededRandom random(33);
    for (int i = 0; i < 40; ++i) {
        const Values values = i % 3 == 0 ? Values::awkward : Values::ordinary;
        expect_one_answer(random, test::awkward_size(random, 40), values);
    }
    expect_one_answer(random, 300, Values::ordinary);
}

TEST(AttentionBlock, has_one_answer_where_nothing_was_seen_and_nothing_is) {
    const auto q = f32({1, 2, 1}, {1, 1});
    const auto k = f32({1, 2, 1}, {5, 6});
    const auto v = f32({1, 2, 1}, {7, 8});
    const auto state = f32({1, 2, 3}, {-INFINITY, 2, 3, -INFINITY, 2, 3});
    const auto mask = f32({2, 2}, {-INFINITY, -INFINITY, -INFINITY, 0});

    test::expect_one_answer(OpCode::attention_block, {q, k, v, state, mask}, {one_bits, 1});

    EXPECT_EQ(block({q, k, v, state, mask}, 1), (std::vector<float>{-INFINITY, 2, 3, 6, 1, 8}));
}

TEST(AttentionFinish, has_one_answer) {
    SeededRandom random(34);
    for (const std::uint64_t columns : {2, 3, 10, 130, 700}) {
        const auto state = random_tensor(random, {DType::f32, {2, 9, columns}}, Values::awkward);
        test::expect_one_answer(OpCode::attention_finish, {state});
    }
}

TEST(AttentionBlock, stays_within_a_probe_at_its_widest) {
    const std::vector<TensorType> types{
        {DType::f32, {1 << 15, 64, 128}},
        {DType::f32, {1 << 15, 64, 128}},
        {DType::f32, {1 << 15, 64, 128}},
        {DType::f32, {1 << 15, 64, 130}},
        {DType::f32, {64, 64}},
    };
    const test::Attributes attributes{one_bits, 1};
    const Operator* op = find_operator(OpCode::attention_block, 1);
    const NodeCall call{
        .op = OpCode::attention_block,
        .operands = types,
        .output = op->infer(types, attributes).value(),
        .attributes = attributes,
    };

    const ProbeCost cost = op->probe(call, {1, 1});

    EXPECT_LE(cost.bytes, 128 * 1024);
    EXPECT_LE(cost.gas, 50'000);
}

TEST(AttentionBlock, refuses_what_does_not_fit) {
    const TensorType q{DType::f32, {2, 3, 8}};
    const TensorType k{DType::f32, {2, 5, 8}};
    const TensorType v{DType::f32, {2, 5, 4}};
    const TensorType state{DType::f32, {2, 3, 6}};
    const TensorType mask{DType::f32, {3, 5}};
    const auto refusal = [](const std::vector<TensorType>& types, const test::Attributes& attributes
                         ) { return test::refusal(OpCode::attention_block, types, attributes); };

    EXPECT_EQ(refusal({q, k, v}, {one_bits, 0}), "");
    EXPECT_EQ(refusal({q, k, v, mask}, {one_bits, 0}), "");
    EXPECT_EQ(refusal({q, k, v, state, mask}, {one_bits, 1}), "");
    EXPECT_EQ(refusal({q, k, v}, {one_bits, 1}), "takes 4 to 5 operands, not 3");
    EXPECT_EQ(refusal({q, k, v, mask}, {one_bits, 1}), "a state f32[3,5], not f32[2,3,6]");
    EXPECT_EQ(
        refusal({q, k, v, state}, {one_bits, 0}), "a mask f32[2,3,6], not f32[3,5] or f32[2,3,5]"
    );
    EXPECT_EQ(refusal({q, k, v}, {-1, 0}), "scale bits -1, not 0 to 4294967295");
    EXPECT_EQ(
        refusal({q, v, v}, {one_bits, 0}),
        "f32[2,3,8], f32[2,5,4] and f32[2,5,4] do not fit together"
    );
    const TensorType many{DType::f32, {2, 65, 8}};
    EXPECT_EQ(refusal({q, many, many}, {one_bits, 0}), "65 keys, not 1 to 64");
    const TensorType wide{DType::f32, {2, 5, 129}};
    EXPECT_EQ(refusal({wide, wide, v}, {one_bits, 0}), "queries of 129 and values of 4, over 128");
    EXPECT_EQ(
        refusal({{DType::i8, {2, 3, 8}}, k, v}, {one_bits, 0}),
        "i8[2,3,8]: takes f32, f16 and bf16 of rank 3"
    );
    EXPECT_NE(test::refusal(OpCode::attention_finish, {{DType::f32, {2, 3, 1}}}), "");
}

}  // namespace
}  // namespace steelyard::vm
