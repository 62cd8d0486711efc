// UTF-8: sequences of bytes that stand for one character, for JSON texts.
#pragma once

#include "base/bytes.h"

namespace steelyard::rpc {

/// Length of the UTF-8 sequence at the front of `text`, which is not empty; 0 if there is none.
std::size_t utf8_sequence_length(ByteView text);

/// Appends a character of at most U+10FFFF; U+FFFD instead of half of a surrogate pair.
void append_utf8(std::string& out, std::uint32_t character);

}  // namespace steelyard::rpc
