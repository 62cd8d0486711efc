#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/rounds.h"

#include <gtest/gtest.h>
#include <cmath>

namespace steelyard::vm {
namespace {

using test::f32;
using test::random_tensor;
using test::tensor;
using test::Values;

constexpr std::int64_t none = 0;
constexpr auto relu = static_cast<std::int64_t>(OpCode::relu);
constexpr auto gelu = static_cast<std::int64_t>(OpCode::gelu);
constexpr auto to_f32 = static_cast<std::int64_t>(DType::f32);

/// A random convolution: types of x and w, the window geometry and groups.
struct Case {
    Shape x{};
    Shape w{};
    test::Attributes attributes{};
};

Case random_case(RandomSource& random) {
    const std::size_t axes = 1 + test::number_below(random, 3);
    Case out;
    const std::uint64_t groups = 1 + test::number_below(random, 3);
    const std::uint64_t group_channels = test::number_below(random, 20);
    const std::uint64_t group_outputs = test::number_below(random, 20);
    std::vector<std::uint64_t> x{1 + test::number_below(random, 2)};
    std::vector<std::uint64_t> w{groups * group_outputs};
    for (std::size_t i = 0; i < axes; ++i) {
        const std::uint64_t window = 1 + test::number_below(random, 3);
        const std::uint64_t dilation = 1 + test::number_below(random, 2);
        const std::uint64_t before = test::number_below(random, 4);
        const std::uint64_t after = test::number_below(random, 4);
        const std::uint64_t reach = dilation * (window - 1) + 1;
        const std::uint64_t least = reach > before + after ? reach - before - after : 0;
        x.push_back(least + test::number_below(random, axes == 1 ? 40 : 7));
        w.push_back(window);
        for (const std::uint64_t attribute :
             {window, 1 + test::number_below(random, 3), dilation, before, after}) {
            out.attributes.push_back(static_cast<std::int64_t>(attribute));
        }
    }
    x.push_back(groups * group_channels);
    w.push_back(group_channels);
    out.x = Shape::of(x);
    out.w = Shape::of(w);
    out.attributes.push_back(static_cast<std::int64_t>(groups));
    return out;
}

test::Attributes with(test::Attributes attributes, std::initializer_list<std::int64_t> more) {
    attributes.insert(attributes.end(), more);
    return attributes;
}

TEST(ConvF32, slides_a_window_over_a_line) {
    const auto x = f32({1, 4, 1}, {1, 2, 3, 4});
    const auto w = f32({1, 3, 1}, {10, 1, 0.5F});

    const auto out = test::run(OpCode::conv_f32, {x, w}, {3, 2, 1, 1, 0, 1, none, to_f32});

    EXPECT_EQ(out.type.text(), "f32[1,2,1]");
    EXPECT_EQ(test::values_of<float>(out), (std::vector<float>{2, 25}));
}

TEST(ConvF32, orders_products_by_place_then_channel) {
    // 2^24 first swallows the ones that come after it.
    const auto x = f32({1, 2, 2}, {1, 0x1p24F, 1, 1});
    const auto w = f32({1, 2, 2}, {1, 1, 1, 1});

    const auto out = test::run(OpCode::conv_f32, {x, w}, {2, 1, 1, 0, 0, 1, none, to_f32});

    EXPECT_EQ(test::values_of<float>(out)[0], 0x1p24F);
}

TEST(ConvF32, multiplies_the_padding_too) {
    const auto x = f32({1, 1, 1}, {1});
    const auto w = f32({1, 2, 1}, {INFINITY, 1});

    const auto out = test::run(OpCode::conv_f32, {x, w}, {2, 1, 1, 1, 0, 1, none, to_f32});

    EXPECT_EQ(test::values_of<std::uint32_t>(out)[0], 0x7fc00000);
}

TEST(ConvF32, keeps_groups_apart) {
    const auto x = f32({1, 1, 4}, {1, 2, 3, 4});
    const auto w = f32({2, 1, 2}, {1, 1, 1, 10});

    const auto out = test::run(OpCode::conv_f32, {x, w}, {1, 1, 1, 0, 0, 2, none, to_f32});

    EXPECT_EQ(test::values_of<float>(out), (std::vector<float>{3, 43}));
}

TEST(ConvF32, is_the_product_of_the_windows_that_im2col_would_write) {
    const auto x = f32({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    const auto w = f32({1, 2, 2, 1}, {1, 10, 100, 1000});

    const auto out =
        test::run(OpCode::conv_f32, {x, w}, {2, 1, 1, 0, 0, 2, 1, 1, 0, 0, 1, none, to_f32});

    EXPECT_EQ(test::values_of<float>(out), (std::vector<float>{5421, 6532, 8754, 9865}));
}

TEST(ConvF32, has_one_answer) {
    SeededRandom random(11);
    constexpr std::array types{DType::f32, DType::f32, DType::f16, DType::bf16};
    for (int i = 0; i < test::times(60); ++i) {
        const Case c = random_case(random);
        const Values values = i % 3 == 0 ? Values::ordinary : Values::awkward;
        const auto x = random_tensor(random, {types[test::number_below(random, 4)], c.x}, values);
        const auto w = random_tensor(random, {types[test::number_below(random, 4)], c.w}, values);
        const auto bias = random_tensor(random, {DType::f32, {c.w[0]}}, values);
        SCOPED_TRACE(x.type.text() + " by " + w.type.text());
        const auto to = static_cast<std::int64_t>(types[test::number_below(random, 4)]);
        test::expect_one_answer(
            OpCode::conv_f32, {x, w, bias}, with(c.attributes, {i % 2 == 0 ? relu : gelu, to})
        );
        test::expect_one_answer(OpCode::conv_f32, {x, w}, with(c.attributes, {none, to_f32}));
    }
}

TEST(ConvF32, has_one_answer_where_windows_have_many_chains) {
    SeededRandom random(12);
    for (const std::uint64_t channels : {57, 170, 600}) {
        const auto x = random_tensor(random, {DType::f32, {1, 7, 6, channels}}, Values::awkward);
        const auto w = random_tensor(random, {DType::f32, {19, 3, 3, channels}}, Values::awkward);
        test::expect_one_answer(
            OpCode::conv_f32, {x, w}, {3, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1, none, to_f32}
        );
    }
}

TEST(ConvF32, has_one_answer_on_images) {
    SeededRandom random(18);
    constexpr std::array types{DType::f32, DType::f16, DType::bf16};
    for (int i = 0; i < test::times(10); ++i) {
        const std::uint64_t groups = 1 + test::number_below(random, 3);
        const std::uint64_t channels = 1 + test::number_below(random, 6);
        const std::uint64_t outputs = groups * (1 + test::number_below(random, 20));
        const Shape shape{
            2,
            8 + test::number_below(random, 20),
            8 + test::number_below(random, 40),
            groups * channels
        };
        const auto values = i % 3 == 0 ? Values::ordinary : Values::awkward;
        const auto x = random_tensor(random, {types[test::number_below(random, 3)], shape}, values);
        const auto w = random_tensor(
            random, {types[test::number_below(random, 3)], {outputs, 3, 2, channels}}, values
        );
        const auto bias = random_tensor(random, {DType::f32, {outputs}}, values);
        SCOPED_TRACE(x.type.text() + " by " + w.type.text());
        const auto number = [&](std::uint64_t below) {
            return static_cast<std::int64_t>(test::number_below(random, below));
        };
        const test::Attributes geometry{
            3,
            1 + number(3),
            1 + number(3),
            number(5),
            number(5),
            2,
            1 + number(2),
            1 + number(3),
            number(5),
            number(5),
            static_cast<std::int64_t>(groups)
        };
        const auto to = static_cast<std::int64_t>(types[test::number_below(random, 3)]);
        test::expect_one_answer(
            OpCode::conv_f32, {x, w, bias}, with(geometry, {i % 2 == 0 ? gelu : relu, to})
        );
        test::expect_one_answer(OpCode::conv_f32, {x, w}, with(geometry, {none, to_f32}));
    }
}

TEST(ConvF32, has_one_answer_where_a_line_or_a_volume_is_parted) {
    SeededRandom random(19);
    const auto line = random_tensor(random, {DType::f32, {2, 1100, 2}}, Values::awkward);
    const auto of_line = random_tensor(random, {DType::f32, {5, 4, 2}}, Values::awkward);
    const auto volume = random_tensor(random, {DType::f32, {1, 5, 31, 33, 2}}, Values::awkward);
    const auto of_volume = random_tensor(random, {DType::f32, {3, 2, 3, 3, 2}}, Values::awkward);

    test::expect_one_answer(OpCode::conv_f32, {line, of_line}, {4, 1, 2, 3, 2, 1, none, to_f32});
    test::expect_one_answer(
        OpCode::conv_f32,
        {volume, of_volume},
        {2, 1, 1, 1, 0, 3, 1, 1, 1, 1, 3, 1, 2, 2, 2, 1, none, to_f32}
    );
}

TEST(ConvF32, has_one_answer_where_places_share_sets_of_the_cache) {
    SeededRandom random(20);
    const auto x = random_tensor(random, {DType::f32, {1, 3, 20, 512}}, Values::awkward);
    const auto w = random_tensor(random, {DType::f32, {3, 2, 2, 512}}, Values::awkward);

    test::expect_one_answer(
        OpCode::conv_f32, {x, w}, {2, 1, 1, 1, 0, 2, 1, 1, 0, 1, 1, none, to_f32}
    );
}

TEST(ConvF32, has_one_answer_where_windows_are_places) {
    SeededRandom random(15);
    for (const std::uint64_t channels : {1, 5, 64, 600}) {
        for (const DType type : {DType::f32, DType::f16}) {
            const auto x = random_tensor(random, {type, {2, 5, 7, channels}}, Values::awkward);
            const auto w = random_tensor(random, {type, {35, 1, 1, channels}}, Values::awkward);
            test::expect_one_answer(
                OpCode::conv_f32, {x, w}, {1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, none, to_f32}
            );
        }
    }
}

TEST(ConvF32, has_one_answer_for_each_channel_of_its_own) {
    SeededRandom random(13);
    for (const std::uint64_t channels : {1, 7, 16, 33, 64}) {
        const auto x = random_tensor(random, {DType::f32, {2, 9, 8, channels}}, Values::awkward);
        const auto w = random_tensor(random, {DType::f32, {channels, 3, 3, 1}}, Values::awkward);
        test::expect_one_answer(
            OpCode::conv_f32,
            {x, w},
            {3, 1, 1, 1, 1, 3, 2, 1, 1, 1, static_cast<std::int64_t>(channels), none, to_f32}
        );
    }
}

TEST(ConvF32, has_one_answer_for_channels_of_their_own_of_any_type) {
    SeededRandom random(16);
    constexpr std::array types{DType::f32, DType::f16, DType::bf16};
    for (int i = 0; i < test::times(12); ++i) {
        const std::uint64_t channels = 1 + test::number_below(random, i % 2 == 0 ? 40 : 330);
        const std::uint64_t width = 9 + test::number_below(random, 30);
        const auto values = i % 3 == 0 ? Values::ordinary : Values::awkward;
        const auto x = random_tensor(random, {types[i % 3], {2, 5, width, channels}}, values);
        const auto w = random_tensor(
            random, {types[test::number_below(random, 3)], {channels, 2, 3, 1}}, values
        );
        const auto bias = random_tensor(random, {types[i / 3 % 3], {channels}}, values);
        SCOPED_TRACE(x.type.text() + " by " + w.type.text());
        const auto number = [&](std::uint64_t below) {
            return static_cast<std::int64_t>(test::number_below(random, below));
        };
        const test::Attributes geometry{
            2,
            1 + number(2),
            1 + number(2),
            number(3),
            number(3),
            3,
            1 + number(3),
            1 + number(3),
            number(4),
            number(4),
            static_cast<std::int64_t>(channels)
        };
        const auto to = static_cast<std::int64_t>(types[test::number_below(random, 3)]);
        test::expect_one_answer(
            OpCode::conv_f32, {x, w, bias}, with(geometry, {i % 2 == 0 ? relu : gelu, to})
        );
        test::expect_one_answer(OpCode::conv_f32, {x, w}, with(geometry, {none, to_f32}));
    }
}

TEST(ConvF32, has_one_answer_for_channels_of_their_own_with_many_chains) {
    SeededRandom random(17);
    for (const DType type : {DType::f32, DType::bf16}) {
        for (const std::int64_t window : {511, 512, 513, 1025}) {
            const auto size = static_cast<std::uint64_t>(window);
            const auto x = random_tensor(random, {type, {1, size + 2, 5}}, Values::ordinary);
            const auto w = random_tensor(random, {DType::f32, {5, size, 1}}, Values::ordinary);
            const auto bias = random_tensor(random, {DType::f32, {5}}, Values::ordinary);
            test::expect_one_answer(
                OpCode::conv_f32, {x, w, bias}, {window, 1, 1, 1, 1, 5, relu, to_f32}
            );
        }
    }
}

TEST(ConvF32, refuses_what_is_no_convolution) {
    const TensorType x{DType::f32, {1, 5, 4}};
    const TensorType w{DType::f32, {6, 3, 2}};
    const auto refusal = [](const std::vector<TensorType>& types, const test::Attributes& attributes
                         ) { return test::refusal(OpCode::conv_f32, types, attributes); };

    EXPECT_EQ(refusal({x, w}, {3, 1, 1, 0, 0, 2, none, to_f32}), "");
    EXPECT_EQ(refusal({x, w}, {2, 1, 1, 0, 0, 2, none, to_f32}), "a window of 2 of f32[6,3,2]");
    EXPECT_EQ(
        refusal({x, w}, {3, 1, 1, 0, 0, 1, none, to_f32}),
        "f32[6,3,2] for f32[1,5,4] in 1 groups: other channels"
    );
    EXPECT_EQ(
        refusal({x, w}, {3, 1, 1, 0, 0, 3, none, to_f32}), "3 groups of f32[1,5,4] and f32[6,3,2]"
    );
    EXPECT_NE(refusal({x, w}, {3, 1, 1, 0, 0, 0, none, to_f32}), "");
    EXPECT_NE(refusal({x, w}, {3, 0, 1, 0, 0, 2, none, to_f32}), "");
    EXPECT_NE(refusal({x, w}, {3, 1, 3, 0, 0, 2, none, to_f32}), "");
    EXPECT_EQ(refusal({x, w}, {3, 1, 1, 0, 0, 2, none}), "takes 8 attributes, not 7");
    EXPECT_EQ(refusal({x, w}, {3, 1, 1, 0, 0, 2, 3, to_f32}), "activation 3");
    EXPECT_EQ(
        refusal({x, {DType::f32, {6, 3, 1, 2}}}, {3, 1, 1, 0, 0, 2, none, to_f32}),
        "f32[6,3,1,2] and f32[1,5,4]: other ranks"
    );
    EXPECT_NE(refusal({{DType::f32, {1, 5}}, w}, {2, none, to_f32}), "");
    EXPECT_EQ(
        refusal({x, w, {DType::f32, {5}}}, {3, 1, 1, 0, 0, 2, none, to_f32}),
        "a bias f32[5] for 6 columns"
    );
    EXPECT_EQ(
        refusal({x, {DType::i8, {6, 3, 2}}}, {3, 1, 1, 0, 0, 2, none, to_f32}),
        "i8[6,3,2]: takes f32, f16 and bf16"
    );
}

TEST(ConvI8, takes_the_padding_as_the_zero_point) {
    const auto x = tensor<std::uint8_t>(DType::u8, {1, 2, 1}, {130, 120});
    const auto w = tensor<std::int8_t>(DType::i8, {1, 2, 1}, {5, 7});
    const auto bias = tensor<std::int32_t>(DType::i32, {1}, {1000});

    const auto out = test::run(OpCode::conv_i8, {x, w, bias}, {2, 1, 1, 1, 0, 1, 128, 1});

    EXPECT_EQ(test::values_of<std::int32_t>(out), (std::vector<std::int32_t>{1012, 8 - 48 + 1000}));
}

TEST(ConvI8, has_one_answer) {
    SeededRandom random(14);
    for (int i = 0; i < test::times(60); ++i) {
        const Case c = random_case(random);
        const DType x_type = i % 2 == 0 ? DType::i8 : DType::u8;
        const DType w_type = i % 3 == 0 ? DType::u8 : DType::i8;
        const auto x = random_tensor(random, {x_type, c.x}, Values::awkward);
        const auto w = random_tensor(random, {w_type, c.w}, Values::awkward);
        const auto bias = random_tensor(random, {DType::i32, {c.w[0]}}, Values::awkward);
        SCOPED_TRACE(x.type.text() + " by " + w.type.text());
        const auto attributes = with(c.attributes, {i % 4 * 30, i % 5 * 20});
        test::expect_one_answer(OpCode::conv_i8, {x, w, bias}, attributes);
        test::expect_one_answer(OpCode::conv_i8, {x, w}, attributes);
    }
}

TEST(ConvI8, refuses_what_is_no_convolution) {
    const TensorType x{DType::u8, {1, 5, 4}};
    const TensorType w{DType::i8, {6, 3, 4}};
    const auto refusal = [](const std::vector<TensorType>& types, const test::Attributes& attributes
                         ) { return test::refusal(OpCode::conv_i8, types, attributes); };

    EXPECT_EQ(refusal({x, w}, {3, 1, 1, 0, 0, 1, 255, -128}), "");
    EXPECT_EQ(refusal({x, w}, {3, 1, 1, 0, 0, 1, 256, 0}), "zero point 256 of u8[1,5,4]");
    EXPECT_EQ(refusal({x, w}, {3, 1, 1, 0, 0, 1, 0, 128}), "zero point 128 of i8[6,3,4]");
    EXPECT_EQ(
        refusal({x, w, {DType::f32, {6}}}, {3, 1, 1, 0, 0, 1, 0, 0}), "a bias f32[6] for 6 columns"
    );
}

}  // namespace
}  // namespace steelyard::vm
