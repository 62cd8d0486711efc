// MerkleProof: what decodes encodes back to the same bytes, and leads to a root.
#include "base/check.h"
#include "crypto/merkle.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const Result<crypto::MerkleProof> proof = crypto::decode_merkle_proof(bytes);
    if (!proof) {
        return 0;
    }
    CHECK(equal(crypto::encode_merkle_proof(*proof), bytes));
    CHECK(proof->aunts.size() <= crypto::merkle_aunts_max);
    CHECK(proof->index >= 0 && proof->index < proof->total);
    CHECK(crypto::merkle_proof_root(*proof));
    return 0;
}
