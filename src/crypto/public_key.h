// Keys of accounts and validators: two kinds of signature behind one type.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace steelyard::crypto {

/// The signature schemes of this chain. The values are this program's own and stand in no encoding.
enum class KeyType : std::uint8_t {
    ed25519,    ///< validators and node keys; verified by ZIP-215's rules (crypto/ed25519.h)
    secp256k1,  ///< accounts and validators; ECDSA over SHA-256 (crypto/secp256k1.h)
};

/// "ed25519" or "secp256k1", as consensus_params.validator.pub_key_types spells them.
std::string_view to_string(KeyType type);

/// "tendermint/PubKeyEd25519" or "tendermint/PubKeySecp256k1", as JSON names public keys.
std::string_view public_key_json_type(KeyType type);

/// "tendermint/PrivKeyEd25519" or "tendermint/PrivKeySecp256k1", as key files name private keys.
std::string_view private_key_json_type(KeyType type);

constexpr std::size_t public_key_size(KeyType type) {
    return type == KeyType::ed25519 ? 32 : 33;
}

/// Of either scheme.
constexpr std::size_t signature_size = 64;
using Signature = ByteArray<signature_size>;

/// A well-formed public key: 32 bytes for ed25519 (any: a key that is no point verifies nothing),
/// the 33 bytes of a compressed point of the curve for secp256k1.
class PublicKey {
public:
    static Result<PublicKey> parse(KeyType type, ByteView bytes);

    /// The bytes of a key that was parsed once and came back from where this program keeps it.
    /// Their number is CHECKed, and no more: one that is no point verifies nothing.
    static PublicKey known(KeyType type, ByteView bytes) { return {type, bytes}; }

    KeyType type() const { return type_; }
    ByteView bytes() const { return ByteView(bytes_).first(public_key_size(type_)); }

    /// The first 20 bytes of SHA-256 of an ed25519 key; RIPEMD-160 of SHA-256 of a secp256k1 key.
    Address address() const;

    /// Whether this key signed the message (not its hash). A signature of the wrong length, or with
    /// numbers out of range, is false. The verdict is the same on every machine.
    bool verify(ByteView message, ByteView signature) const;

    /// By type, then by bytes.
    auto operator<=>(const PublicKey&) const = default;

private:
    friend class PrivateKey;  // derives keys that need no check

    PublicKey(KeyType type, ByteView bytes);

    KeyType type_;
    ByteArray<33> bytes_{};  ///< filled up with zeros
};

/// A private key and the public key that belongs to it. Signing is deterministic. The secret is
/// wiped on destruction and cannot be printed or copied by accident.
class PrivateKey {
public:
    static PrivateKey generate(KeyType type, RandomSource& random);

    /// Takes 32 bytes: a scalar from 1 to n-1 for secp256k1, RFC 8032's seed for ed25519. For
    /// ed25519 it also takes the 64 bytes that `export_bytes` gives. Errors quote no byte of it.
    static Result<PrivateKey> parse(KeyType type, ByteView bytes);

    KeyType type() const { return public_key_.type(); }
    const PublicKey& public_key() const { return public_key_; }

    /// Signs the message itself; secp256k1 hashes it with SHA-256.
    Signature sign(ByteView message) const;

    /// The scalar of a secp256k1 key, the seed of an ed25519 key.
    const Secret<32>& secret() const { return secret_; }

    /// As key files hold it: 32 bytes for secp256k1, seed and public key (64) for ed25519.
    SecretBytes export_bytes() const;

    PrivateKey clone() const { return PrivateKey(secret_.clone(), public_key_); }

private:
    PrivateKey(Secret<32> secret, PublicKey public_key)
        : secret_(std::move(secret)), public_key_(public_key) {}

    Secret<32> secret_;
    PublicKey public_key_;
};

/// The message tendermint.crypto.PublicKey.
Bytes encode_public_key(const PublicKey& key);
Result<PublicKey> decode_public_key(ByteView bytes);

}  // namespace steelyard::crypto
