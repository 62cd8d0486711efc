// SHA-256 (FIPS 180-4).
#pragma once

#include "crypto/hash.h"

#include <initializer_list>

namespace steelyard::crypto {

Hash256 sha256(ByteView message);

/// The hash of the parts put one after another.
Hash256 sha256(std::initializer_list<ByteView> parts);

}  // namespace steelyard::crypto
