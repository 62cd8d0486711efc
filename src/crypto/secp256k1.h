// ECDSA on secp256k1: compact low-S signatures with RFC 6979 nonces.
#pragma once

#include "base/random.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace steelyard::crypto::secp256k1 {

/// A compressed point: 02 or 03, then x, big-endian.
using PointBytes = ByteArray<33>;

/// Whether the bytes are the compressed encoding (33 bytes) of a point of the curve.
bool is_public_key(ByteView bytes);

/// Whether the bytes are a scalar from 1 to n-1, 32 bytes big-endian. In constant time.
bool is_private_key(ByteView bytes);

/// A uniform private key.
Secret<32> generate(RandomSource& random);

/// (hash mod (n-1)) + 1. Of SHA-256(secret) it is CometBFT's GenPrivKeySecp256k1; the key is only
/// as hard to guess as what was hashed.
Secret<32> private_key_from(const Hash256& hash);

/// The public key of a private key; ends the process unless `is_private_key`.
PointBytes public_key_of(const Secret<32>& key);

/// r and s, big-endian, s <= n/2. The nonce is RFC 6979's without extra entropy, so a key has one
/// signature for a digest. Ends the process unless `is_private_key`.
ByteArray<64> sign(const Secret<32>& key, const Hash256& digest);

/// Whether `signature` is 64 bytes r and s with 0 < r < n and 0 < s <= n/2 that the key made for
/// the digest. False for a key that is no point.
bool verify(const PointBytes& key, const Hash256& digest, ByteView signature);

/// How many parsed public keys are remembered, in the whole process.
inline constexpr std::size_t parsed_key_count_max = 4096;

}  // namespace steelyard::crypto::secp256k1
