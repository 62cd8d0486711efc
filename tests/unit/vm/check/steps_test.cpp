// Steps, sources and gas against a run through all trips of all loops.
#include "tests/support/vm/random_programs.h"
#include "tests/unit/vm/check/unrolled.h"
#include "vm/build/builder.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

CheckedProgram checked(Program program) {
    Result<CheckedProgram> result = CheckedProgram::check(std::move(program));
    EXPECT_TRUE(result.has_value()) << result.error().message();
    return *std::move(result);
}

void expect_unrolled(const CheckedProgram& program, RandomSource& random) {
    std::uint64_t steps = 0;
    std::uint64_t gas = 0;
    std::vector<std::uint64_t> runs(program.program().nodes.size());
    const std::vector<Source> outputs = test::unroll(
        program.program(),
        {.on_copy = [](auto&&...) {},
         .on_step =
             [&](const Step& step, const std::vector<Source>& operands) {
                 ASSERT_EQ(program.step(steps), step) << "step " << steps;
                 ASSERT_EQ(program.index_of(step), steps);
                 for (std::size_t operand = 0; operand < operands.size(); ++operand) {
                     ASSERT_EQ(program.source(step, operand), operands[operand])
                         << "step " << steps << " operand " << operand;
                 }
                 const std::uint64_t own = program.step_gas(step.node);
                 ASSERT_EQ(program.step_at_gas(gas), steps);
                 ASSERT_EQ(program.step_at_gas(gas + random.below(own)), steps);
                 ASSERT_EQ(program.step_at_gas(gas + own - 1), steps);
                 ++steps;
                 ++runs[step.node];
                 gas += own;
             }}
    );
    EXPECT_EQ(program.step_count(), steps);
    EXPECT_EQ(program.gas(), gas);
    for (std::uint32_t node = 0; node < runs.size(); ++node) {
        EXPECT_EQ(program.repetitions(node), runs[node]);
    }
    for (std::size_t output = 0; output < outputs.size(); ++output) {
        EXPECT_EQ(program.source_of_output(output), outputs[output]);
    }
}

TEST(CheckedProgramSteps, AreThoseOfARun) {
    SeededRandom random(1);
    for (int round = 0; round < 300; ++round) {
        const test::ProgramShape shape{.nodes = 1 + random.below(40)};
        const CheckedProgram program = checked(test::random_program(random, shape));
        expect_unrolled(program, random);
        ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
    }
}

/// `depth` loops in one another around one node that passes a carry through all of them.
Program nested(std::uint32_t depth, std::uint64_t trips, std::uint32_t nodes = 1) {
    Builder builder;
    ValueRef value = *builder.input("x", {.dtype = DType::u8, .shape = {10}});
    for (std::uint32_t level = 0; level < depth; ++level) {
        value = builder.begin_loop(trips, {{value}})->carries[0];
    }
    for (std::uint32_t node = 0; node < nodes; ++node) {
        value = *builder.add(OpCode::reshape, {value}, {10});
    }
    for (std::uint32_t level = 0; level < depth; ++level) {
        value = builder.end_loop({{value}})->front();
    }
    EXPECT_TRUE(builder.output("y", value).has_value());
    return std::move(builder).finish();
}

TEST(CheckedProgramSteps, AreFoundInLoopsOfBillionsOfTrips) {
    const CheckedProgram program = checked(nested(1, trip_count_max, 2));
    constexpr std::uint64_t steps = 2 * std::uint64_t{trip_count_max};
    EXPECT_EQ(program.step_count(), steps);
    EXPECT_EQ(program.gas(), steps * program.step_gas(0));
    EXPECT_EQ(program.work_units(), (program.gas() + 999'999'999) / 1'000'000'000);
    const Step last{.node = 1, .iteration = {trip_count_max - 1}};
    EXPECT_EQ(program.step(steps - 1), last);
    EXPECT_EQ(program.index_of(last), steps - 1);
    EXPECT_EQ(program.step_at_gas(program.gas() - 1), steps - 1);
    EXPECT_EQ(
        program.source_of_output(0), (Source{.kind = Source::Kind::step, .index = steps - 1})
    );
    EXPECT_EQ(
        program.source({.node = 0, .iteration = {7}}, 0),
        (Source{.kind = Source::Kind::step, .index = 13})
    );
    EXPECT_EQ(
        program.source({.node = 0, .iteration = {0}}, 0),
        (Source{.kind = Source::Kind::input, .index = 0})
    );
}

TEST(CheckedProgramSteps, AreAtMostFourBillion) {
    const auto refusal = [](Program program) {
        const auto result = CheckedProgram::check(std::move(program));
        return result ? "" : result.error().message();
    };
    EXPECT_EQ(refusal(nested(4, 256)), "");
    EXPECT_EQ(refusal(nested(4, 256, 2)), "8589934592 steps, at most 4294967296");
    EXPECT_EQ(refusal(nested(4, trip_count_max)), "18446744073709551615 steps, at most 4294967296");
    EXPECT_EQ(refusal(nested(2, 1U << 16)), "");
    EXPECT_EQ(refusal(nested(2, (1U << 16) + 1)), "4295098369 steps, at most 4294967296");
}

TEST(CheckedProgramSteps, AreLimitedInGas) {
    const Program program = nested(1, 10);
    const std::uint64_t gas = checked(program).gas();
    EXPECT_TRUE(CheckedProgram::check(program, {.gas_max = gas}).has_value());
    const auto over = CheckedProgram::check(program, {.gas_max = gas - 1});
    ASSERT_FALSE(over.has_value());
    EXPECT_EQ(over.error().code(), ErrorCode::too_large);
}

TEST(CheckedProgramSteps, HaveNoGasThatOverflows) {
    Builder builder;
    ASSERT_TRUE(builder.begin_loop(trip_count_max, {}).has_value());
    ASSERT_TRUE(builder.add(OpCode::iota, {}, {9, 0, 1 << 16, 1 << 16}).has_value());
    ASSERT_TRUE(builder.end_loop({}).has_value());
    const ValueRef out = *builder.add(OpCode::iota, {}, {9, 0, 1});
    ASSERT_TRUE(builder.output("y", out).has_value());
    const auto refused = CheckedProgram::check(std::move(builder).finish());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(
        refused.error().message(), "18446744073709551615 gas or more, at most 18446744073709551615"
    );
}

}  // namespace
}  // namespace steelyard::vm
