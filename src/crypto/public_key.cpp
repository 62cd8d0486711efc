#include "crypto/public_key.h"

#include "base/check.h"
#include "base/protowire.h"
#include "crypto/ed25519.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

#include <optional>

namespace steelyard::crypto {
namespace {

/// The bytes of the key that the scheme's functions take.
template <std::size_t size>
ByteArray<size> key_array(const PublicKey& key) {
    return to_array(key.bytes().first<size>());
}

std::size_t private_key_size(KeyType type) {
    return type == KeyType::ed25519 ? 64 : 32;
}

}  // namespace

std::string_view to_string(KeyType type) {
    return type == KeyType::ed25519 ? "ed25519" : "secp256k1";
}

std::string_view public_key_json_type(KeyType type) {
    return type == KeyType::ed25519 ? "tendermint/PubKeyEd25519" : "tendermint/PubKeySecp256k1";
}

std::string_view private_key_json_type(KeyType type) {
    return type == KeyType::ed25519 ? "tendermint/PrivKeyEd25519" : "tendermint/PrivKeySecp256k1";
}

PublicKey::PublicKey(KeyType type, ByteView bytes) : type_(type) {
    CHECK(bytes.size() == public_key_size(type));
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Result<PublicKey> PublicKey::parse(KeyType type, ByteView bytes) {
    if (bytes.size() != public_key_size(type)) {
        return invalid(
            "{} public key has {} bytes, not {}",
            to_string(type),
            bytes.size(),
            public_key_size(type)
        );
    }
    if (type == KeyType::secp256k1 && !secp256k1::is_public_key(bytes)) {
        return invalid("secp256k1 public key is no compressed point of the curve");
    }
    return PublicKey(type, bytes);
}

Address PublicKey::address() const {
    const Hash256 hash = sha256(bytes());
    switch (type_) {
        case KeyType::ed25519:
            return to_array(std::span(hash).first<20>());
        case KeyType::secp256k1:
            return ripemd160(hash);
    }
    CHECK(false);
}

bool PublicKey::verify(ByteView message, ByteView signature) const {
    switch (type_) {
        case KeyType::ed25519:
            return ed25519::verify(key_array<32>(*this), message, signature);
        case KeyType::secp256k1:
            return secp256k1::verify(bytes_, sha256(message), signature);
    }
    CHECK(false);
}

PrivateKey PrivateKey::generate(KeyType type, RandomSource& random) {
    Secret<32> secret;
    switch (type) {
        case KeyType::ed25519:
            random.fill(secret.mutable_view());
            break;
        case KeyType::secp256k1:
            secret = secp256k1::generate(random);
            break;
    }
    auto key = parse(type, secret.view());
    CHECK(key);
    return *std::move(key);
}

Result<PrivateKey> PrivateKey::parse(KeyType type, ByteView bytes) {
    if (bytes.size() != 32 && bytes.size() != private_key_size(type)) {
        return invalid("{} private key has {} bytes", to_string(type), bytes.size());
    }
    Secret<32> secret(bytes.first<32>());
    if (type == KeyType::secp256k1) {
        if (!secp256k1::is_private_key(bytes)) {
            return invalid("secp256k1 private key is zero or not below the group order");
        }
        const PublicKey public_key(type, secp256k1::public_key_of(secret));
        return PrivateKey(std::move(secret), public_key);
    }
    const PublicKey public_key(type, ed25519::public_key_of(secret));
    if (bytes.size() == 64 && !equal(bytes.last(32), public_key.bytes())) {
        return invalid("ed25519 private key does not belong to the public key beside it");
    }
    return PrivateKey(std::move(secret), public_key);
}

Signature PrivateKey::sign(ByteView message) const {
    switch (type()) {
        case KeyType::ed25519:
            return ed25519::sign(secret_, key_array<32>(public_key_), message);
        case KeyType::secp256k1:
            return secp256k1::sign(secret_, sha256(message));
    }
    CHECK(false);
}

SecretBytes PrivateKey::export_bytes() const {
    SecretBytes out(private_key_size(type()));
    const auto end = std::copy_n(secret_.view().begin(), 32, out.mutable_view().begin());
    if (type() == KeyType::ed25519) {
        std::copy_n(public_key_.bytes().begin(), 32, end);
    }
    return out;
}

Bytes encode_public_key(const PublicKey& key) {
    ProtoWriter writer;
    writer.bytes(key.type() == KeyType::ed25519 ? 1 : 2, key.bytes());
    return std::move(writer).take();
}

Result<PublicKey> decode_public_key(ByteView bytes) {
    std::optional<PublicKey> key;
    ProtoReader reader("PublicKey", bytes);
    const auto take = [&](std::string_view name, KeyType type) {
        if (key) {
            reader.refuse("sum", "holds two keys");
        }
        const ByteView value = reader.bytes(name, public_key_size(type));
        key = reader.nested(name, PublicKey::parse(type, value));
    };
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                take("ed25519", KeyType::ed25519);
                break;
            case 2:
                take("secp256k1", KeyType::secp256k1);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (!key) {
        return invalid("PublicKey.sum: is missing");
    }
    return *key;
}

}  // namespace steelyard::crypto
