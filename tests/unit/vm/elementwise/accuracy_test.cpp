// How far the elementary functions are from the real ones, in units of the last place.

#include "base/random.h"
#include "tests/support/vm/op_harness.h"
#include "vm/ops/rule.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <cmath>
#include <cstdlib>

namespace steelyard::vm::test {
namespace {

using Real = long double;
using enum OpCode;

/// Inputs of a function: every 2^32 / STEELYARD_VM_ACCURACY_INPUTS-th float.
std::uint64_t inputs() {
    const char* text = std::getenv("STEELYARD_VM_ACCURACY_INPUTS");
    return text == nullptr ? 100'000 : std::strtoull(text, nullptr, 10);
}

/// In units of the exact value's last place as f32; 0 where both are NaN or overflow alike.
double error_in_ulp(float got, Real exact) {
    if (std::isnan(exact) || std::isnan(got)) {
        return std::isnan(exact) && std::isnan(got) ? 0 : 1e9;
    }
    constexpr Real overflow = 0x1.ffffffp127L;
    if (std::isinf(got) || std::fabs(exact) >= overflow) {
        const bool alike = std::isinf(got) && std::fabs(exact) > 0x1.fffffdp127L &&
                           std::signbit(got) == std::signbit(exact);
        return alike ? 0 : 1e9;
    }
    const int exponent = exact == 0 ? -126 : std::max(std::ilogb(exact), -126);
    return static_cast<double>(
        std::fabs(static_cast<Real>(got) - exact) / std::ldexp(Real{1}, exponent - 23)
    );
}

struct Function {
    OpCode op;
    Real (*exact)(Real);
    double ulp_max;  ///< measured over strided floats and rounded up
};

Real exact_sigmoid(Real x) {
    return 1 / (1 + std::exp(-x));
}

Real exact_gelu(Real x) {
    return x == -INFINITY ? -0.0L : x * std::erfc(-x / std::sqrt(2.0L)) / 2;
}

Real exact_silu(Real x) {
    return x == -INFINITY ? -0.0L : x / (1 + std::exp(-x));
}

Real exact_softplus(Real x) {
    return x > 40 ? x : std::log1p(std::exp(x));
}

constexpr Function functions[] = {
    {exp, std::exp, 1.1},
    {exp2, std::exp2, 1.1},
    {expm1, std::expm1, 0.51},
    {log, std::log, 1.0},
    {log2, std::log2, 1.0},
    {log1p, std::log1p, 0.51},
    {sin, std::sin, 1.6},
    {cos, std::cos, 1.6},
    {tan, std::tan, 0.51},
    {asin, std::asin, 0.51},
    {acos, std::acos, 0.51},
    {atan, std::atan, 0.51},
    {sinh, std::sinh, 0.51},
    {cosh, std::cosh, 0.51},
    {asinh, std::asinh, 0.51},
    {acosh, std::acosh, 0.51},
    {atanh, std::atanh, 0.51},
    {tanh, std::tanh, 1.3},
    {sigmoid, exact_sigmoid, 2.5},
    {erf, std::erf, 1.1},
    {gelu, exact_gelu, 5},
    {silu, exact_silu, 4},
    {softplus, exact_softplus, 0.51},
};

TEST(Accuracy, OfFunctionsOfOneOperand) {
    const std::uint64_t stride = (std::uint64_t{1} << 32) / inputs() | 1;
    for (const Function& function : functions) {
        double worst = 0;
        float worst_input = 0;
        std::vector<float> x;
        for (std::uint64_t next = 0; next < std::uint64_t{1} << 32;) {
            x.clear();
            for (; x.size() < 65'536 && next < std::uint64_t{1} << 32; next += stride) {
                x.push_back(f32_of(static_cast<std::uint32_t>(next)));
            }
            const auto got = values_of<float>(run(function.op, {f32({x.size()}, x)}));
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double error = error_in_ulp(got[i], function.exact(static_cast<Real>(x[i])));
                if (error > worst) {
                    worst = error;
                    worst_input = x[i];
                }
            }
        }
        fmt::print("{}: {:.3f} ulp, at {:a}\n", to_string(function.op), worst, worst_input);
        EXPECT_LE(worst, function.ulp_max) << to_string(function.op) << " of " << worst_input;
    }
}

/// Zeros, ones, integers, halves, ends of the range, infinities and NaNs of both signs.
std::vector<float> edges() {
    std::vector<float> all;
    for (const float size :
         {0.0F,
          0x1p-149F,
          0x1p-126F,
          0.5F,
          0x1.fffffep-1F,
          1.0F,
          0x1.000002p0F,
          1.5F,
          2.0F,
          3.0F,
          4.0F,
          0x1p23F - 0.5F,
          0x1p23F + 1.0F,
          0x1p24F,
          0x1p25F,
          0x1.fffffep127F,
          INFINITY,
          NAN}) {
        all.push_back(size);
        all.push_back(-size);
    }
    return all;
}

/// Pairs of edges, and of floats of all exponents whose powers are mostly finite.
void expect_accurate(OpCode op, Real (*exact)(Real, Real), double ulp_max) {
    std::vector<float> a;
    std::vector<float> b;
    for (const float x : edges()) {
        for (const float y : edges()) {
            a.push_back(x);
            b.push_back(y);
        }
    }
    SeededRandom random(1);
    for (std::uint64_t i = 0; i < inputs(); ++i) {
        const std::uint64_t word = random.next_u64();
        const auto low = static_cast<std::uint32_t>(word);
        const auto high = static_cast<std::uint32_t>(word >> 32);
        a.push_back(f32_of(i % 2 == 0 ? low : 0x3e000000 + low % 0x3000000));
        b.push_back(f32_of(i % 3 == 0 ? high : (high & 0x87ffffff) | 0x38000000));
    }

    const Shape shape({a.size()});
    const auto got = values_of<float>(run(op, {f32(shape, a), f32(shape, b)}));

    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const Real wanted = exact(static_cast<Real>(a[i]), static_cast<Real>(b[i]));
        const double error = error_in_ulp(got[i], wanted);
        worst = std::max(worst, error);
        ASSERT_LE(error, ulp_max) << to_string(op) << " of " << a[i] << " and " << b[i] << ": "
                                  << got[i];
        if (wanted == 0) {
            ASSERT_EQ(std::signbit(got[i]), std::signbit(wanted)) << a[i] << " and " << b[i];
        }
    }
    fmt::print("{}: {:.4f} ulp\n", to_string(op), worst);
}

TEST(Accuracy, OfPow) {
    expect_accurate(pow, std::pow, 0.5001);
}

TEST(Accuracy, OfAtan2) {
    expect_accurate(atan2, std::atan2, 0.5001);
}

TEST(Pow, IsExactWhereTheResultIs) {
    std::vector<float> x;
    std::vector<float> y;
    std::vector<float> wanted;
    for (float base = -64; base <= 64; ++base) {
        float power = 1;
        for (float exponent = 0; std::fabs(power) < 0x1p24F && exponent < 24; ++exponent) {
            x.push_back(base);
            y.push_back(exponent);
            wanted.push_back(power);
            power *= base;
        }
    }
    const Shape shape({x.size()});

    EXPECT_EQ(run(pow, {f32(shape, x), f32(shape, y)}), f32(shape, wanted));
}

TEST(Pow, OfIntegersWraps) {
    using I = std::int32_t;
    const auto of = [](const std::vector<I>& values) {
        return tensor(DType::i32, {values.size()}, values);
    };
    EXPECT_EQ(
        values_of<I>(
            run(pow, {of({3, 2, -2, 7, 0, 1, -1, -1, 5}), of({4, 31, 3, 0, 0, -5, -3, -4, -1})})
        ),
        (std::vector<I>{81, -0x7fffffff - 1, -8, 1, 1, 1, -1, 1, 0})
    );
}

TEST(Elementary, SpecialValuesKeepTheirSigns) {
    const float inf = INFINITY;
    const auto of = [](OpCode op, const std::vector<float>& x) {
        return values_of<std::uint32_t>(run(op, {f32({x.size()}, x)}));
    };
    const auto bits = [](const std::vector<float>& x) {
        return values_of<std::uint32_t>(f32({x.size()}, x));
    };
    const float nan = f32_of(0x7fc00000);

    for (const OpCode op :
         {sin, tan, asin, atan, sinh, asinh, atanh, tanh, erf, expm1, log1p, gelu, silu}) {
        EXPECT_EQ(of(op, {0.0F, -0.0F}), bits({0.0F, -0.0F})) << to_string(op);
        EXPECT_EQ(of(op, {f32_of(0xffc00123)}), bits({nan})) << to_string(op);
    }
    EXPECT_EQ(of(log, {0.0F, -0.0F, -1, inf, 1}), bits({-inf, -inf, nan, inf, 0}));
    EXPECT_EQ(of(log2, {0.0F, -0.0F, -1, inf, 8}), bits({-inf, -inf, nan, inf, 3}));
    EXPECT_EQ(of(exp, {inf, -inf, 0, 89, -104}), bits({inf, 0, 1, inf, 0}));
    EXPECT_EQ(of(exp2, {inf, -inf, -149, 127, 128}), bits({inf, 0, 0x1p-149F, 0x1p127F, inf}));
    EXPECT_EQ(of(sin, {inf, -inf}), bits({nan, nan}));
    EXPECT_EQ(of(cos, {inf, 0, -0.0F}), bits({nan, 1, 1}));
    EXPECT_EQ(of(gelu, {inf, -inf}), bits({inf, -0.0F}));
    EXPECT_EQ(of(silu, {inf, -inf}), bits({inf, -0.0F}));
    EXPECT_EQ(of(softplus, {inf, -inf}), bits({inf, 0}));
    EXPECT_EQ(of(sigmoid, {inf, -inf, 0}), bits({1, 0, 0.5F}));
    EXPECT_EQ(of(tanh, {inf, -inf}), bits({1, -1}));
    EXPECT_EQ(of(erf, {inf, -inf}), bits({1, -1}));
    EXPECT_EQ(of(atanh, {1, -1, 2}), bits({inf, -inf, nan}));
    EXPECT_EQ(of(log1p, {-1, -2, inf}), bits({-inf, nan, inf}));
    EXPECT_EQ(of(acosh, {1, 0.5F, inf}), bits({0, nan, inf}));
    EXPECT_EQ(of(acos, {1, 2}), bits({0, nan}));
}

}  // namespace
}  // namespace steelyard::vm::test
