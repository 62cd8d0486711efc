#include "vm/build/gradients.h"

#include "base/random.h"
#include "tests/support/vm/evaluate.h"
#include "tests/support/vm/random_tensors.h"
#include "vm/build/ops.h"
#include "vm/build/training.h"

#include <gtest/gtest.h>
#include <cmath>
#include <functional>

namespace steelyard::vm {
namespace {

using test::TestTensor;
using test::values_of;

/// What a test differentiates: some value of the parameters.
using Formula = std::function<ValueRef(Ops& ops, const std::vector<ValueRef>& parameters)>;

struct Setup {
    Program program{};
    std::vector<TestTensor> inputs{};
};

/// The formula's value times fixed random weights, summed, so that every element's slope counts.
ValueRef weighted_sum(Ops& ops, ValueRef value, RandomSource& random) {
    const TensorType type = ops.type(value);
    if (ops.failed()) {
        return {};
    }
    const TestTensor weights = test::random_tensor(random, type, test::Values::ordinary);
    const Result<ValueRef> constant = ops.builder().constant(type, weights.data);
    EXPECT_TRUE(constant.has_value());
    return ops.sum_last(ops.reshape(ops.mul(value, *constant), {type.elements()}));
}

float loss_of(const Setup& setup, const std::vector<TestTensor>& inputs) {
    return values_of<float>(test::evaluate(setup.program, inputs).front()).front();
}

/// Compares one parameter's gradient with central differences.
void compare(const Setup& setup, std::size_t parameter, const TestTensor& gradient) {
    constexpr float step = 1.0F / 64;
    const std::vector<float> slopes = values_of<float>(gradient);
    const std::vector<float> values = values_of<float>(setup.inputs[parameter]);
    for (std::size_t at = 0; at < values.size(); ++at) {
        std::vector<TestTensor> moved = setup.inputs;
        const auto loss_at = [&](float value) {
            std::memcpy(moved[parameter].data.data() + at * sizeof(float), &value, sizeof(float));
            return loss_of(setup, moved);
        };
        const float measured =
            (loss_at(values[at] + step) - loss_at(values[at] - step)) / (2 * step);
        EXPECT_NEAR(slopes[at], measured, 0.02F * std::max(1.0F, std::abs(measured)))
            << "parameter " << parameter << ", element " << at;
    }
}

/// Builds the formula over random parameters and checks all its gradients.
void expect_gradients(
    const std::vector<Shape>& shapes,
    const Formula& formula,
    float shift = 0.0F,
    float factor = 1.0F
) {
    SeededRandom random(7);
    Setup setup;
    Builder builder;
    Ops ops(builder);
    std::vector<ValueRef> parameters;
    for (const Shape& shape : shapes) {
        const TensorType type{.dtype = DType::f32, .shape = shape};
        parameters.push_back(*builder.input(fmt::format("p{}", parameters.size()), type));
        std::vector<float> values =
            values_of<float>(test::random_tensor(random, type, test::Values::ordinary));
        for (float& value : values) {
            value = value * factor + shift;
        }
        setup.inputs.push_back(test::f32(shape, values));
    }
    const ValueRef loss = weighted_sum(ops, formula(ops, parameters), random);
    ASSERT_TRUE(ops.done().has_value()) << ops.done().error().message();
    const auto slopes = gradients(builder, loss, parameters);
    ASSERT_TRUE(slopes.has_value()) << slopes.error().message();
    ASSERT_TRUE(builder.output("loss", loss).has_value());
    for (std::size_t index = 0; index < slopes->size(); ++index) {
        ASSERT_TRUE(builder.output(fmt::format("g{}", index), (*slopes)[index]).has_value());
    }
    setup.program = std::move(builder).finish();
    const std::vector<TestTensor> outputs = test::evaluate(setup.program, setup.inputs);
    for (std::size_t index = 0; index < shapes.size(); ++index) {
        ASSERT_EQ(outputs[index + 1].type, setup.inputs[index].type);
        compare(setup, index, outputs[index + 1]);
    }
}

Formula unary(OpCode op) {
    return [op](Ops& ops, const std::vector<ValueRef>& p) { return ops.unary(op, p[0]); };
}

Formula binary(OpCode op) {
    return [op](Ops& ops, const std::vector<ValueRef>& p) { return ops.node(op, {p[0], p[1]}); };
}

TEST(Gradients, OfFunctionsOfOneOperand) {
    for (const OpCode op :
         {OpCode::neg,
          OpCode::exp,
          OpCode::expm1,
          OpCode::exp2,
          OpCode::sin,
          OpCode::cos,
          OpCode::tanh,
          OpCode::sigmoid,
          OpCode::erf,
          OpCode::gelu,
          OpCode::silu,
          OpCode::softplus}) {
        SCOPED_TRACE(to_string(op));
        expect_gradients({Shape{3, 4}}, unary(op));
    }
    for (const OpCode op :
         {OpCode::sqrt,
          OpCode::reciprocal,
          OpCode::rsqrt,
          OpCode::log,
          OpCode::log1p,
          OpCode::log2,
          OpCode::abs,
          OpCode::relu}) {
        SCOPED_TRACE(to_string(op));
        expect_gradients({Shape{3, 4}}, unary(op), 1.5F, 0.4F);
    }
    expect_gradients({Shape{3, 4}}, unary(OpCode::relu), -1.5F, 0.4F);
}

TEST(Gradients, OfTwoOperandsAreSummedWhereTheyWereBroadcast) {
    for (const OpCode op : {OpCode::add, OpCode::sub, OpCode::mul}) {
        SCOPED_TRACE(to_string(op));
        expect_gradients({Shape{2, 3, 4}, Shape{2, 3, 4}}, binary(op));
        expect_gradients({Shape{2, 3, 4}, Shape{4}}, binary(op));
        expect_gradients({Shape{3, 1}, Shape{2, 1, 4}}, binary(op));
        expect_gradients({Shape{}, Shape{2, 3}}, binary(op));
    }
    expect_gradients({Shape{3, 4}, Shape{4}}, binary(OpCode::div), 1.6F, 0.3F);
    expect_gradients({Shape{3, 4}, Shape{4}}, binary(OpCode::pow), 1.6F, 0.3F);
    expect_gradients({Shape{17}, Shape{17}}, binary(OpCode::max));
    expect_gradients({Shape{17}, Shape{17}}, binary(OpCode::min));
}

TEST(Gradients, OfEqualOperandsOfAChoiceGoToTheFirst) {
    for (const OpCode op : {OpCode::max, OpCode::min}) {
        Builder builder;
        Ops ops(builder);
        const TensorType type{.dtype = DType::f32, .shape = {3}};
        const std::vector<ValueRef> both{*builder.input("a", type), *builder.input("b", type)};
        const ValueRef loss = ops.sum_last(ops.node(op, both));
        const auto slopes = *gradients(builder, loss, both);
        ASSERT_TRUE(builder.output("a", slopes[0]).has_value());
        ASSERT_TRUE(builder.output("b", slopes[1]).has_value());
        const TestTensor x = test::f32({3}, {-1.0F, 0.0F, 2.0F});
        const auto outputs = test::evaluate(std::move(builder).finish(), {x, x});
        EXPECT_EQ(values_of<float>(outputs[0]), (std::vector<float>{1, 1, 1})) << to_string(op);
        EXPECT_EQ(values_of<float>(outputs[1]), (std::vector<float>{0, 0, 0})) << to_string(op);
    }
}

TEST(Gradients, OfOneOperandUsedTwiceAreAdded) {
    expect_gradients({Shape{5}}, [](Ops& ops, const auto& p) {
        return ops.mul(p[0], ops.add(p[0], ops.unary(OpCode::sin, p[0])));
    });
}

TEST(Gradients, OfMovement) {
    expect_gradients({Shape{2, 3, 4}}, [](Ops& ops, const auto& p) {
        return ops.reshape(ops.transpose(p[0], {2, 0, 1}), {4, 6});
    });
    expect_gradients({Shape{5, 6}}, [](Ops& ops, const auto& p) {
        return ops.node(OpCode::slice, {p[0]}, {1, 2, 2, 0, 1, 5});
    });
    expect_gradients({Shape{2, 3}}, [](Ops& ops, const auto& p) {
        return ops.node(OpCode::pad, {p[0], ops.f32(0)}, {0, 1, 2, 1, 0, 1, 2});
    });
    expect_gradients({Shape{2, 3}, Shape{2, 1}, Shape{2, 2}}, [](Ops& ops, const auto& p) {
        return ops.concat({p[0], p[1], p[2]}, 1);
    });
    expect_gradients({Shape{3, 1}}, [](Ops& ops, const auto& p) {
        return ops.broadcast(p[0], {2, 3, 4});
    });
}

TEST(Gradients, OfRowsThatWereLookedUp) {
    expect_gradients({Shape{5, 3}}, [](Ops& ops, const auto& p) {
        const std::vector<std::int64_t> rows = {4, 0, 4, 2};
        const auto indices = ops.builder().i64s(rows);
        return ops.node(OpCode::gather, {p[0], *indices}, {0});
    });
}

TEST(Gradients, OfReductions) {
    for (const OpCode op :
         {OpCode::reduce_sum,
          OpCode::reduce_mean,
          OpCode::reduce_max,
          OpCode::reduce_min,
          OpCode::softmax,
          OpCode::log_softmax}) {
        SCOPED_TRACE(to_string(op));
        expect_gradients({Shape{3, 7}}, unary(op));
    }
}

TEST(Gradients, OfNorms) {
    constexpr std::int64_t epsilon = 0x3727c5ac;  // 1e-5
    expect_gradients({Shape{3, 8}, Shape{8}, Shape{8}}, [](Ops& ops, const auto& p) {
        return ops.node(OpCode::layer_norm, {p[0], p[1], p[2]}, {epsilon});
    });
    expect_gradients({Shape{3, 8}, Shape{8}}, [](Ops& ops, const auto& p) {
        return ops.node(OpCode::rms_norm, {p[0], p[1]}, {epsilon});
    });
    expect_gradients({Shape{3, 4}, Shape{4}, Shape{4}}, [](Ops& ops, const auto& p) {
        const ValueRef mean = ops.f32(0.25F);
        const ValueRef variance = ops.f32(1.5F);
        return ops.node(
            OpCode::batch_norm,
            {p[0], p[1], p[2], ops.broadcast(mean, {4}), ops.broadcast(variance, {4})},
            {epsilon}
        );
    });
}

TEST(Gradients, OfProductsOfMatrices) {
    expect_gradients({Shape{4, 3}, Shape{5, 3}, Shape{5}}, [](Ops& ops, const auto& p) {
        return ops.linear(p[0], p[1], p[2]);
    });
    expect_gradients({Shape{2, 4, 3}, Shape{5, 3}}, [](Ops& ops, const auto& p) {
        return ops.gemm(p[0], p[1]);
    });
    expect_gradients({Shape{2, 4, 3}, Shape{2, 5, 3}}, [](Ops& ops, const auto& p) {
        return ops.gemm(p[0], p[1]);
    });
}

TEST(Gradients, OfConvolutions) {
    const Window same = {{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}};
    const Window strided = {{3, 2, 1, 1, 0}, {2, 3, 2, 0, 2}};
    for (const Window& window : {same, strided}) {
        const auto rows = static_cast<std::uint64_t>(window[0].size);
        const auto columns = static_cast<std::uint64_t>(window[1].size);
        expect_gradients(
            {Shape{2, 6, 7, 2}, Shape{3, rows, columns, 2}, Shape{3}},
            [&](Ops& ops, const auto& p) { return ops.conv(p[0], p[1], p[2], window); }
        );
    }
    expect_gradients({Shape{1, 9, 2}, Shape{2, 3, 2}}, [](Ops& ops, const auto& p) {
        return ops.conv(p[0], p[1], std::nullopt, {{3, 2, 1, 0, 1}});
    });
}

TEST(Gradients, OfPools) {
    const Integers window = {2, 2, 1, 0, 0, 3, 1, 1, 1, 1};
    const auto max_pool = [&](Ops& ops, const auto& p) {
        // No two are so near that a step of the differences makes another the greatest.
        std::vector<std::int64_t> order(60);
        for (std::size_t at = 0; at < order.size(); ++at) {
            order[at] = static_cast<std::int64_t>(at * 7 % 60);
        }
        const ValueRef apart = ops.node(
            OpCode::cast, {*ops.builder().i64s(order)}, {static_cast<std::int64_t>(DType::f32)}
        );
        const ValueRef x = ops.add(ops.scale(p[0], 0.1F), ops.reshape(apart, {1, 6, 5, 2}));
        return ops.node(OpCode::max_pool, {x}, window);
    };
    expect_gradients({Shape{1, 6, 5, 2}}, max_pool);
    expect_gradients({Shape{1, 6, 5, 2}}, [&](Ops& ops, const auto& p) {
        Integers numbers = window;
        numbers.push_back(1);
        return ops.node(OpCode::avg_pool, {p[0]}, numbers);
    });
}

TEST(Gradients, OfALoss) {
    expect_gradients({Shape{4, 5}}, [](Ops& ops, const auto& p) {
        const std::vector<std::int64_t> labels = {0, 4, 2, 2};
        return cross_entropy(ops, p[0], *ops.builder().i64s(labels));
    });
}

TEST(Gradients, OfWhatTheLossDoesNotDependOnAreZeros) {
    Builder builder;
    Ops ops(builder);
    const TensorType type{.dtype = DType::f32, .shape = Shape{3}};
    const ValueRef used = *builder.input("used", type);
    const ValueRef idle = *builder.input("idle", type);
    const ValueRef loss = ops.sum_last(used);
    const std::vector<ValueRef> parameters = {idle};
    const auto slopes = gradients(builder, loss, parameters);
    ASSERT_TRUE(slopes.has_value());
    ASSERT_TRUE(builder.output("g", slopes->front()).has_value());
    const Program program = std::move(builder).finish();
    const TestTensor ones = test::f32(Shape{3}, {1, 1, 1});
    EXPECT_EQ(
        values_of<float>(test::evaluate(program, {ones, ones}).front()),
        (std::vector<float>{0, 0, 0})
    );
}

TEST(Gradients, NameAllThatHaveNone) {
    Builder builder;
    Ops ops(builder);
    const ValueRef x = *builder.input("x", {.dtype = DType::f32, .shape = Shape{3}});
    const ValueRef first = ops.unary(OpCode::tan, x);
    const ValueRef second = ops.unary(OpCode::tan, ops.unary(OpCode::relu, first));
    const std::vector<ValueRef> parameters = {x};

    const auto slopes = gradients(builder, ops.sum_last(second), parameters);

    ASSERT_FALSE(slopes.has_value());
    EXPECT_EQ(slopes.error().code(), ErrorCode::unsupported);
    EXPECT_EQ(
        slopes.error().message(),
        "no gradient through node 0 (tan): it has no derivative; "
        "no gradient through node 2 (tan): it has no derivative"
    );
}

TEST(Gradients, NameWhatHasNone) {
    Builder builder;
    Ops ops(builder);
    const ValueRef x = *builder.input("x", {.dtype = DType::f32, .shape = Shape{3}});
    const ValueRef loss = ops.sum_last(ops.unary(OpCode::tan, x));
    const std::vector<ValueRef> parameters = {x};
    const auto slopes = gradients(builder, loss, parameters);
    ASSERT_FALSE(slopes.has_value());
    EXPECT_EQ(slopes.error().message(), "no gradient through node 0 (tan): it has no derivative");
    EXPECT_EQ(
        gradients(builder, x, parameters).error().message(),
        "the loss is f32[3] and no f32[] of a node"
    );
}

}  // namespace
}  // namespace steelyard::vm
