#include "crypto/ethereum_keystore.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "crypto/key_derivation.h"

#include <cryptopp/aes.h>
#include <cryptopp/keccak.h>
#include <cryptopp/modes.h>
#include <cryptopp/pwdbased.h>
#include <cryptopp/sha.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <limits>

namespace steelyard::crypto {
namespace {

namespace json = boost::json;

constexpr std::size_t nesting_max = 4;
constexpr std::size_t cipher_key_size = 16;

std::unexpected<Error> corrupt(std::string_view what) {
    return fail(ErrorCode::corrupt, "Ethereum keystore: {}", what);
}

std::unexpected<Error> unsupported(std::string_view what) {
    return fail(ErrorCode::unsupported, "Ethereum keystore: {}", what);
}

/// The object of a name, which wallets write "crypto" or "Crypto".
const json::object* object_of(const json::object& parent, std::string_view name) {
    const auto* const value = parent.if_contains({name.data(), name.size()});
    return value == nullptr ? nullptr : value->if_object();
}

std::string_view text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains({name.data(), name.size()});
    return value != nullptr && value->is_string()
               ? std::string_view(value->get_string().data(), value->get_string().size())
               : std::string_view();
}

Result<std::uint64_t> number_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) {
        return corrupt(fmt::format("{} is no number", name));
    }
    return static_cast<std::uint64_t>(value->get_int64());
}

Result<std::uint32_t> small_number_of(const json::object& object, std::string_view name) {
    TRY_ASSIGN(const std::uint64_t number, number_of(object, name));
    if (number > std::numeric_limits<std::uint32_t>::max()) {
        return fail(ErrorCode::too_large, "Ethereum keystore: {} is {}", name, number);
    }
    return static_cast<std::uint32_t>(number);
}

Result<Secret<32>> derive(const json::object& crypto, ByteView password) {
    const auto* const params = object_of(crypto, "kdfparams");
    if (params == nullptr) {
        return corrupt("has no kdfparams");
    }
    TRY_ASSIGN(const std::uint64_t size, number_of(*params, "dklen"));
    const auto salt = from_hex(text_of(*params, "salt"));
    Secret<32> key;
    if (!salt || size != key.view().size()) {
        return corrupt("has no salt, or a derived key of another size than 32");
    }
    const std::string_view kdf = text_of(crypto, "kdf");
    if (kdf == "scrypt") {
        ScryptCost cost;
        TRY_ASSIGN(cost.n, number_of(*params, "n"));
        TRY_ASSIGN(cost.r, small_number_of(*params, "r"));
        TRY_ASSIGN(cost.p, small_number_of(*params, "p"));
        TRY(scrypt(password, *salt, cost, key.mutable_view()));
        return key;
    }
    if (kdf != "pbkdf2" || text_of(*params, "prf") != "hmac-sha256") {
        return unsupported("its key derivation is neither scrypt nor pbkdf2 with hmac-sha256");
    }
    TRY_ASSIGN(const std::uint32_t rounds, small_number_of(*params, "c"));
    if (rounds == 0 || rounds > ethereum_pbkdf2_rounds_max) {
        return fail(
            ErrorCode::too_large,
            "Ethereum keystore: {} rounds, 1 to {} are allowed",
            rounds,
            ethereum_pbkdf2_rounds_max
        );
    }
    constexpr std::uint8_t unused_purpose = 0;
    CryptoPP::PKCS5_PBKDF2_HMAC<CryptoPP::SHA256>().DeriveKey(
        key.mutable_view().data(),
        key.view().size(),
        unused_purpose,
        password.data(),
        password.size(),
        salt->data(),
        salt->size(),
        rounds
    );
    return key;
}

/// Keccak-256 as it was before FIPS 202, of the second half of the key and the ciphertext.
Hash256 mac_of(const Secret<32>& key, ByteView ciphertext) {
    CryptoPP::Keccak_256 hash;
    hash.Update(key.view().data() + cipher_key_size, cipher_key_size);
    hash.Update(ciphertext.data(), ciphertext.size());
    Hash256 mac{};
    hash.Final(mac.data());
    return mac;
}

Result<Secret<32>> open(const json::object& crypto, ByteView password) {
    if (text_of(crypto, "cipher") != "aes-128-ctr") {
        return unsupported("its cipher is not aes-128-ctr");
    }
    const auto* const cipher_params = object_of(crypto, "cipherparams");
    ByteArray<cipher_key_size> iv{};
    ByteArray<32> ciphertext{};
    Hash256 mac{};
    if (cipher_params == nullptr || !from_hex(text_of(*cipher_params, "iv"), iv) ||
        !from_hex(text_of(crypto, "ciphertext"), ciphertext) ||
        !from_hex(text_of(crypto, "mac"), mac)) {
        return corrupt("iv, ciphertext or mac is not hex of 16, 32 and 32 bytes");
    }
    TRY_ASSIGN(const auto key, derive(crypto, password));
    if (!equal_in_constant_time(mac_of(key, ciphertext), mac)) {
        return fail(ErrorCode::denied, "Ethereum keystore: wrong password, or it was changed");
    }
    Secret<32> secret;
    CryptoPP::CTR_Mode<CryptoPP::AES>::Decryption(key.view().data(), cipher_key_size, iv.data())
        .ProcessData(secret.mutable_view().data(), ciphertext.data(), ciphertext.size());
    return secret;
}

Result<json::value> parse(std::string_view text) {
    if (text.size() > ethereum_keystore_size_max) {
        return fail(
            ErrorCode::too_large,
            "Ethereum keystore has {} bytes, more than {}",
            text.size(),
            ethereum_keystore_size_max
        );
    }
    json::error_code error;
    json::parse_options options;
    options.max_depth = nesting_max;
    json::value value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error || !value.is_object()) {
        return corrupt("is no JSON object");
    }
    return value;
}

const json::object* crypto_of(const json::object& root) {
    const auto* const lower = object_of(root, "crypto");
    return lower != nullptr ? lower : object_of(root, "Crypto");
}

}  // namespace

bool is_ethereum_keystore(std::string_view text) {
    const auto value = parse(text);
    return value && crypto_of(value->get_object()) != nullptr;
}

Result<Secret<32>> open_ethereum_keystore(std::string_view text, ByteView password) {
    TRY_ASSIGN(const json::value value, parse(text));
    const auto& root = value.get_object();
    const auto* const crypto = crypto_of(root);
    if (crypto == nullptr) {
        return corrupt("has no crypto");
    }
    TRY_ASSIGN(const std::uint64_t version, number_of(root, "version"));
    if (version != 3) {
        return unsupported("its version is not 3");
    }
    return open(*crypto, password);
}

}  // namespace steelyard::crypto
