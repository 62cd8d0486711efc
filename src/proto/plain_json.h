// JSON of our own RPC methods and documents, from the descriptors of messages.
#pragma once

#include <string>

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace steelyard::proto {

/// The message as one line: all fields in the order of their numbers, under their own names. uint64
/// (amounts, ids, counts) are decimal texts, other integers (heights) numbers, bytes lower-case
/// hex, times RFC 3339, a message that is missing null. Fields of
/// cosmos.base.query.v1beta1.PageResponse are left out. The message has no Any, map or enum
/// (CHECKed).
std::string plain_json(const google::protobuf::Message& message);

/// What plain_json writes of messages of a type, as a JSON schema.
std::string plain_json_schema(const google::protobuf::Descriptor& type);

}  // namespace steelyard::proto
