// What a program looks like as a model, and what is refused.
#include "vm/onnx/export.h"

#include "round_trip.h"
#include "tests/support/vm/mixed_programs.h"
#include "vm/build/builder.h"
#include "vm/onnx/functions.h"
#include "vm/onnx/model.h"

#include <gtest/gtest.h>

namespace steelyard::vm::onnx {
namespace {

using vm::test::checked;

const TensorType matrix{.dtype = DType::f32, .shape = {2, 3}};

/// A program that is being built; every step of a test is right.
class Sketch {
public:
    ValueRef input(std::string_view name, const TensorType& type = matrix) {
        return *builder_.input(name, type);
    }
    ValueRef add(
        OpCode op, std::vector<ValueRef> operands, std::vector<std::int64_t> attributes = {}
    ) {
        return builder_.add(op, operands, attributes).value();
    }
    void output(std::string_view name, ValueRef value) {
        ASSERT_TRUE(builder_.output(name, value).has_value());
    }
    Builder& builder() { return builder_; }
    CheckedProgram finish() { return checked(std::move(builder_).finish()); }

private:
    Builder builder_{};
};

ExportedModel exported(const CheckedProgram& program, const ExportOptions& options = {}) {
    Result<ExportedModel> model = export_program(program, options);
    EXPECT_TRUE(model.has_value()) << model.error().message();
    return model ? *std::move(model) : ExportedModel{};
}

/// "Relu x -> y; ..."
std::string text_of(const ExportedModel& model) {
    const Result<Model> read = read_model(model.file);
    EXPECT_TRUE(read.has_value());
    std::string out;
    for (const Node& node : read->graph.nodes) {
        out += (out.empty() ? "" : "; ") + std::string(node.op);
        for (const std::string_view input : node.inputs) {
            out += " " + std::string(input.empty() ? "-" : input);
        }
        out += " ->";
        for (const std::string_view output : node.outputs) {
            out += " " + std::string(output);
        }
    }
    return out;
}

TEST(Export, keeps_the_names_of_inputs_and_outputs) {
    Sketch sketch;
    const ValueRef x = sketch.input("x");
    sketch.input("not.read");
    sketch.output("y:0", sketch.add(OpCode::relu, {x}));

    const ExportedModel model = exported(sketch.finish());

    EXPECT_EQ(text_of(model), "Relu x -> y:0");
    const Result<Model> read = read_model(model.file);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->ir_version, export_ir_version);
    ASSERT_EQ(read->operator_sets.size(), 1U);
    EXPECT_EQ(read->operator_sets[0].version, export_opset);
    ASSERT_EQ(read->graph.inputs.size(), 2U);
    EXPECT_EQ(read->graph.inputs[1].name, "not.read");
    EXPECT_EQ(read->graph.inputs[0].dimensions[1].size, 3);
    ASSERT_EQ(read->graph.outputs.size(), 1U);
    EXPECT_EQ(read->graph.outputs[0].data_type, 1);
    EXPECT_TRUE(model.notes.empty());
}

TEST(Export, gives_each_name_to_one_tensor) {
    Sketch sketch;
    const ValueRef y = sketch.add(OpCode::neg, {sketch.input("node_0")});
    const ValueRef z = sketch.add(OpCode::abs, {y});
    sketch.output("node_0", z);
    sketch.output("again", z);

    const ExportedModel model = exported(sketch.finish());

    EXPECT_EQ(
        text_of(model), "Neg node_0 -> node_0__; Abs node_0__ -> node_0_; Identity node_0_ -> again"
    );
    ASSERT_EQ(model.notes.size(), 1U);
    EXPECT_EQ(
        model.notes[0],
        "the output 'node_0' is 'node_0_' in the model, where each name stands for one tensor"
    );
}

TEST(Export, leaves_dead_nodes_out_even_if_nothing_else_could_be_made_of_them) {
    Sketch sketch;
    const ValueRef x = sketch.input("x");
    sketch.add(OpCode::atan2, {x, x});
    sketch.output("y", sketch.add(OpCode::exp, {x}));

    EXPECT_EQ(text_of(exported(sketch.finish())), "Exp x -> y");
}

TEST(Export, lists_each_node_and_loop_that_it_has_no_way_for) {
    Sketch sketch;
    const ValueRef x = sketch.input("x");
    const ValueRef first = sketch.add(OpCode::atan2, {x, x});
    const std::vector<ValueRef> initial = {first};
    const LoopStart loop = *sketch.builder().begin_loop(3, initial);
    const std::vector<ValueRef> next = {sketch.add(OpCode::neg, {loop.carries[0]})};
    const auto results = sketch.builder().end_loop(next);
    sketch.output("y", sketch.add(OpCode::mod, {(*results)[0], x}));

    const ExportedModel model = exported(sketch.finish());

    const std::vector<UnsupportedNode> wanted = {
        {"loop_0", "loop", "a loop of 3 rounds"},
        {"node_0", "atan2", "ONNX has no angle of two numbers"},
        {"node_2", "mod", "ONNX has no remainder of floats with the divisor's sign"},
    };
    EXPECT_EQ(model.unsupported, wanted);
    EXPECT_TRUE(model.file.empty());
}

TEST(Export, makes_initialisers_of_constants_and_given_weights) {
    Sketch sketch;
    const ValueRef x = sketch.input("x");
    const ValueRef w = sketch.input("w", {.dtype = DType::f32, .shape = {3}});
    const ValueRef sum = sketch.add(OpCode::add, {x, w});
    sketch.output("y", sketch.add(OpCode::mul, {sum, *sketch.builder().f32(2.5F)}));
    const CheckedProgram program = sketch.finish();
    const Bytes data(12, 0x3f);

    const ExportedModel apart = exported(program);
    const TensorType vector{.dtype = DType::f32, .shape = {3}};
    const ExportedModel whole = exported(program, {.weights = {{"w", {vector, data}}}});

    const Result<Model> one = read_model(apart.file);
    const Result<Model> other = read_model(whole.file);
    ASSERT_TRUE(one.has_value() && other.has_value());
    EXPECT_EQ(one->graph.inputs.size(), 2U);
    EXPECT_EQ(one->graph.initialisers.size(), 1U);
    EXPECT_EQ(other->graph.inputs.size(), 1U);
    ASSERT_EQ(other->graph.initialisers.size(), 2U);
    const Result<Tensor> weight = read_tensor(other->graph.initialisers[0].bytes, nullptr);
    ASSERT_TRUE(weight.has_value());
    EXPECT_EQ(weight->type.text(), "f32[3]");
    EXPECT_EQ(weight->data, data);
}

TEST(Export, refuses_weights_that_are_no_inputs) {
    Sketch sketch;
    sketch.output("y", sketch.add(OpCode::exp, {sketch.input("x")}));
    const CheckedProgram program = sketch.finish();
    const Bytes data(24);

    const auto none = export_program(program, {.weights = {{"z", {matrix, data}}}});
    const auto other =
        export_program(program, {.weights = {{"x", {{.dtype = DType::f32, .shape = {6}}, data}}}});

    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(none.error().message(), "the program has no input 'z'");
    EXPECT_EQ(none.error().code(), ErrorCode::invalid);
    ASSERT_FALSE(other.has_value());
    EXPECT_EQ(other.error().message(), "24 bytes of f32[6] for the input 'x', f32[2,3]");
}

TEST(Export, writes_no_file_over_its_limit) {
    Sketch sketch;
    sketch.output("y", sketch.add(OpCode::exp, {sketch.input("x")}));
    const CheckedProgram program = sketch.finish();
    const std::size_t size = exported(program).file.size();

    const auto fits = export_program(program, {.file_bytes_max = size});
    const auto over = export_program(program, {.file_bytes_max = size - 1});

    EXPECT_TRUE(fits.has_value());
    ASSERT_FALSE(over.has_value());
    EXPECT_EQ(over.error().code(), ErrorCode::too_large);
    EXPECT_EQ(
        over.error().message(),
        fmt::format("a model of {} bytes, at most {} are written", size, size - 1)
    );
}

TEST(Export, writes_functions_or_their_bodies) {
    Sketch sketch;
    const ValueRef x = sketch.input("x");
    sketch.output("y", sketch.add(OpCode::silu, {sketch.add(OpCode::fma, {x, x, x})}));
    const CheckedProgram program = sketch.finish();

    const ExportedModel model = exported(program);
    const ExportedModel inlined = exported(program, {.inlines_functions = true});

    EXPECT_EQ(text_of(model), "Fma x x x -> node_0; Silu node_0 -> y");
    const Result<Model> read = read_model(model.file);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->function_count, 2U);
    ASSERT_EQ(read->operator_sets.size(), 2U);
    EXPECT_EQ(read->operator_sets[1].domain, function_domain);
    EXPECT_EQ(
        text_of(inlined),
        "Mul x x -> node_0.1; Add node_0.1 x -> node_0; Sigmoid node_0 -> node_1.1; "
        "Mul node_0 node_1.1 -> y"
    );
    EXPECT_EQ(read_model(inlined.file)->function_count, 0U);
}

TEST(Export, keeps_channels_first_between_convolutions) {
    Sketch sketch;
    const ValueRef x = sketch.input("x", {.dtype = DType::f32, .shape = {1, 4, 4, 2}});
    const ValueRef w = sketch.input("w", {.dtype = DType::f32, .shape = {2, 1, 1, 2}});
    const std::vector<std::int64_t> relu = {1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0x011f, 1};
    const ValueRef first = sketch.add(OpCode::conv_f32, {x, w}, relu);
    sketch.output("y", sketch.add(OpCode::conv_f32, {first, w}, relu));

    EXPECT_EQ(
        text_of(exported(sketch.finish())),
        "Transpose x -> node_0.1; Transpose w -> node_0.2; Conv node_0.1 node_0.2 -> node_0.3; "
        "Relu node_0.3 -> node_0.4; Transpose w -> node_1.1; Conv node_0.4 node_1.1 -> node_1.2; "
        "Relu node_1.2 -> node_1.3; Transpose node_1.3 -> y"
    );
}

TEST(Export, of_a_constant_bool_that_is_neither_0_nor_1_writes_1) {
    Sketch sketch;
    const TensorType flags{.dtype = DType::boolean, .shape = {3}};
    const ValueRef constant = *sketch.builder().constant(flags, Bytes{0, 1, 200});
    const ValueRef x = sketch.input("x", flags);
    sketch.output("y", sketch.add(OpCode::bit_and, {constant, x}));

    const ExportedModel model = exported(sketch.finish());

    const Result<Model> read = read_model(model.file);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read_tensor(read->graph.initialisers[0].bytes, nullptr)->data, (Bytes{0, 1, 1}));
}

TEST(Export, refuses_what_goes_through_a_tensor_that_is_too_large) {
    Program program;
    const TensorType huge{.dtype = DType::bf16, .shape = {1 << 20, 1 << 13}};
    program.inputs = {{.name = "x", .type = huge}};
    program.nodes = {{.op = OpCode::sin, .operands = {{ValueKind::input, 0}}}};
    program.outputs = {{.name = "y", .value = {ValueKind::node, 0}}};

    const ExportedModel model = exported(checked(program));

    ASSERT_EQ(model.unsupported.size(), 1U);
    EXPECT_TRUE(model.unsupported[0].reason.starts_with("it goes through f32: "));
}

}  // namespace
}  // namespace steelyard::vm::onnx
