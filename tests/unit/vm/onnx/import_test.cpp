#include "vm/onnx/import.h"

#include "model_writer.h"

#include <gtest/gtest.h>

namespace steelyard::vm::onnx {
namespace {

using namespace test;

constexpr std::int64_t f32_type = 1;
constexpr std::int64_t i64_type = 7;

ImportedModel imported(const Bytes& file, const ImportOptions& options = {}) {
    Result<ImportedModel> model = import_model(file, options);
    EXPECT_TRUE(model.has_value()) << model.error().message();
    return model ? *std::move(model) : ImportedModel{};
}

std::string refusal(const Bytes& file, const ImportOptions& options = {}) {
    const Result<ImportedModel> model = import_model(file, options);
    return model ? "" : model.error().message();
}

std::vector<OpCode> ops_of(const Program& program) {
    std::vector<OpCode> out;
    for (const vm::Node& one : program.nodes) {
        out.push_back(one.op);
    }
    return out;
}

TEST(Import, names_inputs_and_outputs_as_a_program_can) {
    const Bytes file = model({
        .nodes = {node("Flatten", {"in/put"}, {"out/put"})},
        .inputs = {value_info("in/put", f32_type, {"2", "3", "4"})},
        .outputs = {value_info("out/put", f32_type, {})},
    });

    const ImportedModel out = imported(file);

    EXPECT_EQ(out.inputs, (std::vector<NamePair>{{"in/put", "in_put"}}));
    EXPECT_EQ(out.outputs, (std::vector<NamePair>{{"out/put", "out_put"}}));
    EXPECT_EQ(out.program.inputs[0].type.text(), "f32[2,3,4]");
    ASSERT_EQ(ops_of(out.program), (std::vector{OpCode::reshape}));
    EXPECT_EQ(out.program.nodes[0].attributes, (std::vector<std::int64_t>{2, 12}));
    EXPECT_EQ(out.program.nodes[0].bound_bits, default_bound_bits);
}

TEST(Import, takes_sizes_of_dimensions_and_shapes_from_its_options) {
    const Bytes file = model({
        .nodes = {node("Flatten", {"a"}, {"x"}), node("Flatten", {"b"}, {"y"})},
        .inputs = {value_info("a", f32_type, {"N", "3"}), value_info("b", f32_type, {"?"})},
        .outputs = {value_info("x", f32_type, {}), value_info("y", f32_type, {})},
    });

    const ImportedModel none = imported(file);
    const ImportedModel all =
        imported(file, {.dimensions = {{"N", 7}}, .shapes = {{"b", Shape{5, 6}}}});

    const std::vector<UnsupportedNode> wanted = {
        {"a", "input", "dimension 0 ('N') has no size: name it"},
        {"b", "input", "dimension 0 ('?') has no size: name it"},
    };
    EXPECT_EQ(none.unsupported, wanted);
    EXPECT_EQ(none.program, Program{});
    EXPECT_EQ(all.program.inputs[0].type.text(), "f32[7,3]");
    EXPECT_EQ(all.program.inputs[1].type.text(), "f32[5,6]");
    EXPECT_EQ(refusal(file, {.shapes = {{"c", Shape{1}}}}), "the model has no input 'c'");
    EXPECT_EQ(
        refusal(file, {.dimensions = {{"M", 7}}}), "no input of the model has a dimension 'M'"
    );
    EXPECT_EQ(
        all.notes,
        (std::vector<std::string>{"input 'b' is f32[5,6], of other sizes than the model's"})
    );
    EXPECT_EQ(
        imported(file, {.shapes = {{"a", Shape{7, 4}}, {"b", Shape{5}}}}).notes,
        (std::vector<std::string>{"input 'a' is f32[7,4], of other sizes than the model's"})
    );
}

TEST(Import, lists_each_node_that_it_has_no_way_for) {
    const Bytes file = model({
        .nodes =
            {node("Frobnicate", {"a"}, {"x"}),
             node("Flatten", {"x"}, {"y"}),
             node("Grate", {"y"}, {"z"}),
             node("Flatten", {"a"}, {"w"}, {integer_attribute("axis", 9)})},
        .inputs = {value_info("a", f32_type, {"2"})},
        .outputs = {value_info("z", f32_type, {})},
    });

    const std::vector<UnsupportedNode> wanted = {
        {"x", "Frobnicate", "there is no import of it in opset 13"},
        {"z", "Grate", "there is no import of it in opset 13"},
        {"w", "Flatten", "axis 9 of f32[2]"},
    };
    EXPECT_EQ(imported(file).unsupported, wanted);
}

TEST(Import, names_the_inputs_that_decide_shapes) {
    const Bytes file = model({
        .nodes =
            {node("Concat", {"s/1", "s2"}, {"shape"}, {integer_attribute("axis", 0)}),
             node("Reshape", {"a", "shape"}, {"x"})},
        .inputs =
            {value_info("a", f32_type, {"6"}),
             value_info("s/1", i64_type, {"1"}),
             value_info("s2", i64_type, {"1"})},
        .outputs = {value_info("x", f32_type, {})},
    });
    const Tensor two{.type = {DType::i64, Shape{1}}, .data = {2, 0, 0, 0, 0, 0, 0, 0}};
    const Tensor three{.type = {DType::i64, Shape{1}}, .data = {3, 0, 0, 0, 0, 0, 0, 0}};

    const ImportedModel open = imported(file);
    const ImportedModel bound = imported(file, {.constants = {{"s_1", two}, {"s2", three}}});
    Result<ImportedModel> run = import_for_inputs(
        file, {}, {{"a", {{DType::f32, Shape{6}}, Bytes(24)}}, {"s/1", two}, {"s2", three}}
    );

    EXPECT_EQ(open.shape_inputs, (std::vector<std::string>{"s/1", "s2"}));
    ASSERT_EQ(open.unsupported.size(), 1U);
    EXPECT_EQ(open.unsupported[0].reason, "input 1 must be known at import");
    ASSERT_EQ(ops_of(bound.program), (std::vector{OpCode::reshape}));
    EXPECT_EQ(bound.program.nodes[0].attributes, (std::vector<std::int64_t>{2, 3}));
    ASSERT_TRUE(run.has_value());
    EXPECT_EQ(run->program, bound.program);
    EXPECT_EQ(run->bound, (std::vector<NamePair>{{"s/1", "s_1"}, {"s2", "s2"}}));
    const Tensor narrow{.type = {DType::i32, Shape{1}}, .data = {2, 0, 0, 0}};
    EXPECT_EQ(refusal(file, {.constants = {{"s2", narrow}}}), "input 's2' is i64, bound to i32[1]");
}

TEST(Import, lets_neighbouring_transposes_and_reshapes_go) {
    const Bytes there = integers_attribute("perm", {0, 2, 1});
    const Bytes file = model({
        .nodes =
            {node("Transpose", {"a"}, {"b"}, {there}),
             node("Transpose", {"b"}, {"c"}, {there}),
             node("Flatten", {"c"}, {"d"}, {integer_attribute("axis", 0)}),
             node("Flatten", {"d"}, {"e"}, {integer_attribute("axis", 2)})},
        .inputs = {value_info("a", f32_type, {"2", "3", "4"})},
        .outputs = {value_info("e", f32_type, {})},
    });

    const ImportedModel out = imported(file);

    ASSERT_EQ(ops_of(out.program), (std::vector{OpCode::reshape}));
    EXPECT_EQ(out.program.nodes[0].operands[0], (ValueRef{ValueKind::input, 0}));
    EXPECT_EQ(out.program.nodes[0].attributes, (std::vector<std::int64_t>{24, 1}));
}

TEST(Import, keeps_large_initialisers_as_weights_and_folds_what_it_can) {
    const std::vector<std::int64_t> many(200, 1);
    const Bytes file = model({
        .nodes =
            {node("Transpose", {"w/1"}, {"turned"}),
             node("Concat", {"a", "turned"}, {"x"}, {integer_attribute("axis", 0)}),
             node("Concat", {"a", "small"}, {"y"}, {integer_attribute("axis", 0)})},
        .initialisers =
            {tensor("w/1", {20, 10}, many),
             tensor("unused", {200}, many),
             tensor("small", {1, 20}, std::vector<std::int64_t>(20, 2))},
        .inputs = {value_info("a", i64_type, {"1", "20"})},
        .outputs = {value_info("x", i64_type, {}), value_info("y", i64_type, {})},
    });

    const ImportedModel out = imported(file);

    EXPECT_EQ(ops_of(out.program), (std::vector{OpCode::concat, OpCode::concat}));
    ASSERT_EQ(out.weights.size(), 1U);
    EXPECT_EQ(out.weights[0].name, "w_1");
    EXPECT_EQ(out.weights[0].tensor.type.text(), "i64[10,20]");
    EXPECT_EQ(out.program.inputs.size(), 2U);
    EXPECT_EQ(out.program.inputs[1].name, "w_1");
    EXPECT_EQ(out.program.constants.size(), 1U);
}

TEST(Import, takes_the_branch_that_a_known_condition_says) {
    const Bytes same = graph({
        .nodes = {node("Identity", {"a"}, {"t"})},
        .outputs = {value_info("t", f32_type, {})},
    });
    const Bytes flat = graph({
        .nodes = {node("Flatten", {"a"}, {"f"})},
        .outputs = {value_info("f", f32_type, {})},
    });
    const Bytes file = model({
        .nodes = {node(
            "If",
            {"c"},
            {"x"},
            {graph_attribute("then_branch", flat), graph_attribute("else_branch", same)}
        )},
        .inputs = {value_info("a", f32_type, {"2", "3", "4"}), value_info("c", 9, {"1"})},
        .outputs = {value_info("x", f32_type, {})},
    });
    const Tensor yes{.type = {DType::boolean, Shape{1}}, .data = {1}};
    const Tensor no{.type = {DType::boolean, Shape{1}}, .data = {0}};

    const ImportedModel open = imported(file);

    EXPECT_EQ(open.shape_inputs, (std::vector<std::string>{"c"}));
    EXPECT_EQ(open.unsupported[0].reason, "the condition must be known at import");
    EXPECT_EQ(
        imported(file, {.constants = {{"c", yes}}}).program.nodes[0].attributes,
        (std::vector<std::int64_t>{2, 12})
    );
    EXPECT_EQ(
        imported(file, {.constants = {{"c", no}}}).program.nodes[0].attributes,
        (std::vector<std::int64_t>{2, 3, 4})
    );
}

TEST(Import, decodes_a_tensor_of_a_body_once_and_bounds_unrolled_loops) {
    const Bytes body = graph({
        .nodes = {node("Concat", {"v", "w"}, {"next"}, {integer_attribute("axis", 0)})},
        .initialisers = {tensor("w", {200}, std::vector<std::int64_t>(200, 1))},
        .inputs =
            {value_info("i", i64_type, {}), value_info("c", 9, {}), value_info("v", i64_type, {"1"})
            },
        .outputs = {value_info("c", 9, {}), value_info("next", i64_type, {})},
    });
    const auto file_of = [&](std::int64_t trips) {
        return model({
            .nodes = {node("Loop", {"n", "", "a"}, {"x"}, {graph_attribute("body", body)})},
            .initialisers = {tensor("n", {1}, {trips})},
            .inputs = {value_info("a", i64_type, {"1"})},
            .outputs = {value_info("x", i64_type, {})},
        });
    };

    const ImportedModel three = imported(file_of(3));

    EXPECT_EQ(three.program.nodes.size(), 3U);
    EXPECT_EQ(three.weights.size(), 1U);
    EXPECT_EQ(
        refusal(file_of(std::int64_t{1} << 60)), "more than 262144 nodes, unrolled ones included"
    );
}

TEST(Import, refuses_what_is_no_model) {
    const GraphParts parts{
        .nodes = {node("Flatten", {"nowhere"}, {"x"})},
        .outputs = {value_info("x", f32_type, {})},
    };

    EXPECT_EQ(refusal({}), "ModelProto: it has no graph");
    EXPECT_EQ(refusal(model({}, 18)), "opset 18, 1 to 17 are known");
    EXPECT_EQ(refusal(model({})), "the model puts nothing out");
    EXPECT_EQ(refusal(model(parts)), "node 'x': there is no 'nowhere' before it");
    EXPECT_EQ(
        refusal(model({.outputs = {value_info("x", f32_type, {})}})),
        "there is no 'x', which the model puts out"
    );
    EXPECT_EQ(
        refusal(model({.initialisers = {tensor("w", {3}, {1, 2})}})),
        "initialiser 'w': 16 bytes of elements for i64[3]"
    );
}

TEST(Import, bounds_how_deep_graphs_are_nested) {
    Bytes inner = graph({.nodes = {node("Identity", {"a"}, {"b"})}});
    for (int depth = 0; depth < 8; ++depth) {
        inner =
            graph({.nodes = {node("If", {"c"}, {"b"}, {graph_attribute("then_branch", inner)})}});
    }
    ProtoWriter writer;
    writer.message(7, inner);

    EXPECT_NE(
        refusal(std::move(writer).take()).find("graphs nested more than 8 deep"), std::string::npos
    );
}

TEST(Import, tells_what_differs_from_the_model) {
    const Bytes file = model({
        .nodes =
            {node("Exp", {"a"}, {"b"}),
             node("Exp", {"b"}, {"c"}),
             node("Cast", {"c"}, {"narrow"}, {integer_attribute("to", 1)}),
             node("MatMul", {"i", "i"}, {"product"})},
        .inputs = {value_info("a", 11, {"2"}), value_info("i", i64_type, {"2", "2"})},
        .outputs = {value_info("narrow", f32_type, {}), value_info("product", i64_type, {})},
    });

    const std::vector<std::string> wanted = {
        "Exp: f64 goes through f32 ('b' and 1 more)",
        "MatMul: integers are multiplied in f32: above 2^24 they are rounded ('product')",
    };
    EXPECT_EQ(imported(file).notes, wanted);
}

}  // namespace
}  // namespace steelyard::vm::onnx
