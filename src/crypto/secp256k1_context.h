// What the files that call libsecp256k1 share: its context and the parsed-key cache.
#pragma once

#include "crypto/secp256k1.h"

#include <secp256k1.h>

#include <optional>

namespace steelyard::crypto::secp256k1 {

/// The context of the process, blinded with fresh randomness once, at its first use. Thread-safe.
const secp256k1_context* context();

/// Decompresses a public key, or takes it from the cache.
std::optional<secp256k1_pubkey> parse_public_key(ByteView bytes);

/// The compressed encoding of a point.
PointBytes compress(const secp256k1_pubkey& point);

}  // namespace steelyard::crypto::secp256k1
