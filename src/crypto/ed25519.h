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

/// Whether the signature is valid; false unless it is 64 bytes.
bool verify(const KeyBytes& key, ByteView message, ByteView signature);

}  // namespace steelyard::crypto::ed25519
