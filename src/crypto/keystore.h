// Keystores: a private key under a password, as JSON text (doc/spec/keystore.md).
#pragma once

#include "base/random.h"
#include "crypto/aead.h"
#include "crypto/key_derivation.h"
#include "crypto/public_key.h"

namespace steelyard::crypto {

constexpr std::size_t keystore_text_size_max = std::size_t{16} << 10;
constexpr std::size_t keystore_name_size_max = 64;
constexpr std::size_t keystore_secret_size_max = 4096;
constexpr std::size_t keystore_password_size_max = 1024;

/// What anyone may read in a keystore. It cannot be changed without the password.
struct KeystoreLabel {
    std::string name;     ///< 1 to keystore_name_size_max characters of printable ASCII
    std::string address;  ///< bech32, of the public key
    PublicKey public_key;

    bool operator==(const KeystoreLabel&) const = default;
};

struct Keystore {
    KeystoreLabel label;
    ScryptCost cost;
    ByteArray<32> salt;
    XNonce nonce;
    Bytes sealed;  ///< the secret and its tag

    bool operator==(const Keystore&) const = default;
};

/// Whether the name is well formed and the address that of the public key.
Result<void> check_keystore_label(const KeystoreLabel& label);

/// Tells damage from a wrong password. It is no protection: anyone can compute it.
Hash256 keystore_checksum(const Keystore& keystore);

/// Seals a secret of 1 to keystore_secret_size_max bytes under a password that is not empty. Takes
/// the time and memory of `cost`.
Result<Keystore> seal_keystore(
    KeystoreLabel label,
    ByteView secret,
    ByteView password,
    const ScryptCost& cost,
    RandomSource& random
);

/// The secret. A wrong password is denied, and so is a keystore that someone changed on purpose.
/// Takes the time and memory of its cost, which parse_keystore has limited.
Result<SecretBytes> open_keystore(const Keystore& keystore, ByteView password);

std::string write_keystore(const Keystore& keystore);

/// Reads what write_keystore wrote, with any white space and order of fields. A damaged text is
/// corrupt, a later version unsupported, a cost over the limits too_large.
Result<Keystore> parse_keystore(std::string_view text);

}  // namespace steelyard::crypto
