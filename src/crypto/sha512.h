// SHA-512 (FIPS 180-4).
#pragma once

#include "base/bytes.h"

#include <initializer_list>

namespace steelyard::crypto {

using Hash512 = ByteArray<64>;

Hash512 sha512(ByteView message);

/// The hash of the parts put one after another.
Hash512 sha512(std::initializer_list<ByteView> parts);

}  // namespace steelyard::crypto
