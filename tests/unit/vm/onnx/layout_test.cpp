// Models have channels first, the VM has them last: what is left of the transposes between.
#include "vm/onnx/import.h"

#include "model_writer.h"
#include "vm/check/checked_program.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace steelyard::vm::onnx {
namespace {

using namespace test;

constexpr std::int64_t f32_type = 1;

/// f32 zeros as an initialiser.
Bytes weights(std::string_view name, const std::vector<std::int64_t>& dimensions) {
    std::size_t count = 1;
    Bytes packed;
    for (const std::int64_t dimension : dimensions) {
        append_uvarint(packed, static_cast<std::uint64_t>(dimension));
        count *= static_cast<std::size_t>(dimension);
    }
    ProtoWriter writer;
    writer.message(1, packed);
    writer.int64(2, f32_type);
    writer.string(8, name);
    writer.message(9, Bytes(4 * count));
    return std::move(writer).take();
}

Program program_of(const GraphParts& parts) {
    Result<ImportedModel> imported = import_model(model(parts), {});
    EXPECT_TRUE(imported.has_value()) << imported.error().message();
    for (const UnsupportedNode& one : imported->unsupported) {
        ADD_FAILURE() << one.name << " " << one.op << ": " << one.reason;
    }
    EXPECT_TRUE(CheckedProgram::check(imported->program).has_value());
    return imported->program;
}

std::ptrdiff_t count_of(const Program& program, OpCode code) {
    return std::ranges::count(program.nodes, code, &vm::Node::op);
}

const Bytes same_pads = integers_attribute("pads", {1, 1, 1, 1});

TEST(Layout, a_residual_block_has_a_transpose_at_its_ends_only) {
    const Program program = program_of({
        .nodes =
            {node("Conv", {"x", "w1"}, {"a"}, {same_pads}),
             node("BatchNormalization", {"a", "g", "b", "m", "v"}, {"n"}),
             node("Relu", {"n"}, {"r"}),
             node("Conv", {"r", "w2"}, {"c"}, {same_pads}),
             node("Add", {"c", "r"}, {"s"}),
             node("LeakyRelu", {"s"}, {"l"}),
             node("Concat", {"l", "r"}, {"j"}, {integer_attribute("axis", 1)}),
             node("MaxPool", {"j"}, {"y"}, {integers_attribute("kernel_shape", {2, 2})})},
        .initialisers =
            {weights("w1", {8, 3, 3, 3}),
             weights("w2", {8, 8, 3, 3}),
             weights("g", {8}),
             weights("b", {8}),
             weights("m", {8}),
             weights("v", {8})},
        .inputs = {value_info("x", f32_type, {"2", "3", "6", "5"})},
        .outputs = {value_info("y", f32_type, {})},
    });

    EXPECT_EQ(count_of(program, OpCode::transpose), 2);
    EXPECT_EQ(program.nodes.front().op, OpCode::transpose);
    EXPECT_EQ(program.nodes.back().op, OpCode::transpose);
    // The normalisation is in the weights of the first convolution, and its relu too.
    EXPECT_EQ(count_of(program, OpCode::fma), 0);
    EXPECT_EQ(count_of(program, OpCode::relu), 0);
    EXPECT_EQ(count_of(program, OpCode::conv_f32), 2);
    EXPECT_EQ(program.inputs.size(), 2U);  // w2's 2,304 bytes are a weight, all else constants
}

TEST(Layout, transposes_that_move_nothing_are_shapes) {
    const Program program = program_of({
        .nodes = {node("GlobalAveragePool", {"x"}, {"p"}), node("Flatten", {"p"}, {"y"})},
        .inputs = {value_info("x", f32_type, {"2", "3", "6", "5"})},
        .outputs = {value_info("y", f32_type, {})},
    });

    EXPECT_EQ(count_of(program, OpCode::transpose), 0);
    EXPECT_EQ(count_of(program, OpCode::reshape), 1);  // to rows; what they give is flat already
    EXPECT_EQ(count_of(program, OpCode::reduce_mean), 1);
}

TEST(Layout, an_operand_of_another_layout_keeps_its_transpose) {
    const Program program = program_of({
        .nodes =
            {node("Transpose", {"x"}, {"t"}, {integers_attribute("perm", {1, 0})}),
             node("Add", {"t", "z"}, {"y"})},
        .inputs = {value_info("x", f32_type, {"2", "3"}), value_info("z", f32_type, {"3", "2"})},
        .outputs = {value_info("y", f32_type, {})},
    });

    ASSERT_EQ(program.nodes.size(), 2U);
    EXPECT_EQ(program.nodes[0].op, OpCode::transpose);
    EXPECT_EQ(program.nodes[1].op, OpCode::add);
}

TEST(Layout, biases_and_relus_join_products) {
    const Program program = program_of({
        .nodes =
            {node("MatMul", {"x", "w"}, {"a"}),
             node("Add", {"b", "a"}, {"s"}),
             node("Relu", {"s"}, {"r"}),
             node("MatMul", {"r", "v"}, {"t"}),
             node("Relu", {"t"}, {"y"}),
             node("Add", {"t", "b"}, {"z"})},
        .initialisers = {weights("w", {4, 8}), weights("v", {8, 8}), weights("b", {8})},
        .inputs = {value_info("x", f32_type, {"2", "3", "4"})},
        .outputs = {value_info("y", f32_type, {}), value_info("z", f32_type, {})},
    });

    ASSERT_EQ(program.nodes.size(), 4U);
    EXPECT_EQ(program.nodes[0].op, OpCode::gemm_f32);
    EXPECT_EQ(program.nodes[0].operands.size(), 3U);
    EXPECT_EQ(program.nodes[0].attributes[0], static_cast<std::int64_t>(OpCode::relu));
    // Two read the second product: it stays as it is.
    EXPECT_EQ(program.nodes[1].op, OpCode::gemm_f32);
    EXPECT_EQ(program.nodes[1].operands.size(), 2U);
    EXPECT_EQ(program.nodes[2].op, OpCode::relu);
    EXPECT_EQ(program.nodes[3].op, OpCode::add);
}

TEST(Layout, the_bound_is_what_the_caller_says) {
    const Bytes file = model({
        .nodes =
            {node("Relu", {"x"}, {"y"}), node("Shape", {"x"}, {"s"}), node("Not", {"b"}, {"n"})},
        .inputs = {value_info("x", f32_type, {"2"}), value_info("b", 9, {"2"})},
        .outputs = {value_info("y", f32_type, {}), value_info("s", 7, {}), value_info("n", 9, {})},
    });

    const ImportedModel usual = import_model(file, {}).value();
    const ImportedModel none = import_model(file, {.bound_bits = unbounded_bits}).value();

    ASSERT_EQ(usual.program.nodes.size(), 3U);
    EXPECT_EQ(usual.program.nodes[0].bound_bits, default_bound_bits);
    EXPECT_EQ(usual.program.nodes[1].bound_bits, unbounded_bits);
    EXPECT_EQ(none.program.nodes[0].bound_bits, unbounded_bits);
}

}  // namespace
}  // namespace steelyard::vm::onnx
