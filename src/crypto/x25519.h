// Diffie-Hellman on Curve25519 (RFC 7748).
#pragma once

#include "base/random.h"
#include "crypto/secret.h"

namespace steelyard::crypto {

using X25519PublicKey = ByteArray<32>;
using X25519PrivateKey = Secret<32>;  ///< any 32 bytes; clamped on use

X25519PrivateKey generate_x25519_key(RandomSource& random);

X25519PublicKey x25519_public_key(const X25519PrivateKey& key);

/// The secret that both sides share. Refuses a remote key of low order, whose secret would be all
/// zeros, known to everyone.
Result<Secret<32>> x25519_shared_secret(
    const X25519PrivateKey& local, const X25519PublicKey& remote
);

}  // namespace steelyard::crypto
