// The validator's key file, in the format of CometBFT's priv_validator_key.json.
#pragma once

#include "crypto/public_key.h"

namespace steelyard::engine {

inline constexpr std::size_t key_file_size_max = 4096;

/// JSON: the address in hex, the public and the private key in base64 with the names of their type.
crypto::SecretBytes print_key_file(const crypto::PrivateKey& key);

/// Reads an ed25519 or secp256k1 key; address and public key must be its own. Errors quote no part
/// of the private key.
Result<crypto::PrivateKey> parse_key_file(std::string_view text);

}  // namespace steelyard::engine
