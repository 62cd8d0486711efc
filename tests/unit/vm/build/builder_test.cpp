#include "vm/build/builder.h"

#include "tests/support/vm/random_programs.h"
#include "vm/check/checked_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ctime>

namespace steelyard::vm {
namespace {

using testing::HasSubstr;

TensorType bytes_of(std::uint64_t size) {
    return {.dtype = DType::u8, .shape = {size}};
}

TensorType floats_of(std::uint64_t size) {
    return {.dtype = DType::f32, .shape = {size}};
}

/// The message of an error after which the program is as it was.
template <typename Call>
std::string refusal(Builder& builder, Call call) {
    const Program before = builder.program();
    const auto result = call();
    EXPECT_EQ(builder.program(), before);
    EXPECT_FALSE(result.has_value());
    return result ? "" : result.error().message();
}

ValueRef pass(Builder& builder, ValueRef value) {
    const auto size = static_cast<std::int64_t>(builder.type(value).elements());
    return *builder.add(OpCode::reshape, {value}, {size});
}

TEST(Builder, GivesValuesWithTheirTypes) {
    Builder builder;
    const ValueRef x = *builder.input("x", bytes_of(4));
    const ValueRef y = *builder.add(OpCode::concat, {x, x}, {0});

    EXPECT_EQ(x, (ValueRef{ValueKind::input, 0}));
    EXPECT_EQ(y, (ValueRef{ValueKind::node, 0}));
    EXPECT_EQ(builder.type(x), bytes_of(4));
    EXPECT_EQ(builder.type(y), bytes_of(8));
    ASSERT_TRUE(builder.output("y", y).has_value());
    const Program program = std::move(builder).finish();
    EXPECT_EQ(program.nodes[0].bound_bits, unbounded_bits);
    EXPECT_TRUE(CheckedProgram::check(program).has_value());
}

TEST(Builder, RefusesNamesTwiceAndBadOnes) {
    Builder builder;
    ASSERT_TRUE(builder.input("x", bytes_of(4)).has_value());
    const auto input = [&](std::string_view name) {
        return refusal(builder, [&] { return builder.input(name, bytes_of(4)); });
    };
    EXPECT_EQ(input("x"), "there is an input 'x' already");
    EXPECT_THAT(input("a/b"), HasSubstr("something else than"));
    EXPECT_THAT(input(""), HasSubstr("a name of 0 bytes"));
    const ValueRef y = pass(builder, {ValueKind::input, 0});
    ASSERT_TRUE(builder.output("x", y).has_value());
    const auto output = [&](std::string_view name) {
        return refusal(builder, [&] { return builder.output(name, y); });
    };
    EXPECT_EQ(output("x"), "there is an output 'x' already");
    EXPECT_THAT(output("a b"), HasSubstr("something else than"));
}

TEST(Builder, KeepsEqualConstantsOnce) {
    Builder builder;
    const ValueRef one = *builder.f32(1.0F);
    const ValueRef bits =
        *builder.constant({.dtype = DType::i32, .shape = {}}, Bytes{0, 0, 0x80, 0x3f});
    const ValueRef row =
        *builder.constant({.dtype = DType::f32, .shape = {1}}, Bytes{0, 0, 0x80, 0x3f});

    EXPECT_EQ(*builder.f32(1.0F), one);
    EXPECT_NE(bits, one);
    EXPECT_NE(row, one);
    EXPECT_EQ(*builder.i64(7), *builder.i64(7));
    EXPECT_EQ(builder.type(*builder.i64s(std::vector<std::int64_t>{7})).text(), "i64[1]");
    EXPECT_EQ(builder.program().constants.size(), 5U);
    const auto refused = [&](std::uint64_t size, std::size_t bytes) {
        return refusal(builder, [&] { return builder.constant(bytes_of(size), Bytes(bytes)); });
    };
    EXPECT_EQ(refused(4, 5), "5 bytes for a constant u8[4]");
    EXPECT_THAT(refused(65537, 65537), HasSubstr("has more than 65536 bytes"));
}

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Less than a second where every look-up is one in an order; many where it walks the others.
TEST(Builder, MakesTheLargestProgramsWithoutSearchingThem) {
    constexpr std::uint32_t node_count = 100'000;
    const double start = cpu_seconds();
    Builder builder;
    for (std::uint32_t index = 0; index < input_count_max; ++index) {
        ASSERT_TRUE(builder.input(fmt::format("x{}", index), floats_of(1)).has_value());
    }
    EXPECT_EQ(
        refusal(builder, [&] { return builder.input("y", floats_of(1)); }), "more than 65536 inputs"
    );
    for (int round = 0; round < 2; ++round) {
        for (std::uint32_t index = 0; index < constant_count_max; ++index) {
            ASSERT_EQ(*builder.i64(index), (ValueRef{ValueKind::constant, index}));
        }
    }
    EXPECT_EQ(
        refusal(builder, [&] { return builder.i64(constant_count_max); }),
        "more than 65536 constants"
    );
    ValueRef sum = {ValueKind::input, 0};
    for (std::uint32_t index = 0; index < node_count; ++index) {
        sum = *builder.add(OpCode::add, {sum, {ValueKind::input, index % input_count_max}});
    }
    ASSERT_TRUE(builder.output("sum", sum).has_value());
    EXPECT_LT(cpu_seconds() - start, 8);
    const auto checked = CheckedProgram::check(std::move(builder).finish());
    EXPECT_TRUE(checked.has_value()) << checked.error().message();
    EXPECT_LT(cpu_seconds() - start, 8) << "with its check";
}

TEST(Builder, NamesOperatorAndTypesOfARefusedNode) {
    Builder builder;
    const ValueRef x = *builder.input("x", bytes_of(4));
    EXPECT_EQ(
        refusal(builder, [&] { return builder.add(OpCode::reshape, {x}, {5}); }),
        "reshape(u8[4]): u8[4] does not reshape to u8[5]"
    );
    const std::vector<ValueRef> many(operand_count_max + 1, x);
    EXPECT_EQ(
        refusal(builder, [&] { return builder.add(OpCode::concat, many); }),
        "concat with 65 operands and 0 attributes"
    );
}

TEST(Builder, DeclaresTheBoundOfFloatsAlone) {
    Builder builder;
    const ValueRef x = *builder.input("x", floats_of(4));
    EXPECT_EQ(builder.program().nodes.size(), 0U);
    pass(builder, x);
    builder.set_bound(unbounded_bits);
    pass(builder, x);
    EXPECT_EQ(builder.program().nodes[0].bound_bits, default_bound_bits);
    EXPECT_EQ(builder.program().nodes[1].bound_bits, unbounded_bits);
}

TEST(Builder, PassesAnInputToAnOutputWithoutABound) {
    Builder builder;
    const ValueRef x = *builder.input("x", floats_of(4));
    ASSERT_TRUE(builder.output("y", x).has_value());
    ASSERT_TRUE(builder.output("one", *builder.f32(1.0F)).has_value());
    const Program program = std::move(builder).finish();
    ASSERT_EQ(program.nodes.size(), 2U);
    EXPECT_EQ(program.nodes[0].op, OpCode::reshape);
    EXPECT_EQ(program.nodes[0].bound_bits, unbounded_bits);
    EXPECT_TRUE(CheckedProgram::check(program).has_value());
}

TEST(Builder, PassesWhatIsNoNodeOfTheBodyToTheNextIteration) {
    Builder builder;
    const ValueRef x = *builder.input("x", bytes_of(4));
    const std::vector<ValueRef> initial = {x, x, x};
    const LoopStart start = *builder.begin_loop(3, initial);
    const ValueRef own = pass(builder, start.carries[0]);
    const std::vector<ValueRef> next = {start.carries[1], x, own};
    const std::vector<ValueRef> results = *builder.end_loop(next);

    EXPECT_EQ(builder.program().nodes.size(), 3U);
    EXPECT_EQ(builder.program().loops[0].end_node, 3U);
    EXPECT_EQ(builder.program().carries[2].next, own);
    ASSERT_TRUE(builder.output("y", results[0]).has_value());
    const auto checked = CheckedProgram::check(std::move(builder).finish());
    ASSERT_TRUE(checked.has_value()) << checked.error().message();
}

TEST(Builder, LeavesAnOpenLoopAsItWasWhenItsEndIsRefused) {
    Builder builder;
    const ValueRef x = *builder.input("x", bytes_of(4));
    const ValueRef wide = *builder.input("wide", bytes_of(8));
    const auto end = [&](const std::vector<ValueRef>& next) {
        return refusal(builder, [&] { return builder.end_loop(next); });
    };
    EXPECT_EQ(end({}), "no loop is open");
    ASSERT_TRUE(builder.begin_loop(3, {}).has_value());
    EXPECT_EQ(end({}), "a loop without nodes");
    const std::vector<ValueRef> initial = {x, x};
    const LoopStart start = *builder.begin_loop(2, initial);
    EXPECT_EQ(end({x}), "1 next values for 2 carries");
    // The first would need a node of its own: none may be left behind.
    EXPECT_EQ(end({x, wide}), "carry 1 is u8[4], its next value u8[8]");
    const std::vector<ValueRef> good = {start.carries[1], start.carries[0]};
    const std::vector<ValueRef> results = *builder.end_loop(good);
    EXPECT_EQ(builder.program().nodes.size(), 2U);
    ASSERT_TRUE(builder.end_loop({}).has_value());
    EXPECT_THAT(
        refusal(builder, [&] { return builder.output("y", results[0]); }), HasSubstr("is in a loop")
    );
    ASSERT_TRUE(builder.output("y", x).has_value());
    EXPECT_TRUE(CheckedProgram::check(std::move(builder).finish()).has_value());
}

TEST(Builder, RefusesValuesOfLoopsThatAreOver) {
    Builder builder;
    const ValueRef x = *builder.input("x", bytes_of(4));
    const LoopStart start = *builder.begin_loop(3, std::vector<ValueRef>{x});
    const ValueRef inside = pass(builder, start.carries[0]);
    EXPECT_THAT(
        refusal(builder, [&] { return builder.output("y", x); }), HasSubstr("is in a loop")
    );
    EXPECT_EQ(
        refusal(
            builder,
            [&] { return builder.add(OpCode::reshape, {ValueRef{ValueKind::result, 0}}, {4}); }
        ),
        "reshape: operand 0 is in a loop that is over"
    );
    ASSERT_TRUE(builder.end_loop(std::vector<ValueRef>{inside}).has_value());
    for (const ValueRef value : {inside, start.carries[0], start.counter}) {
        const std::vector<ValueRef> values = {value};
        EXPECT_EQ(
            refusal(builder, [&] { return builder.add(OpCode::reshape, values); }),
            "reshape: operand 0 is in a loop that is over"
        );
        EXPECT_EQ(
            refusal(builder, [&] { return builder.begin_loop(2, values); }),
            "an initial value is in a loop that is over"
        );
        EXPECT_EQ(
            refusal(builder, [&] { return builder.output("y", value); }), "output 'y' is in a loop"
        );
    }
    const LoopStart second = *builder.begin_loop(3, std::vector<ValueRef>{x});
    EXPECT_EQ(
        refusal(builder, [&] { return builder.end_loop(std::vector<ValueRef>{inside}); }),
        "the next value of carry 0 is in a loop that is over"
    );
    EXPECT_TRUE(builder.end_loop(second.carries).has_value());
}

TEST(Builder, BoundsLoops) {
    Builder builder;
    const auto begin = [&](std::uint64_t trips) {
        return refusal(builder, [&] { return builder.begin_loop(trips, {}); });
    };
    EXPECT_THAT(begin(0), HasSubstr("a loop of 0 iterations"));
    EXPECT_THAT(begin(std::uint64_t{1} << 31), HasSubstr("a loop of 2147483648 iterations"));
    for (std::uint32_t depth = 0; depth < loop_depth_max; ++depth) {
        ASSERT_TRUE(builder.begin_loop(trip_count_max, {}).has_value());
    }
    EXPECT_THAT(begin(1), HasSubstr("more than 4 loops in one another"));
    Builder wide;
    const ValueRef x = *wide.input("x", bytes_of(1));
    const std::vector<ValueRef> many(carry_count_max + 1, x);
    EXPECT_THAT(
        refusal(wide, [&] { return wide.begin_loop(1, many); }), HasSubstr("more than 4096 carries")
    );
}

TEST(Builder, MakesProgramsThatPassTheChecker) {
    SeededRandom random(3);
    for (int round = 0; round < 300; ++round) {
        const test::ProgramShape shape{.nodes = 1 + random.below(100)};
        const auto checked = CheckedProgram::check(test::random_program(random, shape));
        ASSERT_TRUE(checked.has_value()) << checked.error().message();
    }
}

}  // namespace
}  // namespace steelyard::vm
