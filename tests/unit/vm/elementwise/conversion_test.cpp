#include "tests/support/vm/op_harness.h"
#include "vm/ops/elementwise/cast_rules.h"
#include "vm/ops/narrow_floats.h"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace steelyard::vm::test {
namespace {

using enum OpCode;

constexpr float inf = std::numeric_limits<float>::infinity();
const float nan_of_any_bits = f32_of(0xffc00123);

Attributes to(DType type) {
    return {static_cast<std::int64_t>(type)};
}

template <typename Out>
std::vector<Out> cast_to(DType type, const TestTensor& x) {
    return values_of<Out>(run(cast, {x}, to(type)));
}

std::int64_t float_bits(float x) {
    return bits_of(x);
}

TEST(NarrowRules, EqualTheSimpleOnes) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        ASSERT_EQ(bits_of(widen(F16{half})), bits_of(f32_from_f16(half))) << bits;
        ASSERT_EQ(bits_of(widen(Bf16{half})), bits_of(f32_from_bf16(half))) << bits;
    }
    std::uint32_t bits = 0;
    do {
        ASSERT_EQ(narrow_to_f16(f32_of(bits)).bits, f16_from_f32(f32_of(bits))) << bits;
        ASSERT_EQ(narrow_to_bf16(f32_of(bits)).bits, bf16_from_f32(f32_of(bits))) << bits;
        bits += 251;
    } while (bits >= 251);
}

TEST(Cast, FloatsToIntegersSaturate) {
    const auto x = f32({8}, {nan_of_any_bits, inf, -inf, 3e9F, -3e9F, -1.9F, 127.9F, -129});

    EXPECT_EQ(
        cast_to<std::int32_t>(DType::i32, x),
        (std::vector<std::int32_t>{
            0, 0x7fffffff, -0x7fffffff - 1, 0x7fffffff, -0x7fffffff - 1, -1, 127, -129
        })
    );
    EXPECT_EQ(
        cast_to<std::int8_t>(DType::i8, x),
        (std::vector<std::int8_t>{0, 127, -128, 127, -128, -1, 127, -128})
    );
    EXPECT_EQ(
        cast_to<std::uint32_t>(DType::u32, x),
        (std::vector<std::uint32_t>{0, ~0U, 0, 3'000'000'000U, 0, 0, 127, 0})
    );
    EXPECT_EQ(
        cast_to<std::uint64_t>(DType::u64, f32({3}, {0x1p63F, 0x1p64F, -1})),
        (std::vector<std::uint64_t>{std::uint64_t{1} << 63, ~0ULL, 0})
    );
    EXPECT_EQ(
        cast_to<std::int64_t>(DType::i64, f32({3}, {0x1p63F, -0x1p63F, -0x1p64F})),
        (std::vector<std::int64_t>{
            std::numeric_limits<std::int64_t>::max(),
            std::numeric_limits<std::int64_t>::min(),
            std::numeric_limits<std::int64_t>::min()
        })
    );
    EXPECT_EQ(
        cast_to<std::uint8_t>(DType::boolean, x),
        (std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1, 1, 1})
    );
}

TEST(Cast, RoundsOnce) {
    // 2^60 + 2^52 + 1: to bf16 above the middle of two; rounded to f64 or f32 first it is the
    // middle.
    const auto x = i64({2}, {(1LL << 60) + (1LL << 52) + 1, -(1LL << 60) - (1LL << 52) - 1});
    EXPECT_EQ(cast_to<std::uint16_t>(DType::bf16, x), (std::vector<std::uint16_t>{0x5d81, 0xdd81}));
    EXPECT_EQ(
        cast_to<float>(DType::f32, i64({1}, {(1LL << 60) + (1LL << 36) + 1}))[0], 0x1.000002p60F
    );
    // Just above the middle of f16's 1 and its neighbour.
    const auto y = tensor<double>(DType::f64, {1}, {1.0 + 0x1p-11 + 0x1p-50});
    EXPECT_EQ(cast_to<std::uint16_t>(DType::f16, y), std::vector<std::uint16_t>{0x3c01});
    EXPECT_EQ(
        cast_to<std::uint16_t>(DType::f16, tensor<double>(DType::f64, {1}, {0x1p-25 + 0x1p-70})),
        std::vector<std::uint16_t>{1}
    );
    EXPECT_EQ(
        cast_to<std::uint16_t>(DType::bf16, tensor<double>(DType::f64, {2}, {1e300, -1e-300})),
        (std::vector<std::uint16_t>{0x7f80, 0x8000})
    );
    EXPECT_EQ(
        cast_to<float>(DType::f32, tensor<std::uint64_t>(DType::u64, {1}, {~0ULL}))[0], 0x1p64F
    );
}

TEST(Cast, OfIntegersWrapsAndOfNansIsCanonical) {
    EXPECT_EQ(
        cast_to<std::int8_t>(DType::i8, i64({3}, {255, 128, -129})),
        (std::vector<std::int8_t>{-1, -128, 127})
    );
    EXPECT_EQ(
        cast_to<std::uint32_t>(DType::f32, f32({1}, {nan_of_any_bits})),
        std::vector<std::uint32_t>{f32_nan_bits}
    );
    const auto bools = tensor<std::uint8_t>(DType::boolean, {2}, {9, 0});
    EXPECT_EQ(cast_to<float>(DType::f32, bools), (std::vector<float>{1, 0}));
    EXPECT_EQ(cast_to<std::uint8_t>(DType::boolean, bools), (std::vector<std::uint8_t>{1, 0}));
}

TEST(Bitcast, KeepsBits) {
    const auto x = f32({2}, {nan_of_any_bits, -0.0F});

    EXPECT_EQ(
        values_of<std::uint32_t>(run(bitcast, {x}, to(DType::i32))),
        (std::vector<std::uint32_t>{0xffc00123, 0x80000000})
    );
    EXPECT_EQ(
        refusal(bitcast, {x.type}, to(DType::f64)),
        "the elements of f32[2] are 4 bytes, those of f64 are 8"
    );
}

TEST(Select, MovesBits) {
    const auto condition = tensor<std::uint8_t>(DType::boolean, {2, 1}, {8, 0});
    const auto a = f32({2}, {nan_of_any_bits, 1});
    const auto b = f32({}, {-0.0F});

    EXPECT_EQ(
        values_of<std::uint32_t>(run(select, {condition, a, b})),
        (std::vector<std::uint32_t>{0xffc00123, 0x3f800000, 0x80000000, 0x80000000})
    );
    EXPECT_NE(refusal(select, {a.type, a.type, b.type}), "");
}

TEST(FmaClipAxpby, ByHand) {
    const auto one = [](OpCode op, float a, float b, float c) {
        return values_of<float>(run(op, {f32({}, {a}), f32({}, {b}), f32({}, {c})}))[0];
    };

    EXPECT_EQ(one(fma, 0x1.000002p0F, 0x1.fffffep-1F, -1.0F), 0x1.fffffcp-25F);
    EXPECT_EQ(one(clip, 5, -1, 3), 3);
    EXPECT_EQ(one(clip, 5, 7, 3), 3);  // low above high: high
    EXPECT_TRUE(std::isnan(one(clip, 5, nan_of_any_bits, 3)));
    const auto x = f32({2}, {3, 0x1.000002p0F});
    const auto y = f32({}, {2});
    EXPECT_EQ(
        values_of<float>(run(axpby, {x, y}, {float_bits(0x1.fffffep-1F), float_bits(-0.5F)}))[1],
        0x1.fffffcp-25F
    );
    EXPECT_EQ(refusal(axpby, {x.type, y.type}, {-1, 0}), "attribute 0 is -1, not 0 to 4294967295");
    EXPECT_EQ(
        refusal(axpby, {x.type, y.type}, {0, 1LL << 32}),
        "attribute 1 is 4294967296, not 0 to 4294967295"
    );
}

TEST(Quantise, RoundsToEvenAndSaturates) {
    const auto x = f32({7}, {0.5F, 1.5F, -2.5F, 1e30F, -inf, nan_of_any_bits, 100});
    const auto scale = f32({}, {1});

    EXPECT_EQ(
        values_of<std::int8_t>(run(quantise, {x, scale, tensor<std::int8_t>(DType::i8, {}, {3})})),
        (std::vector<std::int8_t>{3, 5, 1, 127, -128, 3, 103})
    );
    EXPECT_EQ(
        values_of<std::uint8_t>(
            run(quantise, {x, scale, tensor<std::uint8_t>(DType::u8, {}, {200})})
        ),
        (std::vector<std::uint8_t>{200, 202, 198, 255, 0, 200, 255})
    );
    EXPECT_EQ(
        values_of<std::int32_t>(
            run(quantise,
                {f32({3}, {0x1p32F, -0x1p32F, 7}),
                 scale,
                 tensor<std::int32_t>(DType::i32, {3}, {-0x7fffffff - 1, 0x7fffffff, -9})})
        ),
        (std::vector<std::int32_t>{0x7fffffff, -0x7fffffff - 1, -2})
    );
}

TEST(Dequantise, SubtractsExactly) {
    const auto x = tensor<std::int32_t>(DType::i32, {1}, {-0x7fffffff - 1});
    const auto zero = tensor<std::int32_t>(DType::i32, {}, {0x7fffffff});
    EXPECT_EQ(values_of<float>(run(dequantise, {x, f32({}, {0.5F}), zero}))[0], -0x1p31F);

    const auto bytes = tensor<std::uint8_t>(DType::u8, {2}, {0, 255});
    const auto middle = tensor<std::uint8_t>(DType::u8, {}, {128});
    EXPECT_EQ(
        values_of<float>(run(dequantise, {bytes, f32({}, {2}), middle})),
        (std::vector<float>{-256, 254})
    );
    EXPECT_NE(refusal(dequantise, {bytes.type, zero.type, middle.type}), "");
    EXPECT_EQ(
        refusal(dequantise, {middle.type, {.dtype = DType::f32, .shape = Shape({2})}, middle.type}),
        "f32[2] does not broadcast to []"
    );
}

TEST(Requantise, RoundsHalfUpAndSaturates) {
    const auto i32s = [](const std::vector<std::int32_t>& values) {
        return tensor(DType::i32, {values.size()}, values);
    };
    const auto zero = tensor<std::int8_t>(DType::i8, {1}, {1});

    EXPECT_EQ(
        values_of<std::int8_t>(
            run(requantise,
                {i32s({3, -3, 5, 1 << 30, -1, 7, -0x7fffffff - 1}),
                 i32s({1, 1, 3, 1 << 30, 1, 2, -0x7fffffff - 1}),
                 i32s({1, 1, 2, 0, 70, -5, 62}),
                 zero})
        ),
        (std::vector<std::int8_t>{3, 0, 5, 127, 1, 15, 2})
    );
}

TEST(AdamUpdate, RoundsEachStep) {
    const auto w = f32({2}, {1, 2});
    const auto m = f32({2}, {0.5F, 0});
    const auto v = f32({2}, {0.25F, 0});
    const auto rate = f32({}, {0.125F});

    const auto out = values_of<float>(run(adam_update, {w, m, v, rate}, {float_bits(0.5F)}));

    EXPECT_EQ(out, (std::vector<float>{1 - 0.125F * 0.5F, 2}));
    EXPECT_EQ(
        refusal(adam_update, {w.type, m.type, v.type, w.type}, {0}),
        "operand 3 is f32[2], not of shape []"
    );
}

TEST(Cast, RefusesNumbersOfNoType) {
    const TensorType x{.dtype = DType::f32, .shape = Shape({2})};
    EXPECT_EQ(refusal(cast, {x}, {0}), "attribute 0 is 0, the number of no element type");
    EXPECT_EQ(refusal(cast, {x}, {14}), "attribute 0 is 14, the number of no element type");
    EXPECT_EQ(refusal(cast, {x}, {257}), "attribute 0 is 257, the number of no element type");
    EXPECT_EQ(refusal(cast, {x}, {-1}), "attribute 0 is -1, the number of no element type");
    const TensorType large{.dtype = DType::u8, .shape = Shape({1U << 20, 1U << 13})};
    EXPECT_NE(refusal(cast, {large}, to(DType::f32)), "");
}

}  // namespace
}  // namespace steelyard::vm::test
