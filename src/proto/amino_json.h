// Amino JSON: how SIGN_MODE_LEGACY_AMINO_JSON writes messages, from their descriptors.
#pragma once

#include "base/result.h"

#include <string>

namespace google::protobuf {
class Message;
}

namespace steelyard::proto {

/// How deep messages may lie in each other, Any included.
inline constexpr int amino_json_depth_max = 16;

/// The message as amino JSON: without white space, members sorted by name, `& < >` and the line
/// separators escaped. Where the type has an `amino.name` it is {"type":name,"value":...}. The
/// options of proto/amino/amino.proto say what is not left out when it is empty. What an Any holds
/// must be of a known type and in the one encoding that `strict_parse` takes.
Result<std::string> amino_json(const google::protobuf::Message& message);

/// A JSON text with the quotes, escaped as above. Invalid UTF-8 must not come here.
std::string amino_json_text(std::string_view text);

}  // namespace steelyard::proto
