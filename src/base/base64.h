// Base64 of RFC 4648 section 4: the standard alphabet, with padding.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard {

std::string to_base64(ByteView bytes);

/// Appends the text to `out`.
void append_base64(std::string& out, ByteView bytes);

/// Decodes strictly: padding required, no white space, unused bits zero, so that every byte string
/// has exactly one text.
Result<Bytes> from_base64(std::string_view text);

}  // namespace steelyard
