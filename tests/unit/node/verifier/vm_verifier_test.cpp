// The market's view of programs and proofs, held against runs of random programs.
#include "node/verifier/vm_verifier.h"

#include "base/random.h"
#include "market/records/instrument.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/slow_run.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/onnx/import.h"
#include "vm/program/encoding.h"
#include "vm/run/prover.h"
#include "vm/trace/commitment.h"

#include <gtest/gtest.h>

#include <fstream>

namespace steelyard::node {
namespace {

using namespace vm::test;
using crypto::Hash256;
using market::ProofVerdict;

constexpr market::ProofLimits limits{.probes = 12, .bytes = 245'760, .gas = 250'000};

/// A program, its run, and how the market knows both.
struct Ran {
    ProgramCase it;
    Bytes bytes{};
    vm::RunResult result{};
    std::vector<Hash256> inputs{};

    market::ProgramSource source() const {
        return {.id = vm::program_id(bytes), .bytes = [this] { return bytes; }};
    }

    market::Claim claim() const {
        market::Claim claim{
            .inputs = inputs,
            .output_root = result.outcome.output_root,
            .trace_root = result.outcome.trace_root,
            .steps = result.outcome.steps,
        };
        if (const auto& fault = result.outcome.fault) {
            claim.fault = market::FaultPlace{
                .kind = static_cast<std::uint8_t>(fault->kind),
                .step = fault->step,
                .element = fault->element,
            };
        }
        return claim;
    }
};

class VmVerifierTest : public testing::TestWithParam<std::uint64_t> {
protected:
    Ran ran() const {
        SeededRandom random(GetParam());
        Ran ran{.it = mixed_program(random, 12)};
        ran.bytes = vm::encode_program(ran.it.program.program());
        ran.result = vm::run(ran.it.program, views(ran.it.inputs), options()).value();
        ran.inputs = ids(ran.it.inputs);
        return ran;
    }

    vm::RunOptions options() const { return {.backend = backend_.get()}; }

    Bytes proof_of(const Ran& ran, const Hash256& seed, std::uint32_t probes) const {
        const auto asked = VmVerifier::probes_of(ran.it.program, ran.result.outcome, seed, probes);
        return vm::encode_proof(
            vm::prove(ran.it.program, views(ran.it.inputs), ran.result, asked, options()).value()
        );
    }

    std::unique_ptr<vm::Backend> backend_ = vm::cpu::make_cpu_backend(vm::cpu::best_isa());
    VmVerifier verifier_{};
};

TEST_P(VmVerifierTest, never_asks_for_more_than_it_said) {
    const Ran ran = this->ran();
    const auto facts = verifier_.admit(ran.bytes, limits);
    ASSERT_TRUE(facts) << facts.error().message();
    const Hash256 seed{static_cast<std::uint8_t>(GetParam())};

    const auto size = verifier_.size_of(ran.source(), ran.claim(), seed, limits);
    const Bytes proof = proof_of(ran, seed, size.probes);
    const auto judgement = verifier_.judge(ran.source(), ran.claim(), seed, size, proof);

    EXPECT_EQ(judgement.verdict, ProofVerdict::right) << judgement.reason;
    EXPECT_LE(proof.size(), size.bytes);
    EXPECT_LE(judgement.gas, size.gas);
    EXPECT_LE(size.bytes, facts->proof_bytes);
    EXPECT_LE(size.gas, facts->proof_gas);
    EXPECT_LE(size.probes, limits.probes);
}

TEST_P(VmVerifierTest, takes_no_proof_for_another_seed_or_claim) {
    const Ran ran = this->ran();
    const Hash256 seed{1};
    const Hash256 other{2};
    const auto size = verifier_.size_of(ran.source(), ran.claim(), seed, limits);
    const Bytes proof = proof_of(ran, seed, size.probes);
    if (proof_of(ran, other, size.probes) != proof) {
        EXPECT_EQ(
            verifier_.judge(ran.source(), ran.claim(), other, size, proof).verdict,
            ProofVerdict::malformed
        );
    }

    market::Claim claim = ran.claim();
    claim.trace_root[0] ^= 1;

    EXPECT_EQ(
        verifier_.judge(ran.source(), claim, seed, size, proof).verdict, ProofVerdict::malformed
    );
}

TEST_P(VmVerifierTest, knows_results_and_faults) {
    const Ran ran = this->ran();
    if (const auto& fault = ran.claim().fault) {
        EXPECT_TRUE(verifier_.check_fault(ran.source(), *fault));
        EXPECT_EQ(verifier_.fault_root(*fault), ran.result.outcome.output_root);
        EXPECT_LE(verifier_.price_until(ran.source(), *fault, 1'000'000), 1'000'000U);
        EXPECT_EQ(verifier_.price_until(ran.source(), *fault, 1), fault->step > 0 ? 1U : 0U);
        return;
    }
    Bytes outputs;
    std::vector<Hash256> output_ids;
    for (const vm::Tensor& output : ran.result.outputs) {
        append(outputs, output.data);
        output_ids.push_back(vm::tensor_id(output.type, vm::tensor_root(output.type, output.data)));
    }
    const auto facts = verifier_.admit(ran.bytes, limits);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->output_bytes, outputs.size());
    EXPECT_EQ(facts->steps, ran.result.outcome.steps);
    EXPECT_EQ(verifier_.output_root(output_ids), ran.result.outcome.output_root);

    EXPECT_EQ(verifier_.inline_root(ran.source(), outputs), ran.result.outcome.output_root);
    outputs.push_back(0);
    EXPECT_FALSE(verifier_.inline_root(ran.source(), outputs));
}

INSTANTIATE_TEST_SUITE_P(Seeds, VmVerifierTest, testing::Range<std::uint64_t>(0, 100));

/// A file of contrib/examples.
Bytes example(const std::string& name) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/contrib/examples/" + name, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// How many probes are left of the twelve, on average over 1,000 seeds, and at least.
std::pair<double, std::uint32_t> probes_left(const Bytes& program) {
    const VmVerifier verifier;
    const auto facts = verifier.admit(program, limits);
    EXPECT_TRUE(facts) << facts.error().message();
    const market::ProgramSource source{.id = vm::program_id(program), .bytes = [&program] {
                                           return program;
                                       }};
    const market::Claim claim{.steps = facts->steps};
    SeededRandom random(3);
    std::uint32_t least = limits.probes;
    std::uint32_t all = 0;
    constexpr int seeds = 1'000;
    for (int i = 0; i < seeds; ++i) {
        Hash256 seed;
        random.fill(seed);
        const std::uint32_t left = verifier.size_of(source, claim, seed, limits).probes;
        least = std::min(least, left);
        all += left;
    }
    return {static_cast<double>(all) / seeds, least};
}

// doc/security.md, "What a challenge looks at", has these figures.
TEST(VmVerifier, leaves_fewer_probes_where_each_opens_much) {
    const auto model =
        vm::onnx::import_model(example("fashion-mnist/fashion.onnx"), vm::onnx::ImportOptions());
    ASSERT_TRUE(model && model->unsupported.empty());

    const auto [of_model, least_of_model] = probes_left(vm::encode_program(model->program));
    const auto [of_training, least_of_training] = probes_left(example("training-job/learn.svm"));

    EXPECT_NEAR(of_model, 11.7, 0.05);
    EXPECT_EQ(least_of_model, 8U);
    EXPECT_NEAR(of_training, 11.9, 0.05);
    EXPECT_EQ(least_of_training, 7U);
}

TEST(VmVerifier, refuses_bytes_that_are_no_program) {
    const VmVerifier verifier;

    EXPECT_FALSE(verifier.admit(as_bytes("SVM1"), limits));
    EXPECT_FALSE(verifier.admit({}, limits));
}

}  // namespace
}  // namespace steelyard::node
