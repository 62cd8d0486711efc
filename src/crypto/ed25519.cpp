// Key derivation and signing. ed25519_zip215.cpp verifies.
#include "crypto/ed25519.h"

#include "base/check.h"

#include <cryptopp/donna.h>

namespace steelyard::crypto::ed25519 {

KeyBytes public_key_of(const Secret<32>& seed) {
    KeyBytes key;
    CHECK(CryptoPP::Donna::ed25519_publickey(key.data(), seed.view().data()) == 0);
    wipe_stack();
    return key;
}

ByteArray<64> sign(const Secret<32>& seed, const KeyBytes& key, ByteView message) {
    ByteArray<64> signature;
    const int error = CryptoPP::Donna::ed25519_sign(
        message.data(), message.size(), seed.view().data(), key.data(), signature.data()
    );
    CHECK(error == 0);
    wipe_stack();
    return signature;
}

}  // namespace steelyard::crypto::ed25519
