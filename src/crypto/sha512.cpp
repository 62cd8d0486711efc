#include "crypto/sha512.h"

#include <cryptopp/sha.h>

namespace steelyard::crypto {

Hash512 sha512(ByteView message) {
    return sha512({message});
}

Hash512 sha512(std::initializer_list<ByteView> parts) {
    CryptoPP::SHA512 hasher;
    for (const ByteView part : parts) {
        hasher.Update(part.data(), part.size());
    }
    Hash512 digest;
    hasher.Final(digest.data());
    return digest;
}

}  // namespace steelyard::crypto
