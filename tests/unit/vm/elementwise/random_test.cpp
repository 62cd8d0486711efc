#include "vm/ops/random_rows.h"

#include "tests/support/vm/op_harness.h"

#include <gtest/gtest.h>
#include <cmath>

namespace steelyard::vm::test {
namespace {

TestTensor key(std::uint32_t low, std::uint32_t high) {
    return tensor<std::uint32_t>(DType::u32, {2}, {low, high});
}

std::vector<std::uint32_t> words(PhiloxWords counter, std::uint32_t key0, std::uint32_t key1) {
    const PhiloxWords out = philox(counter, key0, key1);
    return {out.words, out.words + 4};
}

/// The known answers of the Random123 library (kat_vectors, philox4x32 with 10 rounds).
TEST(Philox, GivesTheKnownAnswers) {
    EXPECT_EQ(
        words({{0, 0, 0, 0}}, 0, 0),
        (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8})
    );
    EXPECT_EQ(
        words({{~0U, ~0U, ~0U, ~0U}}, ~0U, ~0U),
        (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd})
    );
    EXPECT_EQ(
        words({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0),
        (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1})
    );
}

TEST(Philox, CountsElementsOverTheWholeOutput) {
    const auto flat = values_of<std::uint32_t>(run(OpCode::philox, {key(0, 0)}, {2000}));
    const auto shaped = values_of<std::uint32_t>(run(OpCode::philox, {key(0, 0)}, {20, 4, 25}));

    EXPECT_EQ(flat, shaped);
    EXPECT_EQ(flat[0], 0x6627e8d5U);
    EXPECT_EQ(flat[4 * 300 + 2], words({{300, 0, 0, 0}}, 0, 0)[2]);
}

TEST(Uniform, IsBelowOne) {
    const auto x = values_of<float>(run(OpCode::uniform, {key(1, 2)}, {100'000}));
    double sum = 0;
    for (const float value : x) {
        ASSERT_TRUE(value >= 0 && value < 1);
        sum += value;
    }
    EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(Normal, HasTheMomentsOfTheDistribution) {
    const auto x = values_of<float>(run(OpCode::normal, {key(3, 4)}, {200'000}));
    double moments[5] = {};
    for (const float value : x) {
        double power = 1;
        for (double& moment : moments) {
            moment += power / 200'000;
            power *= static_cast<double>(value);
        }
    }
    EXPECT_NEAR(moments[1], 0, 0.01);
    EXPECT_NEAR(moments[2], 1, 0.015);
    EXPECT_NEAR(moments[3], 0, 0.05);
    EXPECT_NEAR(moments[4], 3, 0.1);
}

TEST(Random, HasOneAnswer) {
    for (const OpCode op : {OpCode::philox, OpCode::uniform, OpCode::normal}) {
        for (const Attributes& dimensions :
             {Attributes{},
              Attributes{0},
              Attributes{1},
              Attributes{3, 5},
              Attributes{255},
              Attributes{257},
              Attributes{7, 333},
              Attributes{40'001}}) {
            expect_one_answer(op, {key(0xdeadbeef, 7)}, dimensions);
        }
    }
}

TEST(Random, RefusesOtherKeysAndSizes) {
    EXPECT_EQ(
        refusal(OpCode::philox, {{.dtype = DType::u32, .shape = Shape({3})}}, {1}),
        "a key of u32[3], not u32[2]"
    );
    EXPECT_NE(refusal(OpCode::uniform, {{.dtype = DType::i32, .shape = Shape({2})}}, {1}), "");
    EXPECT_NE(refusal(OpCode::normal, {}, {1}), "");
    EXPECT_NE(refusal(OpCode::normal, {key(0, 0).type}, {-1}), "");
    EXPECT_NE(refusal(OpCode::normal, {key(0, 0).type}, {1LL << 32}), "");
    EXPECT_NE(refusal(OpCode::normal, {key(0, 0).type}, Attributes(9, 1)), "");
    EXPECT_NE(refusal(OpCode::normal, {key(0, 0).type}, {1 << 20, 1 << 20}), "");
}

}  // namespace
}  // namespace steelyard::vm::test
