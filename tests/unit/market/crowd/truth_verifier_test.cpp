// The verifier that simulations judge commits by.
#include "tests/support/market/truth_verifier.h"

#include "crypto/sha256.h"

#include <gtest/gtest.h>

namespace steelyard::test {
namespace {

using crypto::Hash256;
using market::ProofVerdict;

constexpr market::ProgramFacts facts{
    .work_units = 1, .steps = 10, .inputs = 2, .outputs = 1, .output_bytes = 8
};

Hash256 hash_of(int number) {
    return crypto::sha256(as_bytes(std::to_string(number)));
}

struct Trial {
    std::vector<Hash256> inputs{};
    market::CommittedResult result{};

    market::Claim claim() const {
        return {
            .inputs = inputs,
            .output_root = result.commit.output_root,
            .trace_root = result.commit.trace_root,
            .steps = result.commit.steps,
            .fault = result.commit.fault,
        };
    }

    ProofVerdict judge(const Hash256& seed, std::uint32_t probes) const {
        const Bytes proof = TruthVerifier::opening(claim(), seed);
        return TruthVerifier().judge({}, claim(), seed, {.probes = probes}, proof).verdict;
    }
};

Trial true_run(int number) {
    const std::vector<Hash256> inputs = {hash_of(number), hash_of(-number)};
    return {inputs, TruthVerifier::true_result(facts, inputs)};
}

Trial wrong_run(int number, std::uint8_t extent) {
    const std::vector<Hash256> inputs = {hash_of(number), hash_of(-number)};
    return {inputs, TruthVerifier::wrong_result(facts, inputs, extent)};
}

TEST(TruthVerifier, finds_what_is_true_right_and_some_of_it_faults) {
    int faults = 0;
    for (int number = 1; number <= 200; ++number) {
        const Trial run = true_run(number);
        EXPECT_EQ(run.judge(hash_of(number + 1'000), 12), ProofVerdict::right);
        EXPECT_FALSE(TruthVerifier::is_wrong(run.result.commit));
        faults += run.result.commit.fault ? 1 : 0;
    }

    EXPECT_GT(faults, 5);
    EXPECT_LT(faults, 60);
}

TEST(TruthVerifier, finds_what_is_wrong_as_often_as_a_probe_falls_on_it) {
    int caught = 0;
    for (int number = 1; number <= 200; ++number) {
        const Hash256 seed = hash_of(number + 1'000);
        EXPECT_EQ(wrong_run(number, TruthVerifier::extent_max).judge(seed, 1), ProofVerdict::wrong);
        const Trial some = wrong_run(number, TruthVerifier::extent_max / 2);
        const ProofVerdict verdict = some.judge(seed, 1);
        EXPECT_EQ(verdict == ProofVerdict::wrong, TruthVerifier::is_caught(some.claim(), seed, 1));
        caught += verdict == ProofVerdict::wrong ? 1 : 0;
    }

    EXPECT_GT(caught, 70);
    EXPECT_LT(caught, 150);
}

TEST(TruthVerifier, takes_no_opening_of_anything_else) {
    const Trial run = true_run(1);
    const Hash256 seed = hash_of(2);
    for (const Bytes& proof :
         {Bytes(),
          TruthVerifier::opening(run.claim(), hash_of(3)),
          TruthVerifier::opening(true_run(2).claim(), seed)}) {
        const auto judged = TruthVerifier().judge({}, run.claim(), seed, {.probes = 1}, proof);
        EXPECT_EQ(judged.verdict, ProofVerdict::malformed);
    }
}

}  // namespace
}  // namespace steelyard::test
