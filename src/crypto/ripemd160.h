// RIPEMD-160 (ISO/IEC 10118-3), for addresses of secp256k1 keys only.
#pragma once

#include "base/bytes.h"

namespace steelyard::crypto {

ByteArray<20> ripemd160(ByteView message);

}  // namespace steelyard::crypto
