// Requests of the gateway as messages: fields from the path and the query string.
#pragma once

#include "rpc/params.h"
#include "rpc/rest/path_template.h"

#include <span>

namespace google::protobuf {
class Message;
}

namespace steelyard::rest {

/// How deep a field may lie in messages: "pagination.limit" has 2.
inline constexpr std::size_t field_depth_max = 8;

/// Sets the field, or appends to one that is repeated, from a text: decimal integers, true or
/// false, names or numbers of enums, base64 (of either alphabet, padded or not) for bytes. Missing
/// messages on the way are made. Names are the field's own or lowerCamelCase. not_found: there is
/// no such field; else errors say what is wrong with the value, or that a field that is not
/// repeated was there already.
Result<void> set_field(
    google::protobuf::Message& message, std::string_view name, std::string_view value
);

/// Sets the fields that the path names, then those of the query string that are none of them. What
/// the message has no field for is left aside, as gRPC gateways do: web pages add arguments of
/// their own.
Result<void> fill_request(
    google::protobuf::Message& message,
    std::span<const PathParameter> path,
    std::span<const rpc::QueryArgument> query
);

}  // namespace steelyard::rest
