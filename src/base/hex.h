// Hexadecimal text.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard {

std::string to_hex(ByteView bytes);        ///< lower case
std::string to_hex_upper(ByteView bytes);  ///< upper case, as CometBFT prints hashes

/// Decodes pairs of hex digits of either case; an odd length or another character is an error.
Result<Bytes> from_hex(std::string_view text);

/// As from_hex, and the result must be exactly as long as `out`.
Result<void> from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace steelyard
