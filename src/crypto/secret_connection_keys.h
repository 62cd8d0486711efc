// What both ends of a SecretConnection (CometBFT 0.38) compute once their ephemeral keys are known.
#pragma once

#include "crypto/x25519.h"

namespace steelyard::crypto {

struct SecretConnectionKeys {
    Secret<32> receive;  ///< opens the frames that come in
    Secret<32> send;     ///< seals the frames that go out
};

/// The two frame keys by HKDF from the Diffie-Hellman secret. The side whose ephemeral public key
/// sorts first takes the first key for receiving, the other side for sending.
SecretConnectionKeys derive_secret_connection_keys(
    const Secret<32>& shared_secret, bool local_is_least
);

struct SecretConnectionAgreement {
    SecretConnectionKeys keys;
    ByteArray<32> challenge;  ///< what each node signs with its node key
};

/// Agrees with the remote side on keys and challenge. Refuses a remote key of low order, and one
/// that is our own sent back.
Result<SecretConnectionAgreement> agree_secret_connection(
    const X25519PrivateKey& local, const X25519PublicKey& remote
);

}  // namespace steelyard::crypto
