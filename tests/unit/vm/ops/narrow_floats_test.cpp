#include "vm/ops/narrow_floats.h"

#include <gtest/gtest.h>
#include <cmath>

namespace steelyard::vm {
namespace {

/// The value of f16 bits, by their definition.
double value_of_f16(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 0x1f;
    const int fraction = bits & 0x3ff;
    const double magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST(F16, AllValuesWidenAndComeBack) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const float wide = f32_from_f16(half);
        if ((half & 0x7fff) > 0x7c00) {
            EXPECT_EQ(f16_from_f32(wide), f16_nan_bits);
            continue;
        }
        if ((half & 0x7fff) < 0x7c00) {
            EXPECT_EQ(wide, value_of_f16(half));
        }
        EXPECT_EQ(f16_from_f32(wide), half);
    }
}

TEST(F16, RoundsToNearestEven) {
    for (std::uint16_t half = 0; half < 0x7bff; ++half) {
        const auto next = static_cast<std::uint16_t>(half + 1);
        const auto middle = static_cast<float>((value_of_f16(half) + value_of_f16(next)) / 2);
        EXPECT_EQ(f16_from_f32(middle), (half & 1) == 0 ? half : next);
        EXPECT_EQ(f16_from_f32(std::nextafter(middle, 0.0F)), half);
        EXPECT_EQ(f16_from_f32(std::nextafter(middle, 1e9F)), next);
    }
    EXPECT_EQ(f16_from_f32(65519.996F), 0x7bff);
    EXPECT_EQ(f16_from_f32(65520.0F), 0x7c00);
    EXPECT_EQ(f16_from_f32(-1e30F), 0xfc00);
}

TEST(Bf16, RoundsToNearestEvenAndKeepsSubnormals) {
    EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x000ae398U)), 0x000b);
    EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x3f808000U)), 0x3f80);
    EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x3f818000U)), 0x3f82);
    EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x7f7fffffU)), 0x7f80);
    EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x7fffffffU)), bf16_nan_bits);
    for (std::uint32_t bits = 0; bits < 0x7f80; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        EXPECT_EQ(bf16_from_f32(f32_from_bf16(half)), half);
    }
}

}  // namespace
}  // namespace steelyard::vm
