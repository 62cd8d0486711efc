#include "crypto/hmac.h"

#include <cryptopp/hmac.h>
#include <cryptopp/sha.h>

namespace steelyard::crypto {
namespace {

template <typename Hash, std::size_t size>
Secret<size> hmac(ByteView key, std::initializer_list<ByteView> parts) {
    CryptoPP::HMAC<Hash> code(key.data(), key.size());
    for (const ByteView part : parts) {
        code.Update(part.data(), part.size());
    }
    Secret<size> out;
    code.Final(out.mutable_view().data());
    return out;
}

}  // namespace

Secret<32> hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
    return hmac<CryptoPP::SHA256, 32>(key, parts);
}

Secret<64> hmac_sha512(ByteView key, std::initializer_list<ByteView> parts) {
    return hmac<CryptoPP::SHA512, 64>(key, parts);
}

}  // namespace steelyard::crypto
