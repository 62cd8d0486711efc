#include "crypto/vrf.h"

#include "base/check.h"
#include "crypto/secp256k1_context.h"
#include "crypto/sha256.h"

#include <secp256k1_ecdh.h>

namespace steelyard::crypto::vrf {
namespace {

using secp256k1::compress;
using secp256k1::context;
using secp256k1::PointBytes;

using Challenge = ByteArray<16>;
using Scalar = ByteArray<32>;

constexpr std::uint8_t suite = 0xFE;

// What a hash is for stands behind the suite in its input.
constexpr ByteArray<2> hash_to_curve_prefix = {suite, 1};
constexpr ByteArray<2> challenge_prefix = {suite, 2};
constexpr ByteArray<2> output_prefix = {suite, 3};

/// The group order n, big-endian.
constexpr Scalar order = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE,
    0xBA, 0xAE, 0xDC, 0xE6, 0xAF, 0x48, 0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41,
};

constexpr Scalar one = [] {
    Scalar scalar{};
    scalar[31] = 1;
    return scalar;
}();

struct DecodedProof {
    secp256k1_pubkey gamma;
    Challenge c;
    Scalar s;
};

std::optional<secp256k1_pubkey> decompress(const PointBytes& bytes) {
    secp256k1_pubkey point;
    const int done = secp256k1_ec_pubkey_parse(context(), &point, bytes.data(), bytes.size());
    return done == 1 ? std::optional(point) : std::nullopt;
}

Result<DecodedProof> decode(ByteView proof) {
    if (proof.size() != proof_size) {
        return invalid("Vrf.proof: has {} bytes, not {}", proof.size(), proof_size);
    }
    const auto gamma = decompress(to_array(proof.first<33>()));
    if (!gamma) {
        return invalid("Vrf.proof: gamma is no compressed point of the curve");
    }
    const Scalar s = to_array(proof.last<32>());
    if (s >= order) {
        return invalid("Vrf.proof: s is not below the group order");
    }
    return DecodedProof{*gamma, to_array(proof.subspan<33, 16>()), s};
}

/// Hashes until the hash is the x of a point: "try and increment". Each try succeeds in one of two
/// cases, so that all 256 fail is out of reach.
std::optional<secp256k1_pubkey> hash_to_curve(const PointBytes& public_key, ByteView alpha) {
    PointBytes candidate;
    candidate[0] = 2;
    for (unsigned counter = 0; counter < 256; ++counter) {
        const auto last = static_cast<std::uint8_t>(counter);
        const Hash256 x = sha256({hash_to_curve_prefix, public_key, alpha, {&last, 1}});
        std::copy(x.begin(), x.end(), candidate.begin() + 1);
        if (auto point = decompress(candidate)) {
            return point;
        }
    }
    return std::nullopt;
}

Challenge challenge(
    const PointBytes& h, const PointBytes& gamma, const PointBytes& u, const PointBytes& v
) {
    const Hash256 hash = sha256({challenge_prefix, h, gamma, u, v});
    return to_array(std::span(hash).first<16>());
}

Hash256 output_of(const PointBytes& gamma) {
    return sha256({output_prefix, gamma});
}

Scalar widened(const Challenge& c) {
    Scalar out{};
    std::copy(c.begin(), c.end(), out.begin() + 16);
    return out;
}

/// Makes of secp256k1_ecdh a multiplication: keeps the point instead of hashing it.
int keep_compressed(
    unsigned char* out, const unsigned char* x, const unsigned char* y, void* /*unused*/
) {
    out[0] = static_cast<unsigned char>(2 + (y[31] & 1));
    std::copy_n(x, 32, out + 1);
    return 1;
}

/// [scalar]P in constant time, for a secret scalar from 1 to n-1.
PointBytes multiply_secretly(const secp256k1_pubkey& point, const Secret<32>& scalar) {
    PointBytes out;
    const unsigned char* secret = scalar.view().data();
    CHECK(secp256k1_ecdh(context(), out.data(), &point, secret, keep_compressed, nullptr) == 1);
    return out;
}

/// RFC 6979's nonce for the hash of H, section 5.4.2.1 of the draft. The library takes the hash as
/// it is, where the RFC reduces it mod n: the same but for one hash in 2^128.
Secret<32> make_nonce(const Secret<32>& key, const PointBytes& h) {
    const Hash256 hash = sha256(h);
    Secret<32> nonce;
    unsigned attempt = 0;
    do {
        const int done = secp256k1_nonce_function_rfc6979(
            nonce.mutable_view().data(), hash.data(), key.view().data(), nullptr, nullptr, attempt++
        );
        CHECK(done == 1);
    } while (!secp256k1::is_private_key(nonce.view()));
    return nonce;
}

/// k + c x mod n.
Scalar respond(const Secret<32>& k, const Challenge& c, const Secret<32>& x) {
    Secret<32> cx = x.clone();
    unsigned char* sum = cx.mutable_view().data();
    // The library refuses zeros, which no hash and no nonce will hit: c x for c = 0, and the sum.
    if (secp256k1_ec_seckey_tweak_mul(context(), sum, widened(c).data()) != 1) {
        return to_array(k.view());
    }
    if (secp256k1_ec_seckey_tweak_add(context(), sum, k.view().data()) != 1) {
        return {};
    }
    return to_array(cx.view());
}

/// [scalar]P for a public scalar below n; nothing if that is the point at infinity.
std::optional<secp256k1_pubkey> multiply(secp256k1_pubkey point, const Scalar& scalar) {
    const int done = secp256k1_ec_pubkey_tweak_mul(context(), &point, scalar.data());
    return done == 1 ? std::optional(point) : std::nullopt;
}

/// [s]P - [c]Q; nothing if that is the point at infinity.
std::optional<secp256k1_pubkey> combine(
    const Scalar& s, const secp256k1_pubkey& p, const Challenge& c, secp256k1_pubkey q
) {
    CHECK(secp256k1_ec_pubkey_negate(context(), &q) == 1);
    const auto left = multiply(p, s);
    const auto right = multiply(q, widened(c));
    if (!left || !right) {
        return left ? left : right;
    }
    const std::array<const secp256k1_pubkey*, 2> terms = {&*left, &*right};
    secp256k1_pubkey sum;
    const int done = secp256k1_ec_pubkey_combine(context(), &sum, terms.data(), terms.size());
    return done == 1 ? std::optional(sum) : std::nullopt;
}

const secp256k1_pubkey& base_point() {
    static const secp256k1_pubkey base = [] {
        secp256k1_pubkey point;
        CHECK(secp256k1_ec_pubkey_create(context(), &point, one.data()) == 1);
        return point;
    }();
    return base;
}

}  // namespace

Proof prove(const Secret<32>& key, ByteView alpha) {
    const auto h = hash_to_curve(secp256k1::public_key_of(key), alpha);
    CHECK(h);
    const PointBytes h_bytes = compress(*h);
    const PointBytes gamma = multiply_secretly(*h, key);
    const Secret<32> k = make_nonce(key, h_bytes);
    const PointBytes u = secp256k1::public_key_of(k);
    const PointBytes v = multiply_secretly(*h, k);
    const Challenge c = challenge(h_bytes, gamma, u, v);
    const Scalar s = respond(k, c, key);
    wipe_stack();

    Proof proof;
    const auto after_gamma = std::copy(gamma.begin(), gamma.end(), proof.begin());
    const auto after_c = std::copy(c.begin(), c.end(), after_gamma);
    std::copy(s.begin(), s.end(), after_c);
    return proof;
}

Result<Hash256> verify(ByteView public_key, ByteView alpha, ByteView proof) {
    const auto y = secp256k1::parse_public_key(public_key);
    if (!y) {
        return invalid("Vrf.public_key: is no compressed point of the curve");
    }
    TRY_ASSIGN(const DecodedProof decoded, decode(proof));
    const auto h = hash_to_curve(to_array(public_key.first<33>()), alpha);
    if (!h) {
        return invalid("Vrf.alpha: hashes to no point of the curve");
    }
    const auto u = combine(decoded.s, base_point(), decoded.c, *y);
    const auto v = combine(decoded.s, *h, decoded.c, decoded.gamma);
    if (!u || !v) {
        // An honest prover's u is [k]B and v is [k]H, with k not 0.
        return invalid("Vrf.proof: leads to the point at infinity");
    }
    const PointBytes gamma = compress(decoded.gamma);
    if (challenge(compress(*h), gamma, compress(*u), compress(*v)) != decoded.c) {
        return invalid("Vrf.proof: does not fit the public key and the input");
    }
    return output_of(gamma);
}

Result<Hash256> proof_to_hash(ByteView proof) {
    TRY_ASSIGN(const DecodedProof decoded, decode(proof));
    return output_of(compress(decoded.gamma));
}

}  // namespace steelyard::crypto::vrf
