// Ed25519: RFC 8032 signatures, verified by ZIP-215's rules as every CometBFT node does.
#pragma once

#include "crypto/hash.h"
#include "crypto/secret.h"

namespace steelyard::crypto::ed25519 {

/// A public key as it was encoded. ZIP-215 hashes these bytes, canonical or not.
using KeyBytes = ByteArray<32>;

KeyBytes public_key_of(const Secret<32>& seed);

/// RFC 8032's signature of the message; `key` must belong to the seed.
ByteArray<64> sign(const Secret<32>& seed, const KeyBytes& key, ByteView message);

/// Whether the signature is valid under ZIP-215: 64 bytes R and S with S < L, where R and the key
/// decode to points of the curve (not necessarily from their canonical encodings) and
/// [8][S]B = [8]R + [8][k]A, with k = SHA-512(R, key, message) over the bytes as given.
bool verify(const KeyBytes& key, ByteView message, ByteView signature);

/// How many decoded public keys are remembered, in the whole process (1.3 KiB each).
inline constexpr std::size_t parsed_key_count_max = 1024;

}  // namespace steelyard::crypto::ed25519
