// Messages in a stream, each behind the varint of its length.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>

namespace steelyard::p2p {

/// Takes the message at the front of the stream off it, or nothing, if it is not complete. Refuses
/// a length over `size_max` or not in its shortest form as soon as it is seen.
Result<std::optional<ByteView>> take_delimited(ByteView& stream, std::size_t size_max);

}  // namespace steelyard::p2p
