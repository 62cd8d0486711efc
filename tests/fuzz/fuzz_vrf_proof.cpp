// VRF proofs: whatever proof is accepted for a key and an input, the output is the key's one
// output.
#include "base/check.h"
#include "crypto/sha256.h"
#include "crypto/vrf.h"

using namespace steelyard;
using namespace steelyard::crypto;

// Input: a byte, which is the VRF's input and says how to read the rest: as a proof, or as a mask
// over a good one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Secret<32> key = secp256k1::private_key_from(sha256(as_bytes("fuzz")));
    static const secp256k1::PointBytes public_key = secp256k1::public_key_of(key);
    if (size == 0) {
        return 0;
    }
    const ByteView alpha(data, 1);
    Bytes proof(data + 1, data + size);
    const vrf::Proof made = vrf::prove(key, alpha);
    if (data[0] % 2 == 0) {
        proof.resize(vrf::proof_size);
        for (std::size_t i = 0; i < proof.size(); ++i) {
            proof[i] ^= made[i];
        }
    }
    const Result<Hash256> output = vrf::verify(public_key, alpha, proof);
    if (output) {
        CHECK(output == vrf::proof_to_hash(made));
        CHECK(output == vrf::proof_to_hash(proof));
    }
    return 0;
}
