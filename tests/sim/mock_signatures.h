// Signatures that cost little: a keyed hash in the place of a curve.
#pragma once

#include "chain/commit_verifier.h"
#include "consensus/engine/signer.h"
#include "tests/sim/options.h"

#include <memory>

namespace steelyard::sim {

/// Signs with a hash under its public key, which looks like one of ed25519. Whoever knows the
/// public key could forge: nobody in a simulation does. Other bytes, another message or another key
/// verify no more than they should.
class MockSigningKey final : public engine::SigningKey {
public:
    explicit MockSigningKey(std::uint64_t number);

    const crypto::PublicKey& public_key() const override { return public_key_; }
    crypto::Signature sign(ByteView message) const override;
    bool verify(ByteView message, const crypto::Signature& signature) const override;

private:
    crypto::PublicKey public_key_;
};

/// Verifies what MockSigningKeys sign.
std::optional<std::size_t> verify_mock(std::span<const chain::SignatureCheck> checks);

/// The key of a node of a simulation, and who checks such signatures.
std::unique_ptr<engine::SigningKey> make_key(
    Signatures signatures, std::uint64_t seed, NodeIndex node
);
chain::SignatureVerifier make_verifier(Signatures signatures);

}  // namespace steelyard::sim
