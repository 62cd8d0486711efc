// Commitment proofs: what decodes encodes to the same bytes, and verifying it never crashes.
#include "base/check.h"
#include "crypto/ics23.h"

using namespace steelyard;
using namespace steelyard::crypto;

namespace {

/// Verifies a proof of existence against the root that it leads to itself, so that all rules run.
void verify_by_own_root(const ExistenceProof& proof) {
    const Result<Hash256> root = calculate_root(proof);
    if (!root) {
        return;
    }
    for (const ProofSpec spec : {ProofSpec::iavl, ProofSpec::tendermint}) {
        const CommitmentProof whole = proof;
        if (verify_membership(spec, *root, whole, proof.key, proof.value)) {
            CHECK(!verify_non_membership(spec, *root, whole, proof.key));
            CHECK(proof.path.size() <= ics23_depth_max);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    const Result<CommitmentProof> proof = decode_commitment_proof(input);
    if (!proof) {
        return 0;
    }
    CHECK(equal(encode_commitment_proof(*proof), input));
    if (const auto* exist = std::get_if<ExistenceProof>(&*proof)) {
        verify_by_own_root(*exist);
        return 0;
    }
    const auto& absent = std::get<NonExistenceProof>(*proof);
    for (const auto& neighbour : {absent.left, absent.right}) {
        if (neighbour) {
            verify_by_own_root(*neighbour);
            if (const Result<Hash256> root = calculate_root(*neighbour)) {
                (void)verify_non_membership(ProofSpec::iavl, *root, *proof, absent.key);
                (void)verify_non_membership(ProofSpec::tendermint, *root, *proof, absent.key);
            }
        }
    }
    return 0;
}
