#include "crypto/keystore.h"

#include "base/protowire.h"
#include "crypto/bech32.h"
#include "crypto/sha256.h"

namespace steelyard::crypto {
namespace {

constexpr std::uint64_t format_version = 1;

/// Everything but the sealed secret, in its one encoding: the associated data of the seal.
Bytes encode_header(const Keystore& keystore) {
    ProtoWriter writer;
    writer.uint64(1, format_version);
    writer.string(2, keystore.label.name);
    writer.string(3, keystore.label.address);
    writer.message(4, encode_public_key(keystore.label.public_key));
    writer.uint64(5, keystore.cost.n);
    writer.uint64(6, keystore.cost.r);
    writer.uint64(7, keystore.cost.p);
    writer.bytes(8, keystore.salt);
    writer.bytes(9, keystore.nonce);
    return std::move(writer).take();
}

Result<Secret<32>> derive_key(const Keystore& keystore, ByteView password) {
    if (password.empty()) {
        return invalid("password is empty");
    }
    if (password.size() > keystore_password_size_max) {
        return fail(
            ErrorCode::too_large,
            "password has {} bytes, more than {}",
            password.size(),
            keystore_password_size_max
        );
    }
    Secret<32> key;
    TRY(scrypt(password, keystore.salt, keystore.cost, key.mutable_view()));
    return key;
}

}  // namespace

Result<void> check_keystore_label(const KeystoreLabel& label) {
    const std::string& name = label.name;
    if (name.empty() || name.size() > keystore_name_size_max ||
        std::ranges::any_of(name, [](char c) { return c < ' ' || c > '~'; })) {
        return invalid(
            "keystore name is not 1 to {} characters of printable ASCII", keystore_name_size_max
        );
    }
    TRY_ASSIGN(const Bech32 parts, decode_bech32(label.address));
    if (encode_address(parts.prefix, label.public_key.address()) != label.address) {
        return invalid("keystore address is not that of its public key");
    }
    return {};
}

Hash256 keystore_checksum(const Keystore& keystore) {
    ProtoWriter writer;
    writer.bytes(10, keystore.sealed);
    return sha256({encode_header(keystore), std::move(writer).take()});
}

Result<Keystore> seal_keystore(
    KeystoreLabel label,
    ByteView secret,
    ByteView password,
    const ScryptCost& cost,
    RandomSource& random
) {
    TRY(check_keystore_label(label));
    if (secret.empty() || secret.size() > keystore_secret_size_max) {
        return invalid(
            "keystore secret has {} bytes, not 1 to {}", secret.size(), keystore_secret_size_max
        );
    }
    Keystore keystore{
        .label = std::move(label),
        .cost = cost,
        .salt = {},
        .nonce = {},
        .sealed = Bytes(secret.size() + aead_tag_size),
    };
    random.fill(keystore.salt);
    random.fill(keystore.nonce);
    TRY_ASSIGN(const auto key, derive_key(keystore, password));
    xchacha20_poly1305_seal(key, keystore.nonce, encode_header(keystore), secret, keystore.sealed);
    return keystore;
}

Result<SecretBytes> open_keystore(const Keystore& keystore, ByteView password) {
    if (keystore.sealed.size() <= aead_tag_size) {
        return fail(ErrorCode::corrupt, "keystore holds no secret");
    }
    TRY_ASSIGN(const auto key, derive_key(keystore, password));
    SecretBytes secret(keystore.sealed.size() - aead_tag_size);
    const auto opened = xchacha20_poly1305_open(
        key, keystore.nonce, encode_header(keystore), keystore.sealed, secret.mutable_view()
    );
    if (!opened) {
        return fail(ErrorCode::denied, "wrong password for the key {}", keystore.label.name);
    }
    return secret;
}

}  // namespace steelyard::crypto
