#include "crypto/x25519.h"

#include <cryptopp/donna.h>

namespace steelyard::crypto {

X25519PrivateKey generate_x25519_key(RandomSource& random) {
    X25519PrivateKey key;
    random.fill(key.mutable_view());
    return key;
}

X25519PublicKey x25519_public_key(const X25519PrivateKey& key) {
    X25519PublicKey out;
    CryptoPP::Donna::curve25519_mult(out.data(), key.view().data());
    wipe_stack();
    return out;
}

Result<Secret<32>> x25519_shared_secret(
    const X25519PrivateKey& local, const X25519PublicKey& remote
) {
    Secret<32> shared;
    CryptoPP::Donna::curve25519_mult(
        shared.mutable_view().data(), local.view().data(), remote.data()
    );
    wipe_stack();
    if (equal_in_constant_time(shared.view(), ByteArray<32>{})) {
        return invalid("x25519 public key is of low order");
    }
    return shared;
}

}  // namespace steelyard::crypto
