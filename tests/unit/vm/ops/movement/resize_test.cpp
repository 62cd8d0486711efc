#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/rounds.h"
#include "tests/unit/vm/ops/movement/nd_array.h"
#include "vm/ops/movement/resize_axis.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace steelyard::vm::test {
namespace {

constexpr std::int64_t unit = std::int64_t{1} << crop_fraction_bits;
constexpr std::int64_t size_most = (std::int64_t{1} << 31) - 1;

std::int64_t bits(float x) {
    return static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(x));
}

struct Axis {
    std::int64_t out = 1;
    std::int64_t numerator = 1;
    std::int64_t denominator = 1;
    std::int64_t start = 0;
    std::int64_t end = 0;
};

Attributes attributes_of(const ResizeRules& rules, const std::vector<Axis>& axes) {
    Attributes attributes{
        static_cast<std::int64_t>(rules.mode),
        static_cast<std::int64_t>(rules.coordinates),
        static_cast<std::int64_t>(rules.rounding),
        bits(rules.cubic),
        rules.exclude_outside ? 1 : 0,
        bits(rules.extrapolation),
    };
    for (const Axis& axis : axes) {
        attributes.insert(
            attributes.end(), {axis.out, axis.numerator, axis.denominator, axis.start, axis.end}
        );
    }
    return attributes;
}

TestTensor resized(const TestTensor& x, const ResizeRules& rules, const std::vector<Axis>& axes) {
    expect_one_answer(OpCode::resize, {x}, attributes_of(rules, axes));
    return run(OpCode::resize, {x}, attributes_of(rules, axes));
}

void expect_near(const TestTensor& got, const std::vector<float>& wanted) {
    const auto values = values_of<float>(got);
    ASSERT_EQ(values.size(), wanted.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_NEAR(values[i], wanted[i], 2e-5) << i;
    }
}

const TestTensor counted = f32({4, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});

TEST(Resize, RepeatsTheNearest) {
    const TestTensor x = f32({2, 2}, {1, 2, 3, 4});

    EXPECT_EQ(
        resized(x, {}, {{4, 2, 1}, {6, 3, 1}}),
        f32({4, 6}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4})
    );
}

TEST(Resize, RoundsHalvesAsItsRuleSays) {
    const TestTensor x = f32({4}, {0, 1, 2, 3});
    const auto halves = [&](NearestRounding rounding) {
        // Coordinates 0.5, 2.5.
        return resized(x, {.rounding = rounding}, {{2, 1, 2}});
    };
    EXPECT_EQ(halves(NearestRounding::prefer_floor), f32({2}, {0, 2}));
    EXPECT_EQ(halves(NearestRounding::prefer_ceil), f32({2}, {1, 3}));
    EXPECT_EQ(halves(NearestRounding::floor), f32({2}, {0, 2}));
    EXPECT_EQ(halves(NearestRounding::ceil), f32({2}, {1, 3}));
}

TEST(Resize, IsLinearBetweenPixels) {
    const TestTensor x = f32({2, 2}, {1, 2, 3, 4});
    using enum CoordinateRule;

    EXPECT_EQ(
        resized(x, {.mode = ResizeMode::linear}, {{4, 2, 1}, {4, 2, 1}}),
        f32({4, 4},
            {1,
             1.25F,
             1.75F,
             2,
             1.5F,
             1.75F,
             2.25F,
             2.5F,
             2.5F,
             2.75F,
             3.25F,
             3.5F,
             3,
             3.25F,
             3.75F,
             4})
    );
    expect_near(
        resized(x, {.mode = ResizeMode::linear, .coordinates = align_corners}, {{2}, {4, 2, 1}}),
        {1, 1 + 1 / 3.0F, 1 + 2 / 3.0F, 2, 3, 3 + 1 / 3.0F, 3 + 2 / 3.0F, 4}
    );
    EXPECT_EQ(
        resized(x, {.mode = ResizeMode::linear, .coordinates = asymmetric}, {{2}, {4, 2, 1}}),
        f32({2, 4}, {1, 1.5F, 2, 2, 3, 3.5F, 4, 4})
    );
    EXPECT_EQ(
        resized(
            x,
            {.mode = ResizeMode::linear, .coordinates = pytorch_half_pixel},
            {{1, 1, 2}, {1, 1, 2}}
        ),
        f32({1, 1}, {1})
    );
}

TEST(Resize, IsCubicBetweenPixels) {
    ResizeRules rules{.mode = ResizeMode::cubic};

    const auto upsampled = values_of<float>(resized(counted, rules, {{8, 2, 1}, {8, 2, 1}}));
    rules.coordinates = CoordinateRule::align_corners;
    const auto aligned = values_of<float>(resized(counted, rules, {{8, 2, 1}, {8, 2, 1}}));

    const float first_row[] = {
        0.47265625F,
        0.76953125F,
        1.24609375F,
        1.875F,
        2.28125F,
        2.91015625F,
        3.38671875F,
        3.68359375F
    };
    const float first_aligned[] = {
        1.0F, 1.34110787F, 1.80029155F, 2.32944606F, 2.67055394F, 3.19970845F, 3.65889213F, 4.0F
    };
    for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_NEAR(upsampled[i], first_row[i], 1e-5);
        EXPECT_NEAR(aligned[i], first_aligned[i], 1e-5);
    }
}

TEST(Resize, LeavesOutWhatIsOutside) {
    const TestTensor ones = f32({4}, {1, 1, 1, 1});
    const ResizeRules rules{.mode = ResizeMode::cubic, .cubic = -0.5F, .exclude_outside = true};

    expect_near(resized(ones, rules, {{8, 2, 1}}), std::vector<float>(8, 1.0F));
    // Far outside there is nothing to weigh.
    const ResizeRules far{
        .mode = ResizeMode::cubic,
        .coordinates = CoordinateRule::asymmetric,
        .exclude_outside = true,
    };
    EXPECT_EQ(resized(ones, far, {{3, 1, 100}}), f32({3}, {1, 0, 0}));
}

TEST(Resize, CropsAndFillsWhatIsOutside) {
    const ResizeRules rules{
        .mode = ResizeMode::linear, .coordinates = CoordinateRule::crop, .extrapolation = 10.0F
    };
    const auto part = [](double x) { return std::llround(x * static_cast<double>(unit)); };

    expect_near(
        resized(counted, rules, {{3, 1, 1, part(0.4), part(0.6)}, {3, 1, 1, part(0.6), part(0.8)}}),
        {7.6F, 7.9F, 8.2F, 8.8F, 9.1F, 9.4F, 10.0F, 10.3F, 10.6F}
    );
    EXPECT_EQ(resized(f32({2}, {1, 2}), rules, {{3, 1, 1, 0, 2 * unit}}), f32({3}, {1, 2, 10}));
    EXPECT_EQ(resized(f32({3}, {1, 2, 4}), rules, {{1, 1, 1, 0, unit}}), f32({1}, {2}));
}

TEST(Resize, KeepsTheBitsOfTheNearest) {
    const TestTensor x = tensor<std::uint32_t>(DType::f32, {2}, {0xffc00123, 0x80000000});

    EXPECT_EQ(
        values_of<std::uint32_t>(resized(x, {}, {{4, 2, 1}})),
        (std::vector<std::uint32_t>{0xffc00123, 0xffc00123, 0x80000000, 0x80000000})
    );
    // An axis that is not resized takes no part, whatever the cubic's coefficient.
    const ResizeRules cubic{.mode = ResizeMode::cubic, .cubic = 1e30F};
    EXPECT_EQ(
        values_of<std::uint32_t>(resized(f32({2}, {3, -0.0F}), cubic, {{2}})),
        (std::vector<std::uint32_t>{0x40400000, 0x80000000})
    );
}

double coordinate_in_words(CoordinateRule rule, const Axis& axis, std::int64_t in, double at) {
    const double scale =
        static_cast<double>(axis.numerator) / static_cast<double>(axis.denominator);
    const double last = static_cast<double>(in - 1);
    const double steps = static_cast<double>(axis.out - 1);
    const double start = static_cast<double>(axis.start) / static_cast<double>(unit);
    const double end = static_cast<double>(axis.end) / static_cast<double>(unit);
    switch (rule) {
        case CoordinateRule::half_pixel:
            return (at + 0.5) / scale - 0.5;
        case CoordinateRule::pytorch_half_pixel:
            return axis.out > 1 ? (at + 0.5) / scale - 0.5 : 0;
        case CoordinateRule::align_corners:
            return axis.out > 1 ? at * last / steps : 0;
        case CoordinateRule::asymmetric:
            return at / scale;
        case CoordinateRule::crop:
            break;
    }
    return axis.out > 1 ? start * last + at * (end - start) * last / steps
                        : (start + end) * last / 2;
}

/// The interpolant along one axis at a coordinate of the input, its edges repeated.
double linear_in_words(const std::vector<double>& line, double x) {
    const double clamped = std::clamp(x, 0.0, static_cast<double>(line.size() - 1));
    const auto floor = static_cast<std::size_t>(clamped);
    const std::size_t next = std::min(floor + 1, line.size() - 1);
    const double t = clamped - static_cast<double>(floor);
    return line[floor] * (1 - t) + line[next] * t;
}

TEST(Resize, FollowsTheCoordinates) {
    SeededRandom random(1);
    for (int round = 0; round < times(60); ++round) {
        const std::int64_t in = 1 + static_cast<std::int64_t>(number_below(random, 20));
        Axis axis{.out = 1 + static_cast<std::int64_t>(number_below(random, 30))};
        axis.numerator = axis.out;
        axis.denominator = in;
        axis.start = -static_cast<std::int64_t>(number_below(random, unit / 2));
        axis.end = static_cast<std::int64_t>(number_below(random, 2 * unit));
        const ResizeRules rules{
            .mode = ResizeMode::linear,
            .coordinates = static_cast<CoordinateRule>(number_below(random, 5)),
            .extrapolation = 99.0F,
        };
        const TestTensor x = random_tensor(
            random,
            {.dtype = DType::f32, .shape = {static_cast<std::uint64_t>(in)}},
            Values::ordinary
        );
        const auto values = values_of<float>(x);
        const std::vector<double> line(values.begin(), values.end());
        std::vector<float> wanted;
        for (std::int64_t at = 0; at < axis.out; ++at) {
            const double coordinate =
                coordinate_in_words(rules.coordinates, axis, in, static_cast<double>(at));
            const bool outside = rules.coordinates == CoordinateRule::crop &&
                                 (coordinate < 0 || coordinate > static_cast<double>(in - 1));
            wanted.push_back(
                outside ? 99.0F : static_cast<float>(linear_in_words(line, coordinate))
            );
        }
        expect_near(resized(x, rules, {axis}), wanted);
    }
}

TEST(Resize, HasOneAnswerForAllRules) {
    SeededRandom random(2);
    for (int round = 0; round < times(150); ++round) {
        const ResizeRules rules{
            .mode = static_cast<ResizeMode>(number_below(random, 3)),
            .coordinates = static_cast<CoordinateRule>(number_below(random, 5)),
            .rounding = static_cast<NearestRounding>(number_below(random, 4)),
            .cubic = number_below(random, 4) == 0 ? NAN : -0.75F,
            .exclude_outside = number_below(random, 2) == 0,
            .extrapolation = -1.5F,
        };
        std::vector<std::uint64_t> dims;
        std::vector<Axis> axes;
        for (std::uint64_t rank = number_below(random, 4); rank > 0; --rank) {
            dims.push_back(1 + number_below(random, 9));
            Axis axis{.out = static_cast<std::int64_t>(number_below(random, 14))};
            if (number_below(random, 3) == 0) {
                axis.out = static_cast<std::int64_t>(dims.back());
            } else {
                axis.numerator = 1 + static_cast<std::int64_t>(number_below(random, 40));
                axis.denominator = 1 + static_cast<std::int64_t>(number_below(random, 40));
            }
            axis.end = static_cast<std::int64_t>(number_below(random, 2 * unit));
            axes.push_back(axis);
        }
        const DType dtypes[] = {DType::f32, DType::f16, DType::bf16};
        const TestTensor x = random_tensor(
            random,
            {.dtype = dtypes[number_below(random, 3)], .shape = Shape::of(dims)},
            Values::awkward
        );
        expect_one_answer(OpCode::resize, {x}, attributes_of(rules, axes));
    }
    const TestTensor bytes =
        random_tensor(random, {.dtype = DType::u8, .shape = {3, 5, 7}}, Values::awkward);
    expect_one_answer(OpCode::resize, {bytes}, attributes_of({}, {{3}, {9, 9, 5}, {15, 15, 7}}));
}

TensorType of(DType dtype, std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = dtype, .shape = Shape(dimensions)};
}

// Kernels cut outputs at columns and elements that small ones do not have.
TEST(Resize, HasOneAnswerForManyElements) {
    SeededRandom random(3);
    const ResizeRules linear{.mode = ResizeMode::linear};
    const ResizeRules cubic{.mode = ResizeMode::cubic, .coordinates = CoordinateRule::asymmetric};
    const ResizeRules cropped{
        .mode = ResizeMode::linear, .coordinates = CoordinateRule::crop, .extrapolation = -1.5F
    };
    const auto resize = [&](const TensorType& type, const ResizeRules& rules, auto axes) {
        const TestTensor x = random_tensor(random, type, Values::ordinary);
        expect_one_answer(OpCode::resize, {x}, attributes_of(rules, axes));
    };
    using Axes = std::vector<Axis>;
    resize(of(DType::f32, {2, 37, 61}), linear, Axes{{2}, {50, 4, 3}, {4300, 211, 3}});
    resize(of(DType::f32, {37, 61, 40}), linear, Axes{{70, 2, 1}, {61}, {40}});
    resize(of(DType::f16, {2, 30}), cubic, Axes{{2}, {70'001, 2333, 1}});
    const Axis wider{.out = 60, .start = -unit / 5, .end = unit};
    const Axis turned{.out = 333, .start = unit, .end = -unit / 7};
    const Axis whole{.out = 7, .end = unit};
    resize(of(DType::bf16, {30, 50, 7}), cropped, Axes{wider, turned, whole});
}

TEST(Resize, StaysExactAtTheEndsOfItsAttributes) {
    const ResizeAxis axis{
        .in = size_most,
        .out = size_most,
        .numerator = size_most,
        .denominator = size_most - 1,
        .start = -size_most,
        .end = size_most,
    };
    for (int rule = 0; rule < 5; ++rule) {
        for (int mode = 0; mode < 3; ++mode) {
            const ResizeRules rules{
                .mode = static_cast<ResizeMode>(mode),
                .coordinates = static_cast<CoordinateRule>(rule),
            };
            const auto last = static_cast<std::uint64_t>(size_most - 1);
            for (const std::uint64_t position : {std::uint64_t{0}, last / 2, last}) {
                const ResizeTaps taps = resize_taps(rules, axis, position);
                for (std::size_t i = 0; i < taps.count; ++i) {
                    EXPECT_LE(taps.tap[i].index, last);
                    EXPECT_LE(std::fabs(taps.tap[i].weight), 1.01F);
                }
            }
        }
    }
    const ResizeTaps corner = resize_taps(
        {.mode = ResizeMode::linear, .coordinates = CoordinateRule::align_corners},
        {.in = size_most, .out = size_most - 1, .numerator = 1, .denominator = 1},
        static_cast<std::uint64_t>(size_most - 2)
    );
    EXPECT_EQ(corner.count, 1U);
    EXPECT_EQ(corner.tap[0].index, static_cast<std::uint64_t>(size_most - 1));
}

TEST(Resize, RefusesHostileAttributes) {
    const TensorType x{.dtype = DType::f32, .shape = {4}};
    const Attributes good = attributes_of({}, {{8, 2, 1}});
    ASSERT_EQ(refusal(OpCode::resize, {x}, good), "");
    EXPECT_NE(refusal(OpCode::resize, {x, x}, good), "");
    EXPECT_NE(refusal(OpCode::resize, {x}, attributes_of({}, {})), "");
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const std::int64_t value : {largest, -largest - 1}) {
            Attributes bad = good;
            bad[at] = value;
            EXPECT_NE(refusal(OpCode::resize, {x}, bad), "") << at << " " << value;
        }
    }
    for (const std::size_t at : {7U, 8U}) {
        Attributes bad = good;
        bad[at] = 0;
        EXPECT_NE(refusal(OpCode::resize, {x}, bad), "") << at;
    }
    const TensorType bytes{.dtype = DType::u8, .shape = {4}};
    EXPECT_EQ(refusal(OpCode::resize, {bytes}, good), "");
    Attributes linear = good;
    linear[0] = 1;
    EXPECT_EQ(refusal(OpCode::resize, {bytes}, linear), "interpolates f32, f16 and bf16, not u8");
    EXPECT_EQ(
        refusal(OpCode::resize, {{.dtype = DType::f32, .shape = {0}}}, good),
        "8 elements out of none"
    );
}

}  // namespace
}  // namespace steelyard::vm::test
