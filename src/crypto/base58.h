// Base58Check: base 58 with four bytes of checksum, the text of BIP-32's extended keys.
#pragma once

#include "crypto/secret.h"

namespace steelyard::crypto {

constexpr std::size_t base58_payload_size_max = 128;
constexpr std::size_t base58_text_size_max = 181;  ///< what the largest payload may take

/// Payload and text may be a private key, so both are wiped. The payload is at most
/// base58_payload_size_max bytes (CHECKed).
SecretBytes encode_base58check(ByteView payload);

/// Takes the one text that encode_base58check gives. Errors name the position, not the character.
Result<SecretBytes> decode_base58check(std::string_view text);

}  // namespace steelyard::crypto
