// JSON as text: checked strictly, then taken apart without a tree, so that a value can be kept
// exactly as it was written.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::chain {

/// Checks that the text is one JSON value (RFC 8259, UTF-8), nested at most `depth_max` deep, in
/// which no object has a key twice. An error names the line. The functions below take only text
/// that has passed, or parts of it that they have given out.
Result<void> check_json(std::string_view text, std::size_t depth_max);

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

JsonKind json_kind(std::string_view value);

struct JsonMember {
    std::string key;
    std::string_view value;
};

/// The members of an object, in the order of the text.
std::vector<JsonMember> json_members(std::string_view object);

/// The elements of an array.
std::vector<std::string_view> json_elements(std::string_view array);

/// What a string says, without quotes and escapes.
std::string json_unquote(std::string_view string);

/// The string that says `text`, which must be UTF-8.
std::string json_quote(std::string_view text);

/// The same text without white space between tokens.
std::string json_compact(std::string_view text);

/// The same text with each member and element on a line of its own, two spaces deeper than what
/// holds it, which stands `depth` deep itself.
std::string json_indent(std::string_view text, std::size_t depth = 0);

}  // namespace steelyard::chain
