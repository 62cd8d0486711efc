// Bytes of generated messages: written deterministically, read strictly.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace google::protobuf {
class Message;
}

namespace steelyard::proto {

/// The bytes of the message. Deterministic, since no message here has a map: fields in ascending
/// order, zero scalars left out. Missing non-nullable messages stay missing; see fill_non_nullable.
Bytes serialize(const google::protobuf::Message& message);

/// What a message from outside may cost.
struct ParseLimits {
    std::size_t bytes_max;
    /// How many fields there may be altogether, every element of a repeated field counted. An empty
    /// element is two bytes on the wire and tens of bytes in memory.
    std::size_t elements_max;
    /// How deep messages may be nested; the outermost has depth 1. At most 100.
    int depth_max = 16;
};

/// Replaces `message` by what the bytes say. Refuses, before anything is allocated for it, whatever
/// breaks a limit, is truncated, or has a field that the message's type or a nested type does not
/// know; and then everything that `serialize` would have written in another way: fields out of
/// order or repeated, overlong varints, zero scalars written out, both members of a oneof.
/// An embedded message that is empty may be written or missing. The value of a google.protobuf.Any
/// is opaque here: who unpacks it parses it in the same way. After an error `message` is empty.
Result<void> strict_parse(
    google::protobuf::Message& message, ByteView bytes, const ParseLimits& limits
);

}  // namespace steelyard::proto
