// What breaks a rule of doc/spec/vm.md, and how it is told.
#include "vm/build/builder.h"
#include "vm/check/checked_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TensorType bytes_of(std::uint64_t size) {
    return {.dtype = DType::u8, .shape = {size}};
}

ValueRef node(std::uint32_t index) {
    return {ValueKind::node, index};
}

ValueRef carry(std::uint32_t index) {
    return {ValueKind::carry, index};
}

ValueRef result(std::uint32_t index) {
    return {ValueKind::result, index};
}

ValueRef counter(std::uint32_t index) {
    return {ValueKind::counter, index};
}

constexpr ValueRef x = {ValueKind::input, 0};

Node pass(ValueRef value) {
    return {.op = OpCode::reshape, .operands = {value}, .attributes = {4}};
}

/// Node 0; loop 0 of nodes 1 to 4, which holds loop 1 of node 2; loop 2 of node 5; node 6. Carries
/// 0, 1, 2 of loops 0, 1, 2.
Program good_program() {
    Program program;
    program.inputs = {{.name = "x", .type = bytes_of(4)}};
    program.constants = {{.type = bytes_of(4), .data = {1, 2, 3, 4}}};
    program.nodes = {
        pass(x),
        pass(carry(0)),
        pass(carry(1)),
        pass(result(1)),
        pass(node(1)),
        pass(carry(2)),
        pass(result(2))
    };
    program.loops = {
        {.first_node = 1, .end_node = 5, .trip_count = 3},
        {.first_node = 2, .end_node = 3, .trip_count = 2},
        {.first_node = 5, .end_node = 6, .trip_count = 4}
    };
    program.carries = {
        {.loop = 0, .initial = node(0), .next = result(1)},
        {.loop = 1, .initial = node(1), .next = node(2)},
        {.loop = 2, .initial = result(0), .next = node(5)}
    };
    program.outputs = {{.name = "y", .value = node(6)}, {.name = "z", .value = result(0)}};
    return program;
}

std::string refusal(Program program) {
    const Result<CheckedProgram> checked = CheckedProgram::check(std::move(program));
    return checked ? "" : checked.error().message();
}

std::string refusal_of_operand(std::uint32_t reader, ValueRef value) {
    Program program = good_program();
    program.nodes[reader].operands[0] = value;
    return refusal(std::move(program));
}

TEST(ProgramRules, LetARightProgramPass) {
    EXPECT_EQ(refusal(good_program()), "");
    for (const ValueRef value :
         {x, ValueRef{ValueKind::constant, 0}, node(0), carry(0), carry(1), node(1)}) {
        EXPECT_EQ(refusal_of_operand(2, value), "");
    }
}

TEST(ProgramRules, LetNodesReadOnlyWhatIsInReach) {
    const auto told = [](std::uint32_t reader, ValueRef value) {
        return refusal_of_operand(reader, value);
    };
    EXPECT_EQ(
        told(0, node(0)),
        "node 0 (reshape): operand 0: node 0 cannot be read here: it does not run before"
    );
    EXPECT_THAT(told(0, node(~0U)), HasSubstr("it does not run before"));
    EXPECT_EQ(
        told(6, node(1)),
        "node 6 (reshape): operand 0: node 1 cannot be read here: it is in a loop that is over"
    );
    EXPECT_THAT(told(3, node(2)), HasSubstr("it is in a loop that is over"));
    EXPECT_THAT(told(0, {ValueKind::input, 1}), HasSubstr("there is no input 1"));
    EXPECT_THAT(told(0, {ValueKind::constant, 1}), HasSubstr("there is no constant 1"));
    EXPECT_THAT(told(0, carry(3)), HasSubstr("there is no carry 3"));
    EXPECT_THAT(told(0, result(3)), HasSubstr("there is no the result of carry 3"));
    EXPECT_THAT(told(0, counter(3)), HasSubstr("there is no the counter of loop 3"));
    EXPECT_THAT(told(0, {static_cast<ValueKind>(6), 0}), HasSubstr("a value of kind 6"));
    EXPECT_THAT(told(0, carry(0)), HasSubstr("carry 0 cannot be read here: its loop is elsewhere"));
    EXPECT_THAT(told(3, carry(1)), HasSubstr("its loop is elsewhere"));
    EXPECT_THAT(told(2, result(1)), HasSubstr("its loop is not over"));
    EXPECT_THAT(told(0, result(2)), HasSubstr("its loop is not over"));
    EXPECT_THAT(told(6, result(1)), HasSubstr("it is in a loop that is over"));
    EXPECT_THAT(told(6, counter(2)), HasSubstr("its loop is elsewhere"));
    EXPECT_THAT(told(1, counter(1)), HasSubstr("its loop is elsewhere"));
}

TEST(ProgramRules, KnowTheCounterAsANumber) {
    EXPECT_EQ(
        refusal_of_operand(2, counter(0)),
        "node 2 (reshape): of i64[]: i64[] does not reshape to i64[4]"
    );
}

std::string refusal_of_loop(std::uint32_t loop, const Loop& changed) {
    Program program = good_program();
    program.loops[loop] = changed;
    return refusal(std::move(program));
}

TEST(ProgramRules, KeepLoopsInOneAnotherOrApart) {
    EXPECT_EQ(refusal_of_loop(1, {2, 3, 0}), "loop 1: 0 iterations, 1 to 2147483647 are allowed");
    EXPECT_THAT(refusal_of_loop(1, {2, 3, ~0U}), StartsWith("loop 1: 4294967295 iterations"));
    EXPECT_EQ(refusal_of_loop(1, {2, 2, 1}), "loop 1: of nodes 2 to 2, there are 7");
    EXPECT_THAT(refusal_of_loop(1, {3, 2, 1}), StartsWith("loop 1: of nodes 3 to 2"));
    EXPECT_THAT(refusal_of_loop(2, {5, 8, 1}), StartsWith("loop 2: of nodes 5 to 8"));
    EXPECT_EQ(
        refusal_of_loop(1, {2, 6, 1}),
        "loop 1: is neither within loop 0 nor apart from it nor before it"
    );
    EXPECT_EQ(refusal_of_loop(2, {0, 1, 1}), "loop 2: begins before loop 1");
    EXPECT_THAT(refusal_of_loop(1, {1, 6, 1}), HasSubstr("neither within loop 0"));
}

TEST(ProgramRules, LetLoopsBeginTogetherFourDeep) {
    Program program;
    program.inputs = {{.name = "x", .type = bytes_of(4)}};
    program.nodes = {pass(x)};
    program.loops.resize(4, {.first_node = 0, .end_node = 1, .trip_count = 2});
    for (std::uint32_t loop = 0; loop < 4; ++loop) {
        program.carries.push_back(
            {.loop = loop,
             .initial = loop == 0 ? x : carry(loop - 1),
             .next = loop == 3 ? node(0) : result(loop + 1)}
        );
    }
    program.outputs = {{.name = "y", .value = result(0)}};
    EXPECT_EQ(refusal(program), "");
    program.loops.push_back(program.loops[0]);
    EXPECT_EQ(refusal(program), "loop 4: more than 4 loops in one another");
}

std::string refusal_of_carry(std::uint32_t index, const Carry& changed) {
    Program program = good_program();
    program.carries[index] = changed;
    return refusal(std::move(program));
}

TEST(ProgramRules, BindCarriesToTheirLoops) {
    EXPECT_EQ(refusal_of_carry(2, {3, x, node(5)}), "carry 2: there is no loop 3");
    EXPECT_EQ(refusal_of_carry(2, {0, x, node(1)}), "carry 2: of loop 0, after a carry of loop 1");
    EXPECT_THAT(refusal_of_carry(0, {0, node(1), result(1)}), HasSubstr("it does not run before"));
    EXPECT_EQ(
        refusal_of_carry(0, {0, carry(0), result(1)}),
        "initial value of carry 0: carry 0 cannot be read here: its loop is elsewhere"
    );
    EXPECT_THAT(
        refusal_of_carry(0, {0, counter(0), result(1)}), HasSubstr("its loop is elsewhere")
    );
    EXPECT_THAT(refusal_of_carry(2, {2, result(1), node(5)}), HasSubstr("a loop that is over"));
    EXPECT_EQ(
        refusal_of_carry(0, {0, node(0), node(2)}),
        "carry 0: its next value, node 2, is neither a node of loop 0 nor the result of a loop "
        "directly in it"
    );
    for (const ValueRef next :
         {x, node(0), node(5), node(~0U), carry(0), result(0), result(2), result(~0U), counter(0)
         }) {
        EXPECT_THAT(refusal_of_carry(0, {0, node(0), next}), HasSubstr("neither a node of loop 0"));
    }
    EXPECT_EQ(refusal_of_carry(0, {0, node(0), node(4)}), "");
}

TEST(ProgramRules, KeepTheTypeOfACarry) {
    Program program = good_program();
    program.inputs.push_back({.name = "w", .type = bytes_of(8)});
    program.carries[2].initial = {ValueKind::input, 1};
    program.nodes[5] = pass(x);
    program.nodes[6] = pass(x);
    EXPECT_EQ(refusal(program), "carry 2 is u8[8], its next value u8[4]");
    program.inputs[1].type = {.dtype = DType::i8, .shape = {4}};
    EXPECT_EQ(refusal(program), "carry 2 is i8[4], its next value u8[4]");
}

TEST(ProgramRules, TakeOutputsFromOutsideOfLoops) {
    Program program = good_program();
    for (const ValueRef value :
         {x,
          ValueRef{ValueKind::constant, 0},
          node(1),
          node(~0U),
          carry(0),
          result(1),
          result(3),
          counter(0)}) {
        program.outputs[0].value = value;
        EXPECT_THAT(refusal(program), HasSubstr("output 'y': ")) << static_cast<int>(value.kind);
    }
    program.outputs.clear();
    EXPECT_EQ(refusal(program), "a program without outputs");
    EXPECT_EQ(refusal({}), "a program without outputs");
}

TEST(ProgramRules, KnowOperatorsVersionsAndBounds) {
    Program program = good_program();
    program.nodes[1].version = 2;
    EXPECT_EQ(refusal(program), "node 1 (reshape): operator 1024 of version 2 is not known");
    program = good_program();
    program.nodes[1].op = static_cast<OpCode>(7);
    EXPECT_EQ(refusal(program), "node 1 (unknown): operator 7 of version 1 is not known");
    program = good_program();
    program.nodes[1].attributes = {5};
    EXPECT_EQ(refusal(program), "node 1 (reshape): of u8[4]: u8[4] does not reshape to u8[5]");
    program = good_program();
    program.nodes[1].bound_bits = default_bound_bits;
    EXPECT_EQ(refusal(program), "node 1 (reshape): a bound of bits 47800000 for u8[4]");
    for (const auto& [bits, is_good] : std::vector<std::pair<std::uint32_t, bool>>{
             {0, false},
             {1, true},
             {default_bound_bits, true},
             {unbounded_bits, true},
             {unbounded_bits + 1, false},
             {0x7fc00000, false},
             {0xc7800000, false}
         }) {
        program = good_program();
        program.inputs[0].type.dtype = DType::f32;
        for (Node& each : program.nodes) {
            each.bound_bits = bits;
        }
        EXPECT_EQ(refusal(program).empty(), is_good) << bits;
    }
}

TEST(ProgramRules, HoldTheLimitsOfTheFormat) {
    Program program = good_program();
    program.outputs[1].name = "y";
    EXPECT_EQ(refusal(program), "two outputs are called 'y'");
    program = good_program();
    program.constants[0].data.clear();
    EXPECT_EQ(refusal(program), "0 bytes for a constant u8[4]");
}

TEST(CheckedProgram, TellsTypesAndCalls) {
    const Result<CheckedProgram> checked = CheckedProgram::check(good_program());
    ASSERT_TRUE(checked.has_value());
    EXPECT_EQ(checked->type(x), bytes_of(4));
    EXPECT_EQ(checked->type({ValueKind::constant, 0}), bytes_of(4));
    EXPECT_EQ(checked->type(carry(1)), bytes_of(4));
    EXPECT_EQ(checked->type(result(1)), bytes_of(4));
    EXPECT_EQ(checked->type(node(3)), bytes_of(4));
    EXPECT_EQ(checked->type(counter(0)), (TensorType{.dtype = DType::i64, .shape = {}}));
    const NodeCall call = checked->call(2);
    EXPECT_EQ(call.op, OpCode::reshape);
    ASSERT_EQ(call.operands.size(), 1U);
    EXPECT_EQ(call.operands[0], bytes_of(4));
    EXPECT_EQ(call.output, bytes_of(4));
    EXPECT_EQ(call.attributes[0], 4);
    EXPECT_EQ(checked->program(), good_program());
    EXPECT_EQ(checked->step_count(), 1U + 3 * (3 + 2) + 4 + 1);
}

TEST(CheckedProgram, CountsMemoryAndCommitmentOfEveryStep) {
    const Result<CheckedProgram> checked = CheckedProgram::check(good_program());
    ASSERT_TRUE(checked.has_value());
    const std::uint64_t own = checked->op(0).gas(checked->call(0));
    EXPECT_EQ(checked->step_gas(0), own + 2 * 4 + 1024 * 23 + 10'000);
    EXPECT_EQ(checked->work_units(), 1U);
}

TEST(CheckedProgram, BoundsProbes) {
    const Result<CheckedProgram> checked = CheckedProgram::check(good_program());
    ASSERT_TRUE(checked.has_value());
    EXPECT_EQ(checked->grid(0).rows, 2U);
    EXPECT_EQ(checked->grid(0).columns, 2U);
    const ProbeCost own = checked->op(0).probe(checked->call(0), checked->grid(0));
    EXPECT_EQ(checked->probe_cost(0).chunks, own.chunks + 1);
    EXPECT_EQ(checked->probe_cost(0).bytes, own.bytes + 1024);
    EXPECT_GT(checked->probe_cost(0).gas, own.gas + 32);
}

/// One operator on rows of f32.
Program of_rows(OpCode op, std::uint64_t columns) {
    Builder builder;
    const ValueRef rows = *builder.input("x", {.dtype = DType::f32, .shape = {3, columns}});
    EXPECT_TRUE(builder.output("y", *builder.add(op, {rows})).has_value());
    return std::move(builder).finish();
}

TEST(CheckedProgram, RefusesProbesThatOpenTooMuchOrCostTooMuch) {
    // What a sum opens is over its bytes first, what a softmax computes over its gas.
    for (const OpCode op : {OpCode::reduce_sum, OpCode::softmax}) {
        std::uint64_t fits = 1;
        std::uint64_t over = 1'000'000;
        while (over - fits > 1) {
            const std::uint64_t middle = (fits + over) / 2;
            (CheckedProgram::check(of_rows(op, middle)).has_value() ? fits : over) = middle;
        }
        const CheckedProgram widest = *CheckedProgram::check(of_rows(op, fits));
        EXPECT_EQ(widest.grid(0).rows, 1U);
        EXPECT_LE(widest.probe_cost(0).bytes, 131'072U);
        EXPECT_LE(widest.probe_cost(0).gas, 50'000U);
        const bool is_wide = widest.probe_cost(0).bytes > 129'000;
        const bool is_dear = widest.probe_cost(0).gas > 49'900;
        EXPECT_EQ(is_wide, op == OpCode::reduce_sum);
        EXPECT_EQ(is_dear, op == OpCode::softmax);
        EXPECT_THAT(
            refusal(of_rows(op, over)),
            testing::AllOf(
                HasSubstr("a probe of one element of f32[3"),
                HasSubstr("gas, at most 131072 and 50000")
            )
        );
    }
}

TEST(CheckedProgram, TakesAMillionNodes) {
    Program program;
    program.inputs = {{.name = "x", .type = bytes_of(4)}};
    // Half a million values, of which one after the other dies somewhere.
    constexpr std::uint32_t half = node_count_max / 2;
    for (std::uint32_t index = 0; index < node_count_max; ++index) {
        program.nodes.push_back(pass(index < half ? x : node(index * 40503 % half)));
    }
    program.outputs = {{.name = "y", .value = node(node_count_max - 1)}};
    const Result<CheckedProgram> checked = CheckedProgram::check(std::move(program));
    ASSERT_TRUE(checked.has_value());
    EXPECT_EQ(checked->step_count(), node_count_max);
    EXPECT_EQ(checked->step(12345).node, 12345U);
}

}  // namespace
}  // namespace steelyard::vm
