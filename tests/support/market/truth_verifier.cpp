#include "tests/support/market/truth_verifier.h"

#include "crypto/sha256.h"

namespace steelyard::test {

using crypto::Hash256;
using crypto::sha256;
using market::Claim;
using market::CommittedResult;
using market::FaultPlace;
using market::ProgramFacts;

namespace {

constexpr std::uint8_t true_mark = 'T';
constexpr std::uint8_t wrong_mark = 'W';
constexpr std::uint8_t faults_of_256 = 26;

Hash256 digest_of(TruthVerifier::Inputs inputs) {
    Bytes bytes = {'i'};
    for (const Hash256& input : inputs) {
        append(bytes, input);
    }
    return sha256(bytes);
}

/// Mark, extent, digest.
Hash256 trace_root(std::uint8_t mark, std::uint8_t extent, TruthVerifier::Inputs inputs) {
    Hash256 root = digest_of(inputs);
    root[0] = mark;
    root[1] = extent;
    return root;
}

std::optional<FaultPlace> true_fault(TruthVerifier::Inputs inputs) {
    const Hash256 digest = digest_of(inputs);
    if (digest[2] >= faults_of_256) {
        return std::nullopt;
    }
    return FaultPlace{.kind = 1, .step = digest[3] % TruthVerifier::steps_min};
}

CommittedResult result_with(const ProgramFacts& facts, std::uint8_t byte, const Hash256& trace) {
    const Bytes outputs(facts.output_bytes, byte);
    return {
        .commit = {.output_root = sha256(outputs), .trace_root = trace, .steps = facts.steps},
        .inline_result = outputs,
    };
}

}  // namespace

CommittedResult TruthVerifier::true_result(const ProgramFacts& facts, Inputs inputs) {
    const Hash256 trace = trace_root(true_mark, 0, inputs);
    if (const auto fault = true_fault(inputs)) {
        return {
            .commit =
                {
                    .output_root = FakeVerifier().fault_root(*fault),
                    .trace_root = trace,
                    .steps = fault->step,
                    .fault = fault,
                }
        };
    }
    return result_with(facts, digest_of(inputs)[4], trace);
}

CommittedResult TruthVerifier::wrong_result(
    const ProgramFacts& facts, Inputs inputs, std::uint8_t extent
) {
    const auto byte = static_cast<std::uint8_t>(~digest_of(inputs)[4]);
    return result_with(facts, byte, trace_root(wrong_mark, extent, inputs));
}

Bytes TruthVerifier::opening(const Claim& claim, const Hash256& seed) {
    Bytes bytes = to_bytes(as_bytes("opening"));
    append(bytes, digest_of(claim.inputs));
    append(bytes, claim.output_root);
    append(bytes, claim.trace_root);
    append(bytes, seed);
    return to_bytes(sha256(bytes));
}

bool TruthVerifier::is_caught(const Claim& claim, const Hash256& seed, std::uint32_t probes) {
    if (claim.fault != true_fault(claim.inputs)) {
        return true;
    }
    if (claim.trace_root == trace_root(true_mark, 0, claim.inputs)) {
        return false;
    }
    const std::uint8_t extent = claim.trace_root[1];
    const bool is_known = claim.trace_root == trace_root(wrong_mark, extent, claim.inputs);
    for (std::uint32_t probe = 0; probe < probes; ++probe) {
        Bytes bytes = to_bytes(seed);
        bytes.push_back(static_cast<std::uint8_t>(probe));
        if (!is_known || sha256(bytes)[0] % extent_max < extent) {
            return true;
        }
    }
    return false;
}

bool TruthVerifier::is_wrong(const market::Commit& commit) {
    return commit.trace_root[0] == wrong_mark;
}

market::Judgement TruthVerifier::judge(
    const market::ProgramSource&,
    const Claim& claim,
    const Hash256& seed,
    const market::ChallengeSize& challenge,
    ByteView proof
) const {
    using enum market::ProofVerdict;
    if (compare(proof, opening(claim, seed)) != 0) {
        return {.verdict = malformed, .gas = 1, .reason = "opens nothing that was committed"};
    }
    const bool is_wrong = is_caught(claim, seed, challenge.probes);
    return {
        .verdict = is_wrong ? wrong : right,
        .gas = challenge.gas,
        .reason = is_wrong ? "a probe fell on what is wrong" : "",
    };
}

}  // namespace steelyard::test
