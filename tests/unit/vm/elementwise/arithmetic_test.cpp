#include "base/random.h"
#include "tests/support/vm/op_harness.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/ops/narrow_floats.h"
#include "vm/ops/rule.h"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace steelyard::vm::test {
namespace {

using enum OpCode;

constexpr float inf = std::numeric_limits<float>::infinity();
const float nan_of_any_bits = f32_of(0xffc00123);

/// The bits of the results, so that zeros have signs and NaNs are canonical.
std::vector<std::uint32_t> bits(
    OpCode op, const std::vector<float>& a, const std::vector<float>& b = {}
) {
    std::vector<TestTensor> operands{f32({a.size()}, a)};
    if (!b.empty()) {
        operands.push_back(f32({b.size()}, b));
    }
    return values_of<std::uint32_t>(run(op, operands));
}

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
    return values_of<std::uint32_t>(f32({values.size()}, values));
}

constexpr float canonical_nan = f32_of(f32_nan_bits);

template <typename T>
std::vector<T> integers(OpCode op, DType type, const std::vector<T>& a, const std::vector<T>& b) {
    return values_of<T>(run(op, {tensor(type, {a.size()}, a), tensor(type, {b.size()}, b)}));
}

TEST(Rounding, KeepsSignsAndTakesTiesToEven) {
    const std::vector<float> x{
        -0.0F, -0.5F, -0.7F, 0.3F, 0.5F, 1.5F, 2.5F, -2.5F, 0x1p23F + 1, -inf
    };

    EXPECT_EQ(bits(floor, x), bits({-0.0F, -1, -1, 0, 0, 1, 2, -3, 0x1p23F + 1, -inf}));
    EXPECT_EQ(bits(ceil, x), bits({-0.0F, -0.0F, -0.0F, 1, 1, 2, 3, -2, 0x1p23F + 1, -inf}));
    EXPECT_EQ(bits(trunc, x), bits({-0.0F, -0.0F, -0.0F, 0, 0, 1, 2, -2, 0x1p23F + 1, -inf}));
    EXPECT_EQ(bits(round, x), bits({-0.0F, -0.0F, -1, 0, 0, 2, 2, -2, 0x1p23F + 1, -inf}));
    EXPECT_EQ(bits(floor, {nan_of_any_bits}), bits({canonical_nan}));
}

TEST(Rounding, EqualsTheLibraryOnAllMagnitudes) {
    SeededRandom random(3);
    std::vector<float> x(20'000);
    for (float& value : x) {
        value = f32_of(static_cast<std::uint32_t>(random.next_u64()));
        value = std::isnan(value) ? 1.0F : value;
    }
    const auto equals = [&](OpCode op, auto function) {
        std::vector<float> wanted;
        for (const float value : x) {
            wanted.push_back(function(value));
        }
        EXPECT_EQ(bits(op, x), bits(wanted)) << to_string(op);
    };

    equals(floor, [](float v) { return std::floor(v); });
    equals(ceil, [](float v) { return std::ceil(v); });
    equals(trunc, [](float v) { return std::trunc(v); });
    equals(round, [](float v) { return std::nearbyint(v); });
}

TEST(Float, SignsZerosAndNans) {
    EXPECT_EQ(bits(neg, {0.0F, -1, nan_of_any_bits}), bits({-0.0F, 1, canonical_nan}));
    EXPECT_EQ(bits(abs, {-0.0F, -inf, nan_of_any_bits}), bits({0, inf, canonical_nan}));
    EXPECT_EQ(bits(sign, {-0.0F, -3, inf, nan_of_any_bits}), bits({0, -1, 1, canonical_nan}));
    EXPECT_EQ(bits(relu, {-0.0F, -3, 4, nan_of_any_bits}), bits({0, 0, 4, canonical_nan}));
    EXPECT_EQ(bits(sqrt, {-0.0F, 4, -1, inf}), bits({-0.0F, 2, canonical_nan, inf}));
    EXPECT_EQ(bits(rsqrt, {-0.0F, 4, -1, inf}), bits({-inf, 0.5F, canonical_nan, 0}));
    EXPECT_EQ(bits(reciprocal, {-0.0F, 4, -inf}), bits({-inf, 0.25F, -0.0F}));
    EXPECT_EQ(bits(add, {inf, 1}, {-inf, 2}), bits({canonical_nan, 3}));
}

TEST(MaxMin, OrderZerosAndKeepNans) {
    const std::vector<float> a{0.0F, -0.0F, -0.0F, nan_of_any_bits, 1, 2, -inf};
    const std::vector<float> b{-0.0F, 0.0F, -0.0F, 1, nan_of_any_bits, 3, inf};

    EXPECT_EQ(bits(max, a, b), bits({0, 0, -0.0F, canonical_nan, canonical_nan, 3, inf}));
    EXPECT_EQ(bits(min, a, b), bits({-0.0F, -0.0F, -0.0F, canonical_nan, canonical_nan, 2, -inf}));
}

TEST(Fmod, EqualsTheLibrary) {
    SeededRandom random(5);
    std::vector<float> x(20'000);
    std::vector<float> y(x.size());
    std::vector<double> wide_x(x.size());
    std::vector<double> wide_y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = f32_of(static_cast<std::uint32_t>(random.next_u64()));
        const auto word = static_cast<std::uint32_t>(random.next_u64());
        y[i] = f32_of(i % 3 == 0 ? word : (word & 0x807fffff) | (bits_of(x[i]) & 0x7f800000));
        y[i] = i % 7 == 0 ? f32_of(word & 0x807fffff) : y[i];
        wide_x[i] = f64_of(random.next_u64());
        wide_y[i] = f64_of(random.next_u64() & (i % 7 == 0 ? 0x800fffffffffffff : ~0ULL));
    }
    std::vector<float> wanted;
    std::vector<double> wide_wanted;
    for (std::size_t i = 0; i < x.size(); ++i) {
        wanted.push_back(canonical(std::fmod(x[i], y[i])));
        wide_wanted.push_back(canonical(std::fmod(wide_x[i], wide_y[i])));
    }

    const Shape shape({x.size()});
    EXPECT_EQ(bits(fmod, x, y), bits(wanted));
    EXPECT_EQ(
        run(fmod, {tensor(DType::f64, shape, wide_x), tensor(DType::f64, shape, wide_y)}),
        tensor(DType::f64, shape, wide_wanted)
    );
}

TEST(Mod, HasTheSignOfTheDivisor) {
    EXPECT_EQ(
        bits(mod, {5, -5, 5, -5, 4, -4, -1}, {3, 3, -3, -3, -2, 2, inf}),
        bits({2, 1, -1, -2, -0.0F, 0, inf})
    );
    EXPECT_EQ(bits(fmod, {5, -5, 5, -4}, {3, 3, -3, 2}), bits({2, -2, 2, -0.0F}));
    EXPECT_EQ(bits(mod, {1, inf}, {0, 1}), bits({canonical_nan, canonical_nan}));
    EXPECT_EQ(
        integers<std::int8_t>(mod, DType::i8, {5, -5, 5, -5, 1, -128}, {3, 3, -3, -3, 0, -1}),
        (std::vector<std::int8_t>{2, 1, -1, -2, 0, 0})
    );
}

TEST(Integer, WrapsAndDividesByZero) {
    using I = std::int32_t;
    constexpr I least = std::numeric_limits<I>::min();
    constexpr I most = std::numeric_limits<I>::max();

    EXPECT_EQ(integers<I>(add, DType::i32, {most}, {1}), std::vector<I>{least});
    EXPECT_EQ(integers<I>(mul, DType::i32, {least, 3}, {-1, -4}), (std::vector<I>{least, -12}));
    EXPECT_EQ(
        integers<I>(div, DType::i32, {7, -7, 7, least}, {2, 2, 0, -1}),
        (std::vector<I>{3, -3, 0, least})
    );
    EXPECT_EQ(
        integers<I>(fmod, DType::i32, {7, -7, 7, least}, {4, 4, 0, -1}),
        (std::vector<I>{3, -3, 0, 0})
    );
    EXPECT_EQ(
        integers<std::uint16_t>(mul, DType::u16, {0xffff}, {0xffff}), std::vector<std::uint16_t>{1}
    );
    EXPECT_EQ(
        values_of<std::int8_t>(run(abs, {tensor<std::int8_t>(DType::i8, {2}, {-128, -3})})),
        (std::vector<std::int8_t>{-128, 3})
    );
    EXPECT_EQ(
        values_of<std::uint8_t>(run(neg, {tensor<std::uint8_t>(DType::u8, {2}, {1, 0})})),
        (std::vector<std::uint8_t>{255, 0})
    );
}

TEST(Shift, CountsModuloTheWidth) {
    using I = std::int8_t;
    EXPECT_EQ(
        integers<I>(shift_left, DType::i8, {1, 1, 1, -1}, {7, 8, 9, 4}),
        (std::vector<I>{-128, 1, 2, -16})
    );
    EXPECT_EQ(
        integers<I>(shift_right, DType::i8, {-128, -1, 64, 2}, {7, 3, -2, 8}),
        (std::vector<I>{-1, -1, 1, 2})
    );
    EXPECT_EQ(
        integers<std::uint64_t>(shift_right, DType::u64, {~0ULL, 8}, {63, 67}),
        (std::vector<std::uint64_t>{1, 1})
    );
}

TEST(Bool, TakesAnyByteAndWritesZeroOrOne) {
    using B = std::uint8_t;
    const auto a = tensor<B>(DType::boolean, {4}, {0, 7, 0, 2});
    const auto b = tensor<B>(DType::boolean, {4}, {0, 1, 3, 5});

    EXPECT_EQ(values_of<B>(run(logical_not, {a})), (std::vector<B>{1, 0, 1, 0}));
    EXPECT_EQ(values_of<B>(run(equal, {a, b})), (std::vector<B>{1, 1, 0, 1}));
    EXPECT_EQ(values_of<B>(run(bit_and, {a, b})), (std::vector<B>{0, 1, 0, 1}));
    EXPECT_EQ(values_of<B>(run(bit_or, {a, b})), (std::vector<B>{0, 1, 1, 1}));
    EXPECT_EQ(values_of<B>(run(bit_xor, {a, b})), (std::vector<B>{0, 0, 1, 0}));
}

TEST(Comparison, OfNansIsFalse) {
    using B = std::uint8_t;
    const auto a = f32({4}, {nan_of_any_bits, 0.0F, 1, 2});
    const auto b = f32({4}, {nan_of_any_bits, -0.0F, 2, 1});

    EXPECT_EQ(values_of<B>(run(equal, {a, b})), (std::vector<B>{0, 1, 0, 0}));
    EXPECT_EQ(values_of<B>(run(less, {a, b})), (std::vector<B>{0, 0, 1, 0}));
    EXPECT_EQ(values_of<B>(run(less_equal, {a, b})), (std::vector<B>{0, 1, 1, 0}));
    EXPECT_EQ(values_of<B>(run(is_nan, {a})), (std::vector<B>{1, 0, 0, 0}));
    const auto c = f32({3}, {inf, -inf, 1});
    EXPECT_EQ(values_of<B>(run(is_infinite, {c}, {1})), (std::vector<B>{1, 0, 0}));
    EXPECT_EQ(values_of<B>(run(is_infinite, {c}, {2})), (std::vector<B>{0, 1, 0}));
    EXPECT_EQ(values_of<B>(run(is_infinite, {c}, {3})), (std::vector<B>{1, 1, 0}));
}

TEST(NarrowFloat, RoundsOnce) {
    const auto f16 = [](float x) { return f16_from_f32(x); };
    const auto a = tensor<std::uint16_t>(DType::f16, {3}, {f16(1), f16(2048), 0xfe01});
    const auto b = tensor<std::uint16_t>(DType::f16, {3}, {f16(0x1p-11F), f16(1), f16(1)});

    EXPECT_EQ(
        values_of<std::uint16_t>(run(add, {a, b})),
        (std::vector<std::uint16_t>{f16(1), f16(2048), f16_nan_bits})
    );
}

TEST(Arithmetic, RefusesOtherTypes) {
    const TensorType f32_vector{.dtype = DType::f32, .shape = Shape({3})};
    const TensorType bools{.dtype = DType::boolean, .shape = Shape({3})};
    const TensorType ints{.dtype = DType::i32, .shape = Shape({3})};
    const TensorType longer{.dtype = DType::f32, .shape = Shape({4})};

    EXPECT_EQ(refusal(neg, {}), "0 operands, not 1");
    EXPECT_EQ(refusal(neg, {f32_vector}, {1}), "1 attributes, not 0");
    EXPECT_EQ(
        refusal(neg, {bools}),
        "operand 0 is bool[3], its elements are none of f32, f64, f16, bf16, i8, u8, i16, u16, "
        "i32, u32, i64, u64"
    );
    EXPECT_EQ(
        refusal(floor, {ints}), "operand 0 is i32[3], its elements are none of f32, f64, f16, bf16"
    );
    EXPECT_EQ(
        refusal(add, {f32_vector, ints}),
        "operand 0 is f32[3], operand 1 is i32[3]: their elements differ"
    );
    EXPECT_NE(refusal(add, {f32_vector, longer}), "");
    EXPECT_NE(refusal(logical_not, {f32_vector}), "");
    EXPECT_NE(refusal(less, {bools, bools}), "");
    EXPECT_NE(refusal(bit_and, {f32_vector, f32_vector}), "");
    EXPECT_NE(refusal(shift_left, {bools, bools}), "");
    EXPECT_NE(refusal(is_nan, {ints}), "");
    EXPECT_EQ(refusal(is_infinite, {f32_vector}, {4}), "attribute 0 is 4, not 1 to 3");
    EXPECT_EQ(refusal(is_infinite, {f32_vector}, {0}), "attribute 0 is 0, not 1 to 3");
}

}  // namespace
}  // namespace steelyard::vm::test
