// CRC-32C (Castagnoli), as iSCSI (RFC 3720, B.4) and LevelDB use it.
#pragma once

#include "base/bytes.h"

namespace steelyard::engine {

/// The checksum of `bytes`, or, given that of what came before them, of both together.
std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);

/// The same without the processor's instruction for it, for tests to compare.
std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t before = 0);

}  // namespace steelyard::engine
