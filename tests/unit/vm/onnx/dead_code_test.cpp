#include "vm/onnx/dead_code.h"

#include "vm/build/builder.h"
#include "vm/check/checked_program.h"

#include <gtest/gtest.h>

namespace steelyard::vm::onnx {
namespace {

const TensorType vector_type{.dtype = DType::f32, .shape = {4}};

TEST(DeadCode, goes_with_its_constants_and_inputs) {
    Builder builder;
    const ValueRef a = *builder.input("a", vector_type);
    const ValueRef unused = *builder.input("unused", vector_type);
    const ValueRef kept = *builder.input("kept", vector_type);
    builder.add(OpCode::reshape, {unused}, {2, 2}).value();
    builder.i64(7).value();
    const ValueRef one = *builder.add(OpCode::reshape, {a}, {2, 2});
    builder.add(OpCode::reshape, {kept}, {1, 4}).value();
    ASSERT_TRUE(builder.output("x", one).has_value());
    Program program = std::move(builder).finish();

    const auto numbers = remove_dead_code(program, {false, true, false});

    EXPECT_EQ(numbers, (std::vector<std::uint32_t>{0, 2}));
    EXPECT_EQ(program.nodes.size(), 1U);
    EXPECT_TRUE(program.constants.empty());
    EXPECT_EQ(program.outputs[0].value, (ValueRef{ValueKind::node, 0}));
    EXPECT_TRUE(CheckedProgram::check(program).has_value());
}

TEST(DeadCode, goes_out_of_loops_and_takes_whole_loops) {
    Builder builder;
    const ValueRef a = *builder.input("a", vector_type);
    for (int round = 0; round < 2; ++round) {
        const std::vector<ValueRef> initial = {a, a};
        const LoopStart loop = *builder.begin_loop(3, initial);
        const ValueRef first = *builder.add(OpCode::reshape, {loop.carries[0]}, {4});
        const ValueRef second = *builder.add(OpCode::reshape, {loop.carries[1]}, {4});
        const std::vector<ValueRef> next = {first, second};
        const auto results = *builder.end_loop(next);
        if (round == 1) {
            ASSERT_TRUE(builder.output("x", results[1]).has_value());
        }
    }
    Program program = std::move(builder).finish();

    remove_dead_code(program, {false});

    ASSERT_EQ(program.loops.size(), 1U);
    EXPECT_EQ(program.loops[0], (Loop{.first_node = 0, .end_node = 1, .trip_count = 3}));
    ASSERT_EQ(program.carries.size(), 1U);
    EXPECT_EQ(program.carries[0].loop, 0U);
    EXPECT_EQ(program.carries[0].next, (ValueRef{ValueKind::node, 0}));
    EXPECT_TRUE(CheckedProgram::check(program).has_value());
}

}  // namespace
}  // namespace steelyard::vm::onnx
