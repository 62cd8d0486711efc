// Calls of every operator through a model and back: the same bits, or a refusal.
#include "round_trip.h"

#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/op_cases.h"
#include "tests/support/vm/rounds.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace steelyard::vm::onnx {
namespace {

using namespace test;
using vm::test::OpCase;
using vm::test::random_case;

constexpr int rounds = 60;
constexpr int programs = 600;
constexpr std::int64_t crop_rule = 4;

/// No counterpart in ONNX at all.
bool is_refused(OpCode op) {
    constexpr std::array list = {
        OpCode::atan2,
        OpCode::requantise,
        OpCode::scatter_add,
        OpCode::gemm_fx,
        OpCode::dynamic_slice,
        OpCode::dynamic_update,
        OpCode::im2col,
        OpCode::attention_block,
        OpCode::attention_finish,
        OpCode::max_pool_grad,
        OpCode::avg_pool_grad,
        OpCode::philox,
        OpCode::uniform,
        OpCode::normal,
    };
    return std::ranges::find(list, op) != list.end();
}

std::vector<OpCode> exported_ops() {
    std::vector<OpCode> out;
    std::ranges::copy_if(all_op_codes(), std::back_inserter(out), [](OpCode op) {
        return !is_refused(op) && op != OpCode::batch_norm;
    });
    return out;
}

/// ONNX's operator rounds otherwise, or an import takes another way: it leaves casts to the same
/// type out, which make NaNs canonical.
bool has_other_bits(const OpCase& one) {
    return one.op == OpCode::batch_norm ||
           (one.op == OpCode::cast &&
            one.attributes[0] == static_cast<std::int64_t>(one.operands[0].type.dtype)) ||
           (one.op == OpCode::resize && one.attributes[1] == crop_rule);
}

/// A model has no other bools than 0 and 1.
OpCase plain_bools(OpCase one) {
    for (TestTensor& operand : one.operands) {
        for (std::uint8_t& byte : operand.data) {
            byte = operand.type.dtype == DType::boolean && byte != 0 ? 1 : byte;
        }
    }
    return one;
}

std::string text_of(const OpCase& one) {
    std::string out;
    for (const TestTensor& operand : one.operands) {
        out += operand.type.text() + " ";
    }
    return out + testing::PrintToString(one.attributes);
}

class EveryOperator : public testing::TestWithParam<OpCode> {};

TEST_P(EveryOperator, comes_back_with_the_same_bits) {
    SeededRandom random(static_cast<std::uint64_t>(GetParam()));
    std::size_t exported = 0;
    for (int round = 0; round < vm::test::times(rounds); ++round) {
        const OpCase one = plain_bools(random_case(random, GetParam()));
        std::vector<bool> is_constant;
        std::vector<TestTensor> inputs;
        for (const TestTensor& operand : one.operands) {
            is_constant.push_back(
                operand.data.size() <= 4096 && vm::test::number_below(random, 4) == 0
            );
            if (!is_constant.back()) {
                inputs.push_back(operand);
            }
        }

        const RoundTrip trip =
            round_trip(program_of(one.op, one.operands, one.attributes, is_constant), inputs);

        if (!has_other_bits(one)) {
            ASSERT_EQ(trip.difference, "") << "round " << round << " " << text_of(one);
        }
        exported += trip.refusal.empty() ? 1 : 0;
    }
    EXPECT_EQ(exported == 0, is_refused(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Vm,
    EveryOperator,
    testing::ValuesIn(all_op_codes().begin(), all_op_codes().end()),
    [](const auto& one) { return std::string(to_string(one.param)); }
);

TEST(Export, programs_come_back_with_the_same_bits) {
    std::size_t exported = 0;
    std::size_t nodes = 0;
    for (int number = 0; number < vm::test::times(programs); ++number) {
        SeededRandom random(static_cast<std::uint64_t>(number));
        const auto one = vm::test::mixed_program(
            random,
            {.nodes = static_cast<std::uint32_t>(1 + number % 30),
             .faults = false,
             .loops = false,
             .ops = exported_ops()}
        );
        Program program = one.program.program();
        for (vm::Node& node : program.nodes) {
            node.bound_bits = unbounded_bits;
        }

        const RoundTrip trip = round_trip(std::move(program), one.inputs);

        // A fault of a node that no output needs does not come along.
        if (!trip.is_fault) {
            ASSERT_EQ(trip.difference, "") << "program " << number;
        }
        exported += trip.refusal.empty() ? 1 : 0;
        nodes += trip.nodes;
    }
    EXPECT_GT(exported, static_cast<std::size_t>(vm::test::times(programs)) / 4);
    RecordProperty("exported", std::to_string(exported));
    RecordProperty("nodes", std::to_string(nodes));
}

}  // namespace
}  // namespace steelyard::vm::onnx
