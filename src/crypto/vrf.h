// A verifiable random function on secp256k1, ECVRF-SECP256K1-SHA256-TAI with suite string FE: the
// holder of a key computes one output for an input, and a proof by which all can check it.
//
// doc/spec/crypto.md gives the formulas (of draft-irtf-cfrg-vrf-06) and how RFC 9381 differs.
#pragma once

#include "base/result.h"
#include "crypto/secp256k1.h"

namespace steelyard::crypto::vrf {

/// Gamma, compressed (33 bytes), the challenge c (16) and s (32), big-endian.
inline constexpr std::size_t proof_size = 81;
using Proof = ByteArray<proof_size>;

/// Proves the output of `alpha` under a private key; ends the process unless the key is valid.
/// Deterministic. Time depends on alpha, which is public, and not on the key.
Proof prove(const Secret<32>& key, ByteView alpha);

/// The output that the proof shows to be the key's for `alpha`. A key has one output for an input,
/// however it was made; the same proof in another encoding is refused. Errors name Vrf.proof or
/// Vrf.public_key.
Result<Hash256> verify(ByteView public_key, ByteView alpha, ByteView proof);

/// The output that a proof claims, unverified: for a proof that was made or verified here.
Result<Hash256> proof_to_hash(ByteView proof);

}  // namespace steelyard::crypto::vrf
