// Fixed-size hash values.
#pragma once

#include "base/bytes.h"

namespace steelyard::crypto {

using Hash256 = ByteArray<32>;

/// An account's, validator's or node's address: 20 bytes derived from its public key.
using Address = ByteArray<20>;

}  // namespace steelyard::crypto
