#include "crypto/sha256.h"

#include <cryptopp/sha.h>

namespace steelyard::crypto {

Hash256 sha256(ByteView message) {
    return sha256({message});
}

Hash256 sha256(std::initializer_list<ByteView> parts) {
    CryptoPP::SHA256 hasher;
    for (const ByteView part : parts) {
        hasher.Update(part.data(), part.size());
    }
    Hash256 digest;
    hasher.Final(digest.data());
    return digest;
}

}  // namespace steelyard::crypto
