#include "vm/build/training.h"

#include "tests/support/vm/evaluate.h"
#include "vm/check/checked_program.h"

#include <gtest/gtest.h>
#include <cmath>
#include <numeric>

namespace steelyard::vm {
namespace {

using test::values_of;

/// The program with one output, checked: every probe of it is within the bounds.
Program finished(Builder&& builder, Ops& ops, ValueRef value) {
    EXPECT_TRUE(ops.done().has_value()) << ops.done().error().message();
    EXPECT_TRUE(builder.output("out", value).has_value());
    Program program = std::move(builder).finish();
    const auto checked = CheckedProgram::check(program);
    EXPECT_TRUE(checked.has_value()) << checked.error().message();
    return program;
}

std::vector<float> counting(std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t at = 0; at < count; ++at) {
        values[at] = static_cast<float>(at % 7) - 2.0F;
    }
    return values;
}

TEST(Ops, SumRowsThatAreLongerThanAProbeCanOpen) {
    for (const std::uint64_t columns : {1U, 8192U, 8193U, 50'001U}) {
        Builder builder;
        Ops ops(builder);
        const Shape shape{2, columns};
        const ValueRef x = *builder.input("x", {.dtype = DType::f32, .shape = shape});
        const Program program = finished(std::move(builder), ops, ops.sum_last(x));
        const std::vector<float> values = counting(shape.elements());
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(columns);
        EXPECT_EQ(
            values_of<float>(test::evaluate(program, {test::f32(shape, values)}).front()),
            (std::vector<float>{
                std::accumulate(values.begin(), middle, 0.0F),
                std::accumulate(middle, values.end(), 0.0F)
            })
        );
    }
}

TEST(Ops, MultiplyMatricesWithRowsThatAreLongerThanAProbeCanOpen) {
    constexpr std::uint64_t length = 9'000;
    Builder builder;
    Ops ops(builder);
    const Shape shape{2, length};
    const ValueRef a = *builder.input("a", {.dtype = DType::f32, .shape = shape});
    const Program program = finished(std::move(builder), ops, ops.gemm(a, a));
    const std::vector<float> values = counting(shape.elements());
    const auto middle = values.begin() + length;
    const float across = std::inner_product(values.begin(), middle, middle, 0.0F);
    const auto out = values_of<float>(test::evaluate(program, {test::f32(shape, values)}).front());
    ASSERT_EQ(out.size(), 4U);
    EXPECT_EQ(out[0], std::inner_product(values.begin(), middle, values.begin(), 0.0F));
    EXPECT_EQ(out[1], across);
    EXPECT_EQ(out[2], across);
}

TEST(Ops, KeepTheFirstError) {
    Builder builder;
    Ops ops(builder);
    const ValueRef x = *builder.input("x", {.dtype = DType::f32, .shape = Shape{2, 3}});
    const ValueRef wrong = ops.transpose(x, {0, 0});
    const std::string first = ops.done().error().message();
    const ValueRef after = ops.add(wrong, ops.gemm(x, ops.sum_to(x, {7})));
    EXPECT_EQ(ops.type(after), TensorType{});
    EXPECT_EQ(ops.done().error().message(), first);
    EXPECT_TRUE(builder.program().nodes.empty());
}

TEST(Training, LossIsTheMeanOfMinusLogLikelihoods) {
    Builder builder;
    Ops ops(builder);
    const Shape shape{2, 3};
    const ValueRef x = *builder.input("x", {.dtype = DType::f32, .shape = shape});
    const std::vector<std::int64_t> labels = {2, 0};
    const ValueRef loss = cross_entropy(ops, x, *builder.i64s(labels));
    const Program program = finished(std::move(builder), ops, loss);
    const auto out =
        values_of<float>(test::evaluate(program, {test::f32(shape, {1, 2, 3, 0, 0, 0})}).front());
    const double first = std::log(std::exp(-2.0) + std::exp(-1.0) + 1.0);
    EXPECT_NEAR(out.front(), (first + std::log(3.0)) / 2, 1e-6);
}

/// Kingma and Ba's algorithm in double, three steps with a gradient that changes.
TEST(Training, AdamMovesAsItsAlgorithmSays) {
    Builder builder;
    Ops ops(builder);
    const AdamNumbers numbers{.beta1 = 0.9F, .beta2 = 0.99F, .epsilon = 1e-6F};
    const ValueRef w = *builder.input("w", {.dtype = DType::f32, .shape = Shape{1}});
    const ValueRef zeros = ops.zeros(ops.type(w));
    AdamState state{.weight = w, .first = zeros, .second = zeros};
    AdamPowers powers{.beta1 = ops.f32(1.0F), .beta2 = ops.f32(1.0F)};
    double weight = 0.5;
    double first = 0;
    double second = 0;
    for (int step = 1; step <= 3; ++step) {
        powers = next_powers(ops, powers, numbers);
        state =
            adam_step(ops, state, ops.scale(state.weight, 2.0F), powers, ops.f32(0.1F), numbers);
        const double gradient = 2 * weight;
        first = 0.9 * first + 0.1 * gradient;
        second = 0.99 * second + 0.01 * gradient * gradient;
        const double corrected = first / (1 - std::pow(0.9, step));
        const double root = std::sqrt(second / (1 - std::pow(0.99, step)));
        weight -= 0.1 * corrected / (root + 1e-6);
    }
    const Program program = finished(std::move(builder), ops, state.weight);
    const auto out =
        values_of<float>(test::evaluate(program, {test::f32(Shape{1}, {0.5F})}).front());
    EXPECT_NEAR(out.front(), weight, 1e-5);
}

TEST(Training, SgdGoesDownhill) {
    Builder builder;
    Ops ops(builder);
    const ValueRef w = *builder.input("w", {.dtype = DType::f32, .shape = Shape{2}});
    const Program program = finished(std::move(builder), ops, sgd_step(ops, w, w, 0.25F));
    EXPECT_EQ(
        values_of<float>(test::evaluate(program, {test::f32(Shape{2}, {1, -4})}).front()),
        (std::vector<float>{0.75F, -3.0F})
    );
}

}  // namespace
}  // namespace steelyard::vm
