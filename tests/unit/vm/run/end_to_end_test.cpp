// Random programs: the run is the slow interpreter's, its proof is right, and nothing else is.
#include "base/check.h"
#include "base/random.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/slow_run.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/build/builder.h"
#include "vm/run/prover.h"

#include <gtest/gtest.h>
#include <xmmintrin.h>
#include <cstdlib>
#include <thread>

namespace steelyard::vm {
namespace {

using namespace test;

Hash256 seed_of(std::uint64_t number) {
    Hash256 seed{};
    std::memcpy(seed.data(), &number, sizeof number);
    return seed;
}

/// What a probe costs less its openings, and the whole proof, as doc/spec/vm-trace.md, PR5, says
/// it.
std::uint64_t computing(const ProbeCost& cost) {
    const std::uint64_t opening =
        32 * cost.chunks + 2 * ((cost.bytes - 1024 * cost.chunks) / 32) + 20 * cost.bytes / 1024;
    return cost.gas < opening ? 0 : cost.gas - opening;
}

std::uint64_t gas_by_the_text(
    const Claim& claim, std::span<const Probe> probes, const Proof& proof
) {
    const CheckedProgram& program = *claim.program;
    std::uint64_t gas = (20 * encode_proof(proof).size() + 1023) / 1024;
    std::uint64_t hashes = proof.trace_siblings.size();
    for (const OpenedTensor& tensor : proof.tensors) {
        const bool is_step = tensor.source.kind == Source::Kind::step;
        gas += 32 * tensor.chunks.size() + 4 + (is_step ? 2 : 0);
        hashes += tensor.chunks.size() + tensor.siblings.size() + (is_step ? 1 : 0);
    }
    gas += 2 * hashes + 2 * ((4 + 32 * program.program().outputs.size() + 63) / 64);
    for (const Probe& probe : probes) {
        gas += computing(program.probe_cost(program.step(probe.step).node));
    }
    if (claim.outcome.fault.has_value()) {
        const std::uint32_t node = program.step(claim.outcome.fault->step).node;
        gas += computing(program.op(node).probe(program.call(node), {.rows = 1, .columns = 1}));
    }
    return gas;
}

/// What no program can make a proof exceed.
std::uint64_t gas_max_of(const Claim& claim, std::span<const Probe> probes, const Proof& proof) {
    const std::uint64_t faults = claim.outcome.fault.has_value() ? 1 : 0;
    return 50'300 * (probes.size() + faults) + 100 * (proof.tensors.size() + 1);
}

void backwards_on_two_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
    const auto half = [&](std::size_t first) {
        for (std::size_t index = count; index-- > 0;) {
            if (index % 2 == first) {
                body(index);
            }
        }
    };
    if (count < 2) {
        half(0);
        return;
    }
    std::jthread other(half, 1);
    half(0);
}

/// Flush to zero, denormals as zeros, rounding towards zero: what a host program may leave behind.
class PoisonedFloats {
public:
    PoisonedFloats() : saved_(_mm_getcsr()) { _mm_setcsr(0xffc0); }
    ~PoisonedFloats() { _mm_setcsr(saved_); }

private:
    unsigned int saved_;
};

class EndToEnd : public testing::TestWithParam<std::uint64_t> {};

TEST_P(EndToEnd, runs_as_slowly_and_proves_it) {
    SeededRandom random(GetParam());
    const ProgramCase it = mixed_program(random, 12);
    const SlowRun slow = slow_run(it.program, it.inputs);
    const auto backend = cpu::make_cpu_backend(cpu::best_isa());
    const RunOptions options{.backend = backend.get()};

    const Result<RunResult> result = run(it.program, views(it.inputs), options);
    ASSERT_TRUE(result.has_value()) << result.error().message();
    EXPECT_EQ(result->outcome, slow.outcome);
    EXPECT_EQ(result->step_leaves, slow.leaves);
    EXPECT_EQ(result->arena_bytes, it.program.arena_bytes());
    ASSERT_EQ(result->outputs.size(), slow.outputs.size());
    for (std::size_t output = 0; output < slow.outputs.size(); ++output) {
        EXPECT_EQ(result->outputs[output].data, slow.outputs[output].data);
    }

    const auto scalar = cpu::make_cpu_backend(cpu::Isa::scalar);
    const RunOptions threads{.backend = scalar.get(), .parallel = backwards_on_two_threads};
    const Result<RunResult> again = run(it.program, views(it.inputs), threads);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->outcome, slow.outcome);

    const std::vector<Probe> probes =
        derive_probes(it.program, result->outcome, seed_of(GetParam()), 8);
    const Result<Proof> proof = prove(it.program, views(it.inputs), *result, probes, options);
    ASSERT_TRUE(proof.has_value()) << proof.error().message();
    EXPECT_EQ(*proof, slow_prove(it.program, it.inputs, slow, probes));
    const Bytes encoded = encode_proof(*proof);
    EXPECT_EQ(decode_proof(encoded), *proof);

    const std::vector<Hash256> input_ids = ids(it.inputs);
    const Claim claim{&it.program, input_ids, result->outcome};
    const Verification verification = verify_proof(claim, probes, *proof, 1'000'000'000);
    EXPECT_EQ(verification.verdict, Verdict::right) << verification.reason;
    {
        const PoisonedFloats poison;
        EXPECT_EQ(verify_proof(claim, probes, *proof, 1'000'000'000).verdict, Verdict::right);
    }
    EXPECT_EQ(verification.gas, gas_by_the_text(claim, probes, *proof));
    EXPECT_LE(verification.gas, gas_max_of(claim, probes, *proof));
    EXPECT_EQ(verify_proof(claim, probes, *proof, verification.gas).verdict, Verdict::right);
    EXPECT_EQ(
        verify_proof(claim, probes, *proof, verification.gas - 1).verdict, Verdict::malformed
    );
    for (int round = 0; round < 200; ++round) {
        Bytes changed = encoded;
        changed[number_below(random, changed.size())] ^=
            static_cast<std::uint8_t>(1U << number_below(random, 8));
        const Result<Proof> forged = decode_proof(changed);
        if (forged) {
            EXPECT_NE(verify_proof(claim, probes, *forged, 1'000'000'000).verdict, Verdict::right);
        }
    }
}

/// The longest rows of which a softmax may be taken: of longer ones a probe is over its gas.
CheckedProgram dearest_softmax() {
    const auto of = [](std::uint64_t columns) {
        Builder builder;
        const ValueRef x = *builder.input("x", {DType::f32, {3, columns}});
        CHECK(builder.output("y", *builder.add(OpCode::softmax, {x})).has_value());
        return CheckedProgram::check(std::move(builder).finish());
    };
    std::uint64_t fits = 1;
    std::uint64_t over = 100'000;
    while (over - fits > 1) {
        const std::uint64_t middle = (fits + over) / 2;
        (of(middle).has_value() ? fits : over) = middle;
    }
    EXPECT_NE(of(over).error().message().find("a probe of one element"), std::string::npos);
    return *of(fits);
}

TEST(Gas, of_the_dearest_probes_is_what_was_promised) {
    const CheckedProgram program = dearest_softmax();
    EXPECT_GT(program.probe_cost(0).gas, 49'900U);
    EXPECT_LE(program.probe_cost(0).gas, 50'000U);
    const TensorType type = program.program().inputs[0].type;
    const auto backend = cpu::make_cpu_backend(cpu::best_isa());
    const RunOptions options{.backend = backend.get()};
    const std::vector<TestTensor> given{{type, Bytes(type.bytes())}};
    const Result<RunResult> result = run(program, views(given), options);
    ASSERT_TRUE(result.has_value());
    const std::vector<Probe> probes =
        derive_probes(program, result->outcome, seed_of(1), probe_count_max);
    const Result<Proof> proof = prove(program, views(given), *result, probes, options);
    ASSERT_TRUE(proof.has_value()) << proof.error().message();
    const std::vector<Hash256> input_ids = ids(given);
    const Claim claim{&program, input_ids, result->outcome};

    const Verification found = verify_proof(claim, probes, *proof, 50'300 * probe_count_max);
    EXPECT_EQ(found.verdict, Verdict::right) << found.reason;
    EXPECT_EQ(found.gas, gas_by_the_text(claim, probes, *proof));
    EXPECT_LE(found.gas, gas_max_of(claim, probes, *proof));
    const Verification short_of_gas = verify_proof(claim, probes, *proof, found.gas - 1);
    EXPECT_EQ(short_of_gas.verdict, Verdict::malformed);
    EXPECT_LT(short_of_gas.gas, found.gas);
}

/// 100, or what the environment says.
std::uint64_t program_count() {
    const char* asked = std::getenv("VM_PROGRAMS");
    return asked == nullptr ? 100 : std::strtoull(asked, nullptr, 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, EndToEnd, testing::Range<std::uint64_t>(0, program_count()));

}  // namespace
}  // namespace steelyard::vm
