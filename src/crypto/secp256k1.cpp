#include "crypto/secp256k1.h"

#include "base/check.h"
#include "base/endian.h"
#include "crypto/secp256k1_context.h"

#include <mutex>

namespace steelyard::crypto::secp256k1 {
namespace {

/// Remembers decompressed keys. A key has one slot, which its own bytes choose, and drives out what
/// was there: whoever crafts keys that collide makes others pay a decompression (4 us), no more.
/// What is found is what parsing would give, so the cache never changes a verdict.
class ParsedKeyCache {
public:
    std::optional<secp256k1_pubkey> find(const PointBytes& key) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        const Slot& slot = shard.slot_of(key);
        return slot.key == key ? std::optional(slot.parsed) : std::nullopt;
    }

    void put(const PointBytes& key, const secp256k1_pubkey& parsed) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        shard.slot_of(key) = {key, parsed};
    }

private:
    struct Slot {
        PointBytes key{};  ///< all zero while empty; callers ask for keys that begin with 02 or 03
        secp256k1_pubkey parsed{};
    };

    static constexpr std::size_t shard_count = 64;
    static constexpr std::size_t slot_count = parsed_key_count_max / shard_count;

    /// One lock and its slots, on cache lines of their own.
    struct alignas(64) Shard {
        Slot& slot_of(const PointBytes& key) {
            return slots[load_le<std::uint32_t>(&key[5]) % slot_count];
        }

        std::mutex mutex;
        std::array<Slot, slot_count> slots;
    };

    Shard& shard_of(const PointBytes& key) {
        return shards_[load_le<std::uint32_t>(&key[1]) % shard_count];
    }

    std::array<Shard, shard_count> shards_;
};

ParsedKeyCache& parsed_keys() {
    static ParsedKeyCache cache;
    return cache;
}

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

}  // namespace

const secp256k1_context* context() {
    static const secp256k1_context* const shared = make_context();
    return shared;
}

std::optional<secp256k1_pubkey> parse_public_key(ByteView bytes) {
    if (bytes.size() != std::tuple_size_v<PointBytes> || (bytes[0] != 2 && bytes[0] != 3)) {
        return std::nullopt;
    }
    const PointBytes key = to_array(bytes.first<33>());
    if (auto found = parsed_keys().find(key)) {
        return found;
    }
    secp256k1_pubkey parsed;
    if (secp256k1_ec_pubkey_parse(context(), &parsed, key.data(), key.size()) != 1) {
        return std::nullopt;
    }
    parsed_keys().put(key, parsed);
    return parsed;
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
    return bytes.size() == 32 && secp256k1_ec_seckey_verify(context(), bytes.data()) == 1;
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
