#include "vm/build/training_program.h"

#include "tests/support/vm/op_harness.h"
#include "vm/run/runner.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

using test::TestTensor;
using test::values_of;

TensorType f32(const Shape& shape) {
    return {.dtype = DType::f32, .shape = shape};
}

/// y = x w^T + b of `batch` rows of two numbers, `outputs` numbers each.
Program linear_model(std::uint64_t batch, std::uint64_t outputs, bool ends_with_softmax = false) {
    Builder builder;
    Ops ops(builder);
    const ValueRef x = builder.input("x", f32(Shape{batch, 2})).value();
    const ValueRef weight = builder.input("w", f32(Shape{outputs, 2})).value();
    const ValueRef bias = builder.input("b", f32(Shape{outputs})).value();
    ValueRef y = ops.linear(x, weight, bias);
    if (ends_with_softmax) {
        y = ops.unary(OpCode::softmax, y);
    }
    EXPECT_TRUE(builder.output("y", y).has_value());
    return std::move(builder).finish();
}

TrainingCourse course_of(std::uint64_t samples, const TensorType& labels) {
    return {
        .data = "x",
        .weights = {"w", "b"},
        .samples = f32(Shape{samples, 2}),
        .labels = labels,
        .loss = labels.dtype == DType::f32 ? TrainingLoss::mean_squared_error
                                           : TrainingLoss::cross_entropy,
    };
}

/// Checked: a chain would take it.
Program trained(const Program& model, const TrainingCourse& course) {
    auto program = make_training_program(model, course);
    EXPECT_TRUE(program.has_value()) << program.error().message();
    const auto checked = CheckedProgram::check(*program);
    EXPECT_TRUE(checked.has_value()) << checked.error().message();
    return *std::move(program);
}

std::vector<TestTensor> run_of(const Program& program, const std::vector<TestTensor>& inputs) {
    std::vector<TensorView> views;
    for (const TestTensor& input : inputs) {
        views.push_back({.type = input.type, .data = input.data});
    }
    const auto checked = CheckedProgram::check(program);
    const auto backend = make_reference_backend();
    const auto result = run(checked.value(), views, {.backend = backend.get()});
    EXPECT_TRUE(result.has_value()) << result.error().message();
    EXPECT_FALSE(result->outcome.fault.has_value());
    std::vector<TestTensor> out;
    for (const Tensor& output : result->outputs) {
        out.push_back({.type = output.type, .data = output.data});
    }
    return out;
}

std::string refusal(const Program& model, const TrainingCourse& course) {
    const auto program = make_training_program(model, course);
    return program ? "" : program.error().message();
}

const TestTensor points = test::f32(Shape{4, 2}, {0, 0, 1, 0, 0, 1, 1, 1});

TEST(TrainingProgram, MovesWeightsByTheRateInTheFirstStepOfAdam) {
    TrainingCourse course = course_of(4, f32(Shape{4, 1}));
    course.rate = 0.125F;
    const Program program = trained(linear_model(4, 1), course);

    const auto out = run_of(
        program,
        {points,
         test::f32(Shape{4, 1}, {9, 9, 9, 9}),
         test::f32(Shape{1, 2}, {0, 0}),
         test::f32(Shape{1}, {0})}
    );

    EXPECT_NEAR(values_of<float>(out[0])[0], 0.125F, 1e-5);
    EXPECT_NEAR(values_of<float>(out[1])[0], 0.125F, 1e-5);
    EXPECT_EQ(values_of<float>(out[2]), std::vector<float>{81}) << "the loss before the step";
}

TEST(TrainingProgram, LearnsALine) {
    TrainingCourse course = course_of(4, f32(Shape{4, 1}));
    course.rate = 0.05F;
    course.epochs = 300;
    const Program program = trained(linear_model(2, 1), course);

    const auto out = run_of(  // y = 2 a - b + 0.5
        program,
        {points,
         test::f32(Shape{4, 1}, {0.5F, 2.5F, -0.5F, 1.5F}),
         test::f32(Shape{1, 2}, {0, 0}),
         test::f32(Shape{1}, {0})}
    );

    EXPECT_NEAR(values_of<float>(out[0])[0], 2, 0.02);
    EXPECT_NEAR(values_of<float>(out[0])[1], -1, 0.02);
    EXPECT_NEAR(values_of<float>(out[1])[0], 0.5, 0.02);
    EXPECT_LT(values_of<float>(out[2])[0], 1e-3F);
}

TEST(TrainingProgram, LearnsClassesWithAndWithoutASoftmax) {
    TrainingCourse course = course_of(4, {.dtype = DType::i64, .shape = Shape{4}});
    course.rate = 0.1F;
    course.epochs = 100;
    for (const bool ends_with_softmax : {false, true}) {
        const Program program = trained(linear_model(4, 2, ends_with_softmax), course);

        const auto out = run_of(
            program,
            {points,
             test::i64(Shape{4}, {0, 1, 0, 1}),
             test::f32(Shape{2, 2}, {0, 0, 0, 0}),
             test::f32(Shape{2}, {0, 0})}
        );

        EXPECT_LT(values_of<float>(out[2])[0], 0.1F) << ends_with_softmax;
    }
}

TEST(TrainingProgram, CastsDataAndLeavesTheRestOfItUnused) {
    TrainingCourse course = course_of(5, f32(Shape{5, 1}));
    course.samples.dtype = DType::u8;
    const Program program = trained(linear_model(2, 1), course);

    const auto out = run_of(
        program,
        {test::tensor<std::uint8_t>(DType::u8, Shape{5, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 255, 255}),
         test::f32(Shape{5, 1}, {3, 3, 3, 3, 1'000}),
         test::f32(Shape{1, 2}, {0, 0}),
         test::f32(Shape{1}, {3})}
    );

    EXPECT_EQ(values_of<float>(out[2]), std::vector<float>{0});
}

TEST(TrainingProgram, TrainsWhatItIsToldAlone) {
    TrainingCourse course = course_of(4, f32(Shape{4, 1}));
    course.weights = {"b"};
    const Program program = trained(linear_model(4, 1), course);

    ASSERT_EQ(program.outputs.size(), 2U);
    EXPECT_EQ(program.outputs[0].name, "b");
    EXPECT_EQ(program.outputs[1].name, "loss");
}

TEST(TrainingProgram, NamesTheModelsNodesWithoutGradients) {
    Builder builder;
    Ops ops(builder);
    const ValueRef x = builder.input("x", f32(Shape{4, 2})).value();
    const ValueRef weight = builder.input("w", f32(Shape{1, 2})).value();
    const ValueRef y = ops.unary(OpCode::tan, ops.mul(x, ops.unary(OpCode::tan, weight)));
    ASSERT_TRUE(builder.output("y", y).has_value());
    const Program model = std::move(builder).finish();
    TrainingCourse course = course_of(4, f32(Shape{4, 2}));
    course.weights = {"w"};

    EXPECT_EQ(
        refusal(model, course),
        "no gradient through node 0 (tan): it has no derivative; "
        "no gradient through node 2 (tan): it has no derivative"
    );
}

TEST(TrainingProgram, RefusesWhatDoesNotFit) {
    const Program model = linear_model(4, 1);
    TrainingCourse course = course_of(3, f32(Shape{3, 1}));
    EXPECT_NE(refusal(model, course), "") << "fewer samples than a batch";
    course = course_of(4, f32(Shape{5, 1}));
    EXPECT_NE(refusal(model, course), "") << "labels of other samples";
    course = course_of(4, f32(Shape{4, 1}));
    course.weights = {"x"};
    EXPECT_NE(refusal(model, course), "");
    course.weights = {};
    EXPECT_NE(refusal(model, course), "");
    course = course_of(4, f32(Shape{4, 1}));
    course.data = "z";
    EXPECT_NE(refusal(model, course), "");
    course = course_of(4, f32(Shape{4, 1}));
    course.epochs = 0;
    EXPECT_NE(refusal(model, course), "");
}

}  // namespace
}  // namespace steelyard::vm
