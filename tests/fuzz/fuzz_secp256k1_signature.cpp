// ECDSA signatures: an accepted one has r and s in range and is the only form of itself, and a
// signature that was made is accepted until a bit of it changes.
#include "base/check.h"
#include "crypto/public_key.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

using namespace steelyard;
using namespace steelyard::crypto;

namespace {

/// n/2, big-endian: the highest s.
constexpr ByteArray<32> half_order = {
    0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0x5D, 0x57, 0x6E, 0x73, 0x57, 0xA4, 0x50, 0x1D, 0xDF, 0xE9, 0x2F, 0x46, 0x68, 0x1B, 0x20, 0xA0,
};

/// 2 (n/2) + 1 - s, which is n - s.
ByteArray<32> negated(std::span<const std::uint8_t, 32> s) {
    ByteArray<32> out;
    int carry = 1;
    for (std::size_t i = 32; i-- > 0;) {
        const int digit = 2 * half_order[i] - s[i] + carry;
        out[i] = static_cast<std::uint8_t>(digit & 0xFF);
        carry = digit >> 8;
    }
    return out;
}

}  // namespace

// Input: a byte, then a signature to accept or refuse, or a mask to lay over a good one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Secret<32> key = secp256k1::private_key_from(sha256(as_bytes("fuzz")));
    static const secp256k1::PointBytes public_key = secp256k1::public_key_of(key);
    if (size == 0) {
        return 0;
    }
    const ByteView rest(data + 1, size - 1);
    const Hash256 digest = sha256({data, 1});
    const ByteArray<64> made = secp256k1::sign(key, digest);
    CHECK(secp256k1::verify(public_key, digest, made));

    Bytes signature = to_bytes(rest);
    if (data[0] % 2 == 0) {
        signature.resize(64);
        for (std::size_t i = 0; i < 64; ++i) {
            signature[i] ^= made[i];
        }
        CHECK(secp256k1::verify(public_key, digest, signature) == equal(signature, made));
    }
    if (secp256k1::verify(public_key, digest, signature)) {
        CHECK(signature.size() == 64);
        const auto s = std::span(signature).last<32>();
        CHECK(compare(s, half_order) <= 0);
        const ByteArray<32> high = negated(s);
        std::copy(high.begin(), high.end(), signature.begin() + 32);
        CHECK(!secp256k1::verify(public_key, digest, signature));
    }
    return 0;
}
