// Commits of 100 validators: the verifiers against 100 bare signature checks, which are their
// floor.
#include "base/check.h"
#include "tests/support/chain_builders.h"

#include <benchmark/benchmark.h>

namespace steelyard::chain {
namespace {

using crypto::KeyType;

constexpr std::size_t validator_count = 100;

struct Sample {
    explicit Sample(KeyType type)
        : set(test::validators_with_power(std::vector<VotingPower>(validator_count, 10), type)),
          commit(test::sign_commit(set, target, std::string(validator_count, 'c'))) {}

    CommitTarget target{test::chain_id("bench-1"), Height(100), test::block_id(1)};
    test::SigningSet set;
    Commit commit;
};

/// The floor: keys, messages and signatures lie ready.
void hundred_bare_checks(benchmark::State& state, KeyType type) {
    const Sample sample(type);
    std::vector<SignatureCheck> checks;
    for (ValidatorIndex i = 0; i < validator_count; ++i) {
        checks.push_back({
            sample.set.validators[i].public_key(),
            sign_bytes(*sample.commit.vote(i), sample.target.chain_id),
            sample.commit.signatures()[i].signature(),
        });
    }
    for (auto _ : state) {
        CHECK(!verify_one_by_one(checks));
    }
}
BENCHMARK_CAPTURE(hundred_bare_checks, secp256k1, KeyType::secp256k1);
BENCHMARK_CAPTURE(hundred_bare_checks, ed25519, KeyType::ed25519);

void full(benchmark::State& state, KeyType type) {
    const Sample sample(type);
    for (auto _ : state) {
        CHECK(verify_commit(sample.target, sample.set.validators, sample.commit));
    }
}
BENCHMARK_CAPTURE(full, secp256k1, KeyType::secp256k1);
BENCHMARK_CAPTURE(full, ed25519, KeyType::ed25519);

/// Everything but the signatures: what a cache of verdicts would leave.
void full_without_signatures(benchmark::State& state) {
    const Sample sample(KeyType::secp256k1);
    const auto accept = [](std::span<const SignatureCheck>) { return std::nullopt; };
    for (auto _ : state) {
        CHECK(verify_commit(sample.target, sample.set.validators, sample.commit, accept));
    }
}
BENCHMARK(full_without_signatures);

/// 67 signatures.
void light(benchmark::State& state) {
    const Sample sample(KeyType::secp256k1);
    for (auto _ : state) {
        CHECK(verify_commit_light(sample.target, sample.set.validators, sample.commit));
    }
}
BENCHMARK(light);

void proposer_turn(benchmark::State& state) {
    ValidatorSet set = Sample(KeyType::secp256k1).set.validators;
    for (auto _ : state) {
        set.increment_proposer_priority(1);
    }
    benchmark::DoNotOptimize(set.proposer_index());
}
BENCHMARK(proposer_turn);

void validators_hash(benchmark::State& state) {
    const ValidatorSet set = Sample(KeyType::secp256k1).set.validators;
    for (auto _ : state) {
        benchmark::DoNotOptimize(set.hash());
    }
}
BENCHMARK(validators_hash);

}  // namespace
}  // namespace steelyard::chain
