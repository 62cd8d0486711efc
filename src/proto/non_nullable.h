// The embedded messages that the ecosystem's programs always write, and a function that sets them.
//
// In Go an embedded message that is declared `(gogoproto.nullable) = false` is a value, not a
// pointer: it cannot be missing and is written even when it is empty. protoc's C++ classes write
// what was set. A sender that forgets one produces bytes that hash and compare differently.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace steelyard::proto {

/// Go's zero time, 0001-01-01T00:00:00Z: what a time that nobody set is written as.
inline constexpr std::int64_t go_zero_time_seconds = -62'135'596'800;

/// Sets every non-nullable embedded message that is missing, in `message` and in what it embeds, to
/// its zero value: empty, or Go's zero time for a timestamp. Call it before serialising.
void fill_non_nullable(google::protobuf::Message& message);

/// The fields in question, as "package.Message.field", sorted. doc/spec/encoding.md lists them.
std::span<const std::string_view> non_nullable_fields();

}  // namespace steelyard::proto
