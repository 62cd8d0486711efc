#include "crypto/secret_connection_keys.h"

#include "crypto/key_derivation.h"
#include "crypto/merlin.h"

namespace steelyard::crypto {

SecretConnectionKeys derive_secret_connection_keys(
    const Secret<32>& shared_secret, bool local_is_least
) {
    // The last third was the challenge before there was a transcript.
    Secret<96> derived;
    hkdf_sha256(
        shared_secret.view(),
        {},
        as_bytes("TENDERMINT_SECRET_CONNECTION_KEY_AND_CHALLENGE_GEN"),
        derived.mutable_view()
    );
    Secret<32> first(derived.view().first<32>());
    Secret<32> second(derived.view().subspan<32, 32>());
    if (local_is_least) {
        return {.receive = std::move(first), .send = std::move(second)};
    }
    return {.receive = std::move(second), .send = std::move(first)};
}

Result<SecretConnectionAgreement> agree_secret_connection(
    const X25519PrivateKey& local, const X25519PublicKey& remote
) {
    const X25519PublicKey own = x25519_public_key(local);
    if (own == remote) {
        return invalid("remote ephemeral key is our own");
    }
    TRY_ASSIGN(const auto shared_secret, x25519_shared_secret(local, remote));

    MerlinTranscript transcript("TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH");
    transcript.append_message("EPHEMERAL_LOWER_PUBLIC_KEY", std::min(own, remote));
    transcript.append_message("EPHEMERAL_UPPER_PUBLIC_KEY", std::max(own, remote));
    transcript.append_message("DH_SECRET", shared_secret.view());
    ByteArray<32> challenge;
    transcript.challenge_bytes("SECRET_CONNECTION_MAC", challenge);

    return SecretConnectionAgreement{
        .keys = derive_secret_connection_keys(shared_secret, own < remote),
        .challenge = challenge,
    };
}

}  // namespace steelyard::crypto
