#include "crypto/secp256k1.h"

#include "base/check.h"
#include "crypto/parsed_key_cache.h"
#include "crypto/secp256k1_context.h"

namespace steelyard::crypto::secp256k1 {
namespace {

secp256k1_context* make_context() {
    secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    CHECK(made != nullptr);
    Secret<32> seed;
    SystemRandom().fill(seed.mutable_view());
    CHECK(secp256k1_context_randomize(made, seed.view().data()) == 1);
    return made;
}

/// n-1, for the group order n; big-endian.
constexpr Hash256 order_less_one = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE,
    0xBA, 0xAE, 0xDC, 0xE6, 0xAF, 0x48, 0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x40,
};

std::optional<secp256k1_pubkey> decompress(const PointBytes& key) {
    secp256k1_pubkey parsed;
    const int done = secp256k1_ec_pubkey_parse(context(), &parsed, key.data(), key.size());
    return done == 1 ? std::optional(parsed) : std::nullopt;
}

}  // namespace

const secp256k1_context* context() {
    static const secp256k1_context* const shared = make_context();
    return shared;
}

std::optional<secp256k1_pubkey> parse_public_key(ByteView bytes) {
    static ParsedKeyCache<33, secp256k1_pubkey, parsed_key_count_max> parsed_keys;
    if (bytes.size() != 33) {
        return std::nullopt;
    }
    return parsed_keys.get(to_array(bytes.first<33>()), decompress);
}

PointBytes compress(const secp256k1_pubkey& point) {
    PointBytes out;
    std::size_t size = out.size();
    const int done = secp256k1_ec_pubkey_serialize(
        context(), out.data(), &size, &point, SECP256K1_EC_COMPRESSED
    );
    CHECK(done == 1 && size == out.size());
    return out;
}

bool is_public_key(ByteView bytes) {
    return parse_public_key(bytes).has_value();
}

bool is_private_key(ByteView bytes) {
    if (bytes.size() != 32) {
        return false;
    }
    const bool is_key = secp256k1_ec_seckey_verify(context(), bytes.data()) == 1;
    wipe_stack();
    return is_key;
}

Secret<32> generate(RandomSource& random) {
    Secret<32> key;
    do {
        random.fill(key.mutable_view());
    } while (!is_private_key(key.view()));
    return key;
}

Secret<32> private_key_from(const Hash256& hash) {
    Secret<32> key(hash);
    // Below 2(n-1), as every 256-bit number is: one subtraction reduces it.
    if (!std::ranges::lexicographical_compare(hash, order_less_one)) {
        unsigned borrow = 0;
        for (std::size_t i = 32; i-- > 0;) {
            const unsigned difference = 0x100U + hash[i] - order_less_one[i] - borrow;
            key.mutable_view()[i] = static_cast<std::uint8_t>(difference);
            borrow = difference < 0x100U ? 1 : 0;
        }
    }
    for (std::size_t i = 32; i-- > 0;) {
        if (++key.mutable_view()[i] != 0) {
            break;
        }
    }
    return key;
}

PointBytes public_key_of(const Secret<32>& key) {
    secp256k1_pubkey point;
    CHECK(secp256k1_ec_pubkey_create(context(), &point, key.view().data()) == 1);
    wipe_stack();
    return compress(point);
}

ByteArray<64> sign(const Secret<32>& key, const Hash256& digest) {
    secp256k1_ecdsa_signature signature;
    CHECK(
        secp256k1_ecdsa_sign(
            context(),
            &signature,
            digest.data(),
            key.view().data(),
            secp256k1_nonce_function_rfc6979,
            nullptr
        ) == 1
    );
    wipe_stack();
    ByteArray<64> out;
    secp256k1_ecdsa_signature_serialize_compact(context(), out.data(), &signature);
    return out;
}

bool verify(const PointBytes& key, const Hash256& digest, ByteView signature) {
    secp256k1_ecdsa_signature parsed;
    if (signature.size() != 64 ||
        secp256k1_ecdsa_signature_parse_compact(context(), &parsed, signature.data()) != 1) {
        return false;
    }
    const auto point = parse_public_key(key);
    // The library refuses a high s by itself.
    return point && secp256k1_ecdsa_verify(context(), &parsed, digest.data(), &*point) == 1;
}

}  // namespace steelyard::crypto::secp256k1
