// tendermint.crypto.PublicKey: what decodes encodes back to the same bytes, and verifies without
// harm.
#include "base/check.h"
#include "crypto/public_key.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const Result<crypto::PublicKey> key = crypto::decode_public_key(bytes);
    if (!key) {
        return 0;
    }
    CHECK(equal(crypto::encode_public_key(*key), bytes));
    CHECK(crypto::PublicKey::parse(key->type(), key->bytes()) == key);
    key->verify(bytes, crypto::Signature{});
    return 0;
}
