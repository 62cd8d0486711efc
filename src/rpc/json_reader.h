// JSON read without a tree: checked once, strictly, then walked as views of its text.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::rpc {

/// How deep arrays and objects may lie in each other.
inline constexpr std::size_t json_depth_max = 64;

/// Checks that the text is one JSON value (RFC 8259) in UTF-8, with white space around it at most.
/// The errors are those of Go's encoding/json, which CometBFT's users know: "invalid character 'a'
/// looking for beginning of value", "unexpected end of JSON input".
Result<void> check_json(std::string_view text);

/// What follows takes only text that has passed `check_json`, or views that it gave out.
enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

JsonKind json_kind(std::string_view value);

/// "object", "array", "string", "number", "bool" or "null", as Go names them in errors.
std::string_view to_string(JsonKind kind);

/// Without the white space around it.
std::string_view trim_json(std::string_view value);

/// Walks the members of an object or the elements of an array.
class JsonWalker {
public:
    /// `container` is an object or an array.
    explicit JsonWalker(std::string_view container);

    /// Goes to the next one. False: there is none.
    bool next();

    /// Of an object's member: the text between the quotes; escapes are still in it.
    std::string_view raw_key() const { return key_; }

    /// Of an object's member: what the key says.
    std::string key() const;

    std::string_view value() const { return value_; }

private:
    std::string_view rest_;
    bool object_ = false;
    std::string_view key_{};
    std::string_view value_{};
};

/// The value of an object's member; of the last one, should the key come again.
std::optional<std::string_view> json_member(std::string_view object, std::string_view key);

/// The elements of an array.
std::vector<std::string_view> json_elements(std::string_view array);

/// What a string says.
std::string json_unquote(std::string_view string);

}  // namespace steelyard::rpc
