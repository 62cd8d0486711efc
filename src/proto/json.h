// Protobuf JSON as the Cosmos SDK writes it, from the descriptors of messages.
#pragma once

#include "base/result.h"

#include <string>

namespace google::protobuf {
class Message;
}

namespace steelyard::proto {

/// How deep messages may lie in each other, Any included.
inline constexpr int json_depth_max = 32;

/// The longest text that is read where nothing else is said.
inline constexpr std::size_t json_size_max = 8 << 20;

/// The message as one line of JSON: fields under their own names in the order of their numbers,
/// empty ones too (null for a message and for bytes, [] for a list); 64-bit integers are texts,
/// bytes base64, enums names, times RFC 3339, a Dec (`cosmos_proto.scalar`) has its point (null if
/// it is empty), and what an Any holds has its type URL as "@type". Errors: an Any of a type that
/// is not known, or with bytes that are not its.
Result<std::string> to_json(const google::protobuf::Message& message);

/// Replaces `message` by what a text of that kind says; fields may stand in any order and be left
/// out. Errors: not JSON, an unknown field or type, a value of another type, a Dec with over 18
/// places. A Dec in a field of bytes is not read. After an error `message` is in no particular
/// state.
Result<void> from_json(
    google::protobuf::Message& message, std::string_view text, std::size_t size_max = json_size_max
);

}  // namespace steelyard::proto
