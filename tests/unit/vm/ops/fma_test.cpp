#include "vm/ops/fma.h"

#include "base/cpu.h"
#include "base/random.h"

#include <gtest/gtest.h>
#include <cmath>

#ifdef STEELYARD_HAVE_MPFR
#include <mpfr.h>
#endif

namespace steelyard::vm {
namespace {

constexpr std::uint32_t triples = 1'000'000;

float awkward_f32(RandomSource& random, float near) {
    const auto word = static_cast<std::uint32_t>(random.next_u64());
    switch (random.below(8)) {
        case 0:
            return f32_of(word);
        case 1:  // short significands: sums that end between two floats
            return f32_of(word & 0xfff80001U);
        case 2:  // subnormals and the least normals
            return f32_of(word & 0x80ffffffU);
        case 3:  // the largest and the infinities
            return f32_of((word & 0x81ffffffU) | 0x7e800000U);
        case 4:
            return f32_of((word & 0x807fffffU) | 0x20000000U);
        case 5:
            return -f32_of(bits_of(near) + (word & 3));
        default:
            return f32_of((word & 0x83ffffffU) | 0x3c000000U);
    }
}

double awkward_f64(RandomSource& random, double near) {
    const std::uint64_t word = random.next_u64();
    switch (random.below(8)) {
        case 0:
            return f64_of(word);
        case 1:
            return f64_of(word & 0xfffff80000000001U);
        case 2:
            return f64_of(word & 0x801fffffffffffffU);
        case 3:
            return f64_of((word & 0x803fffffffffffffU) | 0x7fc0000000000000U);
        case 4:
            return f64_of((word & 0x800fffffffffffffU) | 0x1e70000000000000U);
        case 5:
            return -f64_of(bits_of(near) + (word & 3));
        default:
            return f64_of((word & 0x800fffffffffffffU) | 0x3ff0000000000000U);
    }
}

template <typename T>
bool same(T x, T y) {
    return (x != x && y != y) || bits_of(x) == bits_of(y);
}

template <typename T>
T awkward(RandomSource& random, T near) {
    if constexpr (sizeof(T) == 4) {
        return awkward_f32(random, near);
    } else {
        return awkward_f64(random, near);
    }
}

/// Calls check(a, b, c) with triples of which many cancel, or end among the subnormals.
template <typename T, typename Check>
void for_each_triple(std::uint64_t seed, Check check) {
    SeededRandom random(seed);
    for (std::uint32_t i = 0; i < triples; ++i) {
        const T a = awkward<T>(random, T{1});
        const T b = awkward<T>(random, a);
        check(a, b, awkward<T>(random, a * b));
    }
}

TEST(SoftwareFma, RoundsOnceByHand) {
    EXPECT_EQ(software_fma(2.0F, 3.0F, 4.0F), 10.0F);
    EXPECT_EQ(software_fma(0x1.000002p0F, 0x1.fffffep-1F, -1.0F), 0x1.fffffcp-25F);
    EXPECT_EQ(software_fma(0x1p-75F, 0x1p-75F, 0.0F), 0.0F);            // half the least: to even
    EXPECT_EQ(software_fma(0x1.8p-75F, 0x1p-75F, 0.0F), 0x1p-149F);     // above half
    EXPECT_EQ(software_fma(0x1p-75F, 0x1p-75F, 0x1p-149F), 0x1p-148F);  // a half to even again
    EXPECT_EQ(bits_of(software_fma(1.0F, -0.0F, -0.0F)), 0x80000000U);
    EXPECT_EQ(bits_of(software_fma(1.0F, -1.0F, 1.0F)), 0U);
    EXPECT_TRUE(std::isinf(software_fma(0x1p127F, 2.0F, 0.0F)));
    EXPECT_EQ(software_fma(0x1p127F, 2.0F, -0x1p127F), 0x1p127F);
    EXPECT_EQ(software_fma(0x1p1023, 2.0, -0x1p1023), 0x1p1023);
    EXPECT_EQ(software_fma(0x1p1023, 2.0, -double{INFINITY}), -INFINITY);
    EXPECT_EQ(software_fma(0x1p-600, 0x1p-475, 0.0), 0.0);
    EXPECT_EQ(software_fma(0x1.8p-600, 0x1p-475, 0.0), 0x1p-1074);
    EXPECT_EQ(bits_of(software_fma(-0.0, 1.0, -0.0)), std::uint64_t{1} << 63);
    EXPECT_EQ(bits_of(software_fma(-1.0, 1.0, 1.0)), 0U);
}

TEST(SoftwareFma, EqualsTheProcessor) {
    if (!cpu_features().avx2) {
        GTEST_SKIP() << "this processor has no fma";
    }
    std::uint32_t wrong = 0;

    for_each_triple<float>(1, [&](float a, float b, float c) {
        wrong += same(software_fma(a, b, c), processor_fma(a, b, c)) ? 0 : 1;
    });
    for_each_triple<double>(2, [&](double a, double b, double c) {
        wrong += same(software_fma(a, b, c), processor_fma(a, b, c)) ? 0 : 1;
    });

    EXPECT_EQ(wrong, 0U);
}

#ifdef STEELYARD_HAVE_MPFR

/// One fma of a format with `precision` bits and exponents as MPFR counts them.
class ExactFma {
public:
    ExactFma(mpfr_prec_t precision, mpfr_exp_t least, mpfr_exp_t most) {
        mpfr_set_emin(least);
        mpfr_set_emax(most);
        mpfr_inits2(precision, a_, b_, c_, out_, nullptr);
    }
    ~ExactFma() { mpfr_clears(a_, b_, c_, out_, nullptr); }

    double operator()(double a, double b, double c) {
        mpfr_set_d(a_, a, MPFR_RNDN);
        mpfr_set_d(b_, b, MPFR_RNDN);
        mpfr_set_d(c_, c, MPFR_RNDN);
        const int inexact = mpfr_fma(out_, a_, b_, c_, MPFR_RNDN);
        mpfr_subnormalize(out_, inexact, MPFR_RNDN);
        return mpfr_get_d(out_, MPFR_RNDN);
    }

private:
    mpfr_t a_, b_, c_, out_;
};

TEST(SoftwareFma, EqualsMpfr) {
    std::uint32_t wrong = 0;

    ExactFma exact_f32(24, -148, 128);
    for_each_triple<float>(3, [&](float a, float b, float c) {
        const auto wanted = static_cast<float>(exact_f32(a, b, c));
        wrong += same(software_fma(a, b, c), wanted) ? 0 : 1;
    });
    EXPECT_EQ(wrong, 0U);
    ExactFma exact_f64(53, -1073, 1024);
    for_each_triple<double>(4, [&](double a, double b, double c) {
        wrong += same(software_fma(a, b, c), exact_f64(a, b, c)) ? 0 : 1;
    });

    EXPECT_EQ(wrong, 0U);
}

#endif

}  // namespace
}  // namespace steelyard::vm
