// Every operator on random calls: the reference and every backend against the oracle.

#include "tests/support/vm/op_cases.h"
#include "tests/support/vm/rounds.h"

#include <gtest/gtest.h>

namespace steelyard::vm::test {
namespace {

constexpr int cases = 56;

class EveryOperator : public testing::TestWithParam<OpCode> {};

TEST_P(EveryOperator, IsAsTheTextSays) {
    const OpCode op = GetParam();
    std::uint64_t elements = 0;
    for (int number = 0; number < times(cases); ++number) {
        const auto seed = static_cast<std::uint64_t>(op) << 32 | static_cast<std::uint64_t>(number);
        SeededRandom random(seed);
        const OpCase drawn = random_case(random, op);
        expect_one_answer(op, drawn.operands, drawn.attributes, seed);
        elements += run_reference(op, drawn.operands, drawn.attributes)->output.type.elements();
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
    EXPECT_GT(elements, 200U);
    RecordProperty("elements", std::to_string(elements));
}

INSTANTIATE_TEST_SUITE_P(
    Oracle,
    EveryOperator,
    testing::ValuesIn(all_op_codes().begin(), all_op_codes().end()),
    [](const auto& tested) { return std::string(to_string(tested.param)); }
);

}  // namespace
}  // namespace steelyard::vm::test
