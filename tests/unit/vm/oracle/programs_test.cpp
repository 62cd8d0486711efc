// Whole random programs, with loops and faults: a run against the oracle's.

#include "tests/oracle/program.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/random_programs.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/rounds.h"
#include "tests/support/vm/second_opinion.h"
#include "tests/support/vm/slow_run.h"
#include "vm/program/encoding.h"
#include "vm/run/runner.h"

#include <gtest/gtest.h>

namespace steelyard::vm::test {
namespace {

constexpr int programs = 150;

oracle::Run run_oracle(const CheckedProgram& program, const std::vector<TestTensor>& inputs) {
    std::vector<oracle::Tensor> tensors;
    for (const TestTensor& input : inputs) {
        tensors.push_back(to_oracle(input));
    }
    return oracle::run(encode_program(program.program()), tensors);
}

std::optional<Fault> fault_of(const oracle::Run& run) {
    if (!run.fault.has_value()) {
        return std::nullopt;
    }
    const bool bad = run.fault->kind == oracle::FaultKind::bad_index;
    return Fault{
        .kind = bad ? Fault::Kind::bad_index : Fault::Kind::out_of_bound,
        .step = run.fault->step,
        .element = run.fault->element,
    };
}

void expect_same(const CheckedProgram& program, const std::vector<TestTensor>& inputs) {
    const auto backend = make_reference_backend();
    const Result<RunResult> ours =
        run(program, views(inputs), {.backend = backend.get(), .trace = false});
    ASSERT_TRUE(ours.has_value()) << ours.error().message();
    const oracle::Run said = run_oracle(program, inputs);
    ASSERT_EQ(said.error, "");
    ASSERT_EQ(ours->outcome.fault, fault_of(said));
    ASSERT_EQ(ours->outputs.size(), said.outputs.size());
    for (std::size_t at = 0; at < said.outputs.size(); ++at) {
        const TestTensor wanted{ours->outputs[at].type, ours->outputs[at].data};
        ASSERT_EQ(wanted, from_oracle(said.outputs[at])) << "output " << at;
    }
    if (!said.fault.has_value()) {
        EXPECT_EQ(said.steps, program.step_count());
    }
}

TEST(Programs, OfManyOperatorsRunAsTheTextSays) {
    std::uint64_t faults = 0;
    for (int seed = 0; seed < times(programs); ++seed) {
        SeededRandom random(static_cast<std::uint64_t>(seed));
        const ProgramCase drawn = mixed_program(random, 12, seed % 2 == 0);
        expect_same(drawn.program, drawn.inputs);
        faults += run_oracle(drawn.program, drawn.inputs).fault.has_value() ? 1 : 0;
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
    EXPECT_GT(faults, 0U);
}

TEST(Programs, OfManyLoopsRunAsTheTextSays) {
    for (int seed = 0; seed < times(programs); ++seed) {
        SeededRandom random(static_cast<std::uint64_t>(seed));
        const CheckedProgram program = checked(random_program(random, {.nodes = 40}));
        std::vector<TestTensor> inputs;
        for (const Input& input : program.program().inputs) {
            inputs.push_back(random_tensor(random, input.type, Values::awkward));
        }
        expect_same(program, inputs);
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

TEST(Programs, WhoseBytesAreCutAreNone) {
    SeededRandom random(1);
    const ProgramCase drawn = mixed_program(random, 12);
    const Bytes bytes = encode_program(drawn.program.program());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_NE(oracle::run(ByteView(bytes).first(size), {}).error, "") << size;
    }
}

}  // namespace
}  // namespace steelyard::vm::test
