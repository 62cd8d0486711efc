// Signatures against the bare calls of the libraries below them, and the VRF. Every benchmark of
// ours stands behind its peer: the ratio is read off two neighbouring lines of one run.
#include "base/check.h"
#include "base/random.h"
#include "crypto/ed25519.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "crypto/vrf.h"

#include <benchmark/benchmark.h>
#include <cryptopp/donna.h>
#include <secp256k1.h>

namespace steelyard::crypto {
namespace {

const Hash256 digest = sha256(as_bytes("a vote"));
const Bytes message(120, 7);  // about the size of a vote's sign bytes

struct EcdsaKey {
    Secret<32> secret;
    secp256k1::PointBytes key;
    ByteArray<64> signature;

    explicit EcdsaKey(std::uint64_t seed) {
        SeededRandom random(seed);
        secret = secp256k1::generate(random);
        key = secp256k1::public_key_of(secret);
        signature = secp256k1::sign(secret, digest);
    }
};

void ecdsa_verify_by_library(benchmark::State& state, bool with_parse) {
    const EcdsaKey signer(1);
    secp256k1_context* context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_pubkey key;
    const auto parse = [&] {
        return secp256k1_ec_pubkey_parse(context, &key, signer.key.data(), signer.key.size());
    };
    CHECK(parse() == 1);
    for (auto _ : state) {
        secp256k1_ecdsa_signature signature;
        bool good = !with_parse || parse() == 1;
        good = good && secp256k1_ecdsa_signature_parse_compact(
                           context, &signature, signer.signature.data()
                       ) == 1;
        good = good && secp256k1_ecdsa_verify(context, &signature, digest.data(), &key) == 1;
        CHECK(good);
    }
    secp256k1_context_destroy(context);
}
BENCHMARK_CAPTURE(ecdsa_verify_by_library, parsed_key, false);

void ecdsa_verify_known_key(benchmark::State& state) {
    const EcdsaKey signer(1);
    for (auto _ : state) {
        CHECK(secp256k1::verify(signer.key, digest, signer.signature));
    }
}
BENCHMARK(ecdsa_verify_known_key);

BENCHMARK_CAPTURE(ecdsa_verify_by_library, with_parse, true);

/// More signers than the cache of keys has places: taken in a circle, hardly one is found there.
template <typename Signer>
std::vector<Signer> make_signers(std::size_t parsed_key_count_max) {
    std::vector<Signer> signers;
    for (std::uint64_t i = 0; i < 4 * parsed_key_count_max; ++i) {
        signers.emplace_back(i);
    }
    return signers;
}

void ecdsa_verify_new_key(benchmark::State& state) {
    static const auto signers = make_signers<EcdsaKey>(secp256k1::parsed_key_count_max);
    std::size_t at = 0;
    for (auto _ : state) {
        const EcdsaKey& signer = signers[at++ % signers.size()];
        CHECK(secp256k1::verify(signer.key, digest, signer.signature));
    }
}
BENCHMARK(ecdsa_verify_new_key);

void ecdsa_sign(benchmark::State& state) {
    const EcdsaKey signer(1);
    for (auto _ : state) {
        benchmark::DoNotOptimize(secp256k1::sign(signer.secret, digest));
    }
}
BENCHMARK(ecdsa_sign);

struct Ed25519Key {
    Secret<32> seed;
    ed25519::KeyBytes key;
    ByteArray<64> signature;

    explicit Ed25519Key(std::uint64_t number) {
        SeededRandom(number).fill(seed.mutable_view());
        key = ed25519::public_key_of(seed);
        signature = ed25519::sign(seed, key, message);
    }
};

void ed25519_verify_by_cryptopp(benchmark::State& state) {
    const Ed25519Key signer(1);
    for (auto _ : state) {
        const int error = CryptoPP::Donna::ed25519_sign_open(
            message.data(), message.size(), signer.key.data(), signer.signature.data()
        );
        CHECK(error == 0);
    }
}
BENCHMARK(ed25519_verify_by_cryptopp);

void ed25519_verify_known_key(benchmark::State& state) {
    const Ed25519Key signer(1);
    for (auto _ : state) {
        CHECK(ed25519::verify(signer.key, message, signer.signature));
    }
}
BENCHMARK(ed25519_verify_known_key);

void ed25519_verify_new_key(benchmark::State& state) {
    static const auto signers = make_signers<Ed25519Key>(ed25519::parsed_key_count_max);
    std::size_t at = 0;
    for (auto _ : state) {
        const Ed25519Key& signer = signers[at++ % signers.size()];
        CHECK(ed25519::verify(signer.key, message, signer.signature));
    }
}
BENCHMARK(ed25519_verify_new_key);

/// What an attacker can make a node spend on a signature that fails: the same.
void ed25519_refuse(benchmark::State& state) {
    Ed25519Key signer(1);
    signer.signature[32] ^= 1;
    for (auto _ : state) {
        CHECK(!ed25519::verify(signer.key, message, signer.signature));
    }
}
BENCHMARK(ed25519_refuse);

void ed25519_sign(benchmark::State& state) {
    const Ed25519Key signer(1);
    for (auto _ : state) {
        benchmark::DoNotOptimize(ed25519::sign(signer.seed, signer.key, message));
    }
}
BENCHMARK(ed25519_sign);

void vrf_prove(benchmark::State& state) {
    const EcdsaKey signer(1);
    for (auto _ : state) {
        benchmark::DoNotOptimize(vrf::prove(signer.secret, digest));
    }
}
BENCHMARK(vrf_prove);

void vrf_verify(benchmark::State& state) {
    const EcdsaKey signer(1);
    const vrf::Proof proof = vrf::prove(signer.secret, digest);
    for (auto _ : state) {
        CHECK(vrf::verify(signer.key, digest, proof));
    }
}
BENCHMARK(vrf_verify);

}  // namespace
}  // namespace steelyard::crypto
