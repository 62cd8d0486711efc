#include "crypto/ripemd160.h"

#include <cryptopp/ripemd.h>

namespace steelyard::crypto {

ByteArray<20> ripemd160(ByteView message) {
    ByteArray<20> digest;
    CryptoPP::RIPEMD160().CalculateDigest(digest.data(), message.data(), message.size());
    return digest;
}

}  // namespace steelyard::crypto
