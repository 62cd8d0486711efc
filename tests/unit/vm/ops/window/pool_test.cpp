#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/rounds.h"

#include <gtest/gtest.h>
#include <cmath>

namespace steelyard::vm {
namespace {

using test::f32;
using test::i64;
using test::random_tensor;
using test::tensor;
using test::TestTensor;
using test::Values;

struct Case {
    Shape x{};
    test::Attributes geometry{};
};

Case random_case(RandomSource& random) {
    const std::size_t axes = 1 + test::number_below(random, 3);
    Case out;
    std::vector<std::uint64_t> x{1 + test::number_below(random, 2)};
    for (std::size_t i = 0; i < axes; ++i) {
        const std::uint64_t window = 1 + test::number_below(random, 4);
        const std::uint64_t dilation = 1 + test::number_below(random, 3);
        const std::uint64_t before = test::number_below(random, 5);
        const std::uint64_t after = test::number_below(random, 5);
        const std::uint64_t reach = dilation * (window - 1) + 1;
        const std::uint64_t least = reach > before + after ? reach - before - after : 0;
        x.push_back(least + test::number_below(random, axes == 1 ? 40 : 7));
        for (const std::uint64_t attribute :
             {window, 1 + test::number_below(random, 4), dilation, before, after}) {
            out.geometry.push_back(static_cast<std::int64_t>(attribute));
        }
    }
    x.push_back(test::awkward_size(random, axes == 1 ? 300 : 20));
    out.x = Shape::of(x);
    return out;
}

test::Attributes with_space(test::Attributes attributes, const Shape& x) {
    for (std::size_t i = 1; i + 1 < x.rank(); ++i) {
        attributes.push_back(static_cast<std::int64_t>(x[i]));
    }
    return attributes;
}

test::Attributes with(test::Attributes attributes, std::int64_t more) {
    attributes.push_back(more);
    return attributes;
}

TEST(MaxPool, takes_the_greatest_under_the_window) {
    const auto x = f32({1, 4, 1}, {1, -2, 5, 3});

    const auto out = test::run(OpCode::max_pool, {x}, {2, 2, 1, 0, 0});
    const auto index = test::run(OpCode::max_pool_index, {x}, {2, 2, 1, 0, 0});

    EXPECT_EQ(test::values_of<float>(out), (std::vector<float>{1, 5}));
    EXPECT_EQ(test::values_of<std::int64_t>(index), (std::vector<std::int64_t>{0, 2}));
}

TEST(MaxPool, passes_a_nan_on_and_prefers_the_positive_zero) {
    const auto x = f32({1, 2, 4}, {1, NAN, -0.0F, 0.0F, NAN, 2, 0.0F, -0.0F});

    const auto out = test::run(OpCode::max_pool, {x}, {2, 1, 1, 0, 0});
    const auto index = test::run(OpCode::max_pool_index, {x}, {2, 1, 1, 0, 0});

    EXPECT_EQ(
        test::values_of<std::uint32_t>(out),
        (std::vector<std::uint32_t>{0x7fc00000, 0x7fc00000, 0, 0})
    );
    EXPECT_EQ(test::values_of<std::int64_t>(index), (std::vector<std::int64_t>{1, 0, 0, 0}));
}

TEST(MaxPool, is_the_least_value_over_padding_alone) {
    const auto x = tensor<std::int8_t>(DType::i8, {1, 1, 1}, {-5});

    // Taps at -1 and 1 step over the only place.
    const auto out = test::run(OpCode::max_pool, {x}, {2, 1, 2, 1, 1});
    const auto index = test::run(OpCode::max_pool_index, {x}, {2, 1, 2, 1, 1});

    EXPECT_EQ(test::values_of<std::int8_t>(out), (std::vector<std::int8_t>{-128}));
    EXPECT_EQ(test::values_of<std::int64_t>(index), (std::vector<std::int64_t>{-1}));
}

TEST(MaxPool, numbers_places_row_by_row) {
    const auto x = f32({1, 2, 3, 1}, {0, 0, 0, 0, 9, 0});

    const auto index = test::run(OpCode::max_pool_index, {x}, {2, 1, 1, 0, 0, 3, 1, 1, 0, 0});

    EXPECT_EQ(test::values_of<std::int64_t>(index), (std::vector<std::int64_t>{4}));
}

TEST(MaxPoolGrad, brings_each_gradient_to_where_the_maximum_was) {
    const auto dy = f32({1, 3, 1}, {1, 10, 100});
    const auto index = i64({1, 3, 1}, {1, 1, 3});

    const auto dx = test::run(OpCode::max_pool_grad, {dy, index}, {2, 1, 1, 0, 0, 4});

    EXPECT_EQ(test::values_of<float>(dx), (std::vector<float>{0, 11, 0, 100}));
}

TEST(MaxPoolGrad, looks_at_no_index_outside_of_its_window) {
    const auto dy = f32({1, 3, 1}, {1, 10, 100});
    const auto index = i64({1, 3, 1}, {3, -1, 1'000'000});

    const auto dx = test::run(OpCode::max_pool_grad, {dy, index}, {2, 1, 1, 0, 0, 4});

    EXPECT_EQ(test::values_of<float>(dx), (std::vector<float>{0, 0, 0, 0}));
}

TEST(AvgPool, divides_by_the_taps_inside_or_by_all) {
    const auto x = f32({1, 2, 1}, {3, 5});

    const auto inside = test::run(OpCode::avg_pool, {x}, {2, 1, 1, 1, 0, 0});
    const auto all = test::run(OpCode::avg_pool, {x}, {2, 1, 1, 1, 0, 1});

    EXPECT_EQ(test::values_of<float>(inside), (std::vector<float>{3, 4}));
    EXPECT_EQ(test::values_of<float>(all), (std::vector<float>{1.5F, 4}));
}

TEST(AvgPoolGrad, shares_each_gradient_among_its_window) {
    const auto dy = f32({1, 2, 1}, {6, 4});

    const auto dx = test::run(OpCode::avg_pool_grad, {dy}, {2, 1, 1, 1, 0, 0, 2});

    EXPECT_EQ(test::values_of<float>(dx), (std::vector<float>{8, 2}));
}

TEST(Pools, have_one_answer) {
    SeededRandom random(21);
    constexpr std::array types{
        DType::f32,
        DType::f64,
        DType::f16,
        DType::bf16,
        DType::i8,
        DType::u8,
        DType::i16,
        DType::u16,
        DType::i32,
        DType::u32,
        DType::i64,
        DType::u64
    };
    for (std::size_t i = 0; i < static_cast<std::size_t>(test::times(72)); ++i) {
        const Case c = random_case(random);
        const auto x = random_tensor(
            random, {types[i % types.size()], c.x}, i % 5 == 0 ? Values::ordinary : Values::awkward
        );
        SCOPED_TRACE(x.type.text());
        test::expect_one_answer(OpCode::max_pool, {x}, c.geometry);
        test::expect_one_answer(OpCode::max_pool_index, {x}, c.geometry);
        if (i % types.size() == 1 || i % types.size() > 3) {
            continue;
        }
        const std::int64_t count_padding = i % 7 < 3 ? 0 : 1;
        test::expect_one_answer(OpCode::avg_pool, {x}, with(c.geometry, count_padding));
        const auto index = test::run(OpCode::max_pool_index, {x}, c.geometry);
        const auto dy = random_tensor(random, {x.type.dtype, index.type.shape}, Values::awkward);
        test::expect_one_answer(OpCode::max_pool_grad, {dy, index}, with_space(c.geometry, c.x));
        test::expect_one_answer(
            OpCode::avg_pool_grad, {dy}, with_space(with(c.geometry, count_padding), c.x)
        );
    }
}

TEST(Pools, have_one_answer_under_windows_of_many_taps) {
    SeededRandom random(23);
    for (const DType type : {DType::f32, DType::f16, DType::i8, DType::u64}) {
        for (const std::int64_t width : {16, 17, 31, 65}) {
            const auto columns = static_cast<std::uint64_t>(width);
            const Shape shape{2, 33, columns + 1, 3};
            const auto x = random_tensor(random, {type, shape}, Values::awkward);
            const test::Attributes geometry{32, 1, 1, 1, 0, width, 1, 1, 0, 0};
            test::expect_one_answer(OpCode::max_pool, {x}, geometry);
            test::expect_one_answer(OpCode::max_pool_index, {x}, geometry);
            if (type != DType::f32 && type != DType::f16) {
                continue;
            }
            test::expect_one_answer(OpCode::avg_pool, {x}, with(geometry, 0));
            const auto index = test::run(OpCode::max_pool_index, {x}, geometry);
            const auto dy = random_tensor(random, {type, index.type.shape}, Values::awkward);
            test::expect_one_answer(
                OpCode::max_pool_grad, {dy, index}, with_space(geometry, shape)
            );
            test::expect_one_answer(
                OpCode::avg_pool_grad, {dy}, with_space(with(geometry, 0), shape)
            );
        }
    }
}

TEST(Pools, have_one_answer_on_images) {
    SeededRandom random(24);
    for (const std::uint64_t channels : {1, 3, 16, 40, 300}) {
        for (const std::int64_t stride : {1, 2, 3}) {
            const Shape shape{1, 14, 19, channels};
            const auto x = random_tensor(random, {DType::f32, shape}, Values::awkward);
            const test::Attributes geometry{3, stride, 1, 1, 1, 3, stride, 1, 1, 0};
            test::expect_one_answer(OpCode::max_pool, {x}, geometry);
            test::expect_one_answer(OpCode::avg_pool, {x}, with(geometry, 0));
            const auto index = test::run(OpCode::max_pool_index, {x}, geometry);
            const auto dy = random_tensor(random, {DType::f32, index.type.shape}, Values::awkward);
            test::expect_one_answer(
                OpCode::max_pool_grad, {dy, index}, with_space(geometry, shape)
            );
            test::expect_one_answer(
                OpCode::avg_pool_grad, {dy}, with_space(with(geometry, 1), shape)
            );
        }
    }
}

TEST(Pools, have_gradients_that_agree_with_the_forward_step) {
    // The sum of dx is that of dy where every window has a tap inside: each element goes somewhere.
    SeededRandom random(22);
    for (int i = 0; i < 20; ++i) {
        const Case c = random_case(random);
        const auto x = random_tensor(random, {DType::f32, c.x}, Values::ordinary);
        const auto index = test::run(OpCode::max_pool_index, {x}, c.geometry);
        std::vector<float> gradients;
        double wanted = 0;
        const auto places = test::values_of<std::int64_t>(index);
        for (std::size_t j = 0; j < places.size(); ++j) {
            gradients.push_back(static_cast<float>(j % 17));
            wanted += places[j] < 0 ? 0.0 : static_cast<double>(j % 17);
        }
        const auto dx = test::run(
            OpCode::max_pool_grad,
            {f32(index.type.shape, gradients), index},
            with_space(c.geometry, c.x)
        );
        double got = 0;
        for (const float value : test::values_of<float>(dx)) {
            got += value;
        }
        EXPECT_EQ(got, wanted);
    }
}

std::uint64_t gas(OpCode op, const std::vector<TensorType>& types, const test::Attributes& of) {
    const Operator& rule = *find_operator(op, 1);
    const TensorType output = rule.infer(types, of).value();
    return rule.gas({.op = op, .operands = types, .output = output, .attributes = of});
}

TEST(Pools, cost_gas_by_their_taps_and_the_width_of_elements) {
    const TensorType x{DType::f32, {1, 6, 4}};
    const TensorType wide{DType::i64, {1, 6, 4}};
    const TensorType dy{DType::f32, {1, 3, 4}};
    const test::Attributes halves{2, 2, 1, 0, 0};

    EXPECT_EQ(gas(OpCode::max_pool, {x}, halves), 12 * 4 * 2);
    EXPECT_EQ(gas(OpCode::max_pool, {wide}, halves), 12 * 16 * 2);
    EXPECT_EQ(gas(OpCode::max_pool_index, {x}, halves), 12 * 8 * 2);
    EXPECT_EQ(gas(OpCode::max_pool_index, {wide}, halves), 12 * 24 * 2);
    EXPECT_EQ(gas(OpCode::avg_pool, {x}, with(halves, 0)), 12 * (2 * 2 + 14));
    EXPECT_EQ(
        gas(OpCode::max_pool_grad, {dy, {DType::i64, dy.shape}}, with_space(halves, x.shape)),
        24 * 12
    );
    EXPECT_EQ(gas(OpCode::avg_pool_grad, {dy}, with_space(with(halves, 0), x.shape)), 24 * 16);
}

TEST(Pools, refuse_what_has_no_windows) {
    const TensorType x{DType::f32, {1, 5, 4}};
    const TensorType dy{DType::f32, {1, 4, 4}};
    const TensorType index{DType::i64, {1, 4, 4}};

    EXPECT_EQ(test::refusal(OpCode::max_pool, {x}, {2, 1, 1, 0, 0}), "");
    EXPECT_NE(test::refusal(OpCode::max_pool, {x}, {6, 1, 1, 0, 0}), "");
    EXPECT_NE(test::refusal(OpCode::max_pool, {{DType::f32, {5, 4}}}, {}), "");
    EXPECT_EQ(
        test::refusal(OpCode::max_pool, {{DType::boolean, {1, 5, 4}}}, {2, 1, 1, 0, 0}),
        "bool[1,5,4]: takes numbers"
    );
    EXPECT_EQ(test::refusal(OpCode::avg_pool, {x}, {2, 1, 1, 0, 0, 0}), "");
    EXPECT_EQ(
        test::refusal(OpCode::avg_pool, {x}, {2, 1, 1, 0, 0, 2}), "count padding 2, not 0 to 1"
    );
    EXPECT_EQ(test::refusal(OpCode::avg_pool, {x}, {2, 1, 1, 0, 0}), "takes 6 attributes, not 5");
    EXPECT_EQ(
        test::refusal(OpCode::avg_pool, {{DType::i32, {1, 5, 4}}}, {2, 1, 1, 0, 0, 0}),
        "i32[1,5,4]: takes f32, f16 and bf16"
    );
    EXPECT_EQ(test::refusal(OpCode::max_pool_grad, {dy, index}, {2, 1, 1, 0, 0, 5}), "");
    EXPECT_EQ(
        test::refusal(OpCode::max_pool_grad, {dy, index}, {2, 1, 1, 0, 0, 6}),
        "f32[1,4,4] for 5 windows along axis 1"
    );
    EXPECT_EQ(
        test::refusal(OpCode::max_pool_grad, {dy, x}, {2, 1, 1, 0, 0, 5}),
        "an index f32[1,5,4] for f32[1,4,4]"
    );
    EXPECT_EQ(test::refusal(OpCode::avg_pool_grad, {dy}, {2, 1, 1, 0, 0, 1, 5}), "");
    EXPECT_NE(test::refusal(OpCode::avg_pool_grad, {dy}, {2, 1, 1, 0, 0, 7, 5}), "");
    EXPECT_NE(test::refusal(OpCode::avg_pool_grad, {dy}, {2, 1, 1, 0, 0, 1, -5}), "");
    EXPECT_NE(test::refusal(OpCode::avg_pool_grad, {{DType::f32, {}}}, {1}), "");
}

}  // namespace
}  // namespace steelyard::vm
