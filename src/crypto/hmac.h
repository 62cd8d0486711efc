// HMAC (RFC 2104) over SHA-256 and SHA-512.
#pragma once

#include "crypto/secret.h"

#include <initializer_list>

namespace steelyard::crypto {

/// The code of the parts put one after another. It is a Secret, since most uses derive keys.
Secret<32> hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);
Secret<64> hmac_sha512(ByteView key, std::initializer_list<ByteView> parts);

}  // namespace steelyard::crypto
