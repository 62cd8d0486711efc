#include "tests/sim/mock_signatures.h"

#include "base/endian.h"
#include "tests/sim/keyed_hash.h"

namespace steelyard::sim {
namespace {

constexpr std::size_t word = sizeof(std::uint64_t);

crypto::PublicKey mock_public_key(std::uint64_t number) {
    ByteArray<32> bytes;
    SeededRandom(number).fill(bytes);
    auto key = crypto::PublicKey::parse(crypto::KeyType::ed25519, bytes);
    CHECK(key.has_value());
    return *key;
}

/// One hash of the message under the key, spread over the length of a signature.
crypto::Signature mock_signature(const crypto::PublicKey& key, ByteView message) {
    const ByteView bytes = key.bytes();
    const auto key_0 = load_le<std::uint64_t>(bytes.data());
    const auto key_1 = load_le<std::uint64_t>(bytes.data() + word);
    const std::uint64_t hash = keyed_hash(key_0, key_1, message);
    crypto::Signature signature;
    for (std::size_t i = 0; i < signature.size() / word; ++i) {
        store_le(signature.data() + i * word, (hash ^ key_1) * (2 * i + 1));
    }
    return signature;
}

}  // namespace

MockSigningKey::MockSigningKey(std::uint64_t number) : public_key_(mock_public_key(number)) {
}

crypto::Signature MockSigningKey::sign(ByteView message) const {
    return mock_signature(public_key_, message);
}

bool MockSigningKey::verify(ByteView message, const crypto::Signature& signature) const {
    return mock_signature(public_key_, message) == signature;
}

std::optional<std::size_t> verify_mock(std::span<const chain::SignatureCheck> checks) {
    for (std::size_t i = 0; i < checks.size(); ++i) {
        const chain::SignatureCheck& check = checks[i];
        if (mock_signature(check.key, check.message) != check.signature) {
            return i;
        }
    }
    return std::nullopt;
}

std::unique_ptr<engine::SigningKey> make_key(
    Signatures signatures, std::uint64_t seed, NodeIndex node
) {
    SeededRandom random = stream(seed, "key", node);
    switch (signatures) {
        case Signatures::mock:
            return std::make_unique<MockSigningKey>(random.next_u64());
        case Signatures::secp256k1:
            return std::make_unique<engine::LocalSigningKey>(
                crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random)
            );
        case Signatures::ed25519:
            return std::make_unique<engine::LocalSigningKey>(
                crypto::PrivateKey::generate(crypto::KeyType::ed25519, random)
            );
    }
    CHECK(false);
}

chain::SignatureVerifier make_verifier(Signatures signatures) {
    if (signatures == Signatures::mock) {
        return verify_mock;
    }
    return chain::verify_one_by_one;
}

}  // namespace steelyard::sim
