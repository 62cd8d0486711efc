#include "rpc/json_reader.h"

#include "base/check.h"
#include "rpc/utf8.h"

namespace steelyard::rpc {
namespace {

constexpr std::string_view white_space = " \t\r\n";

void skip_white_space(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
}

/// Where the string ends that starts at `begin`: behind its closing quote.
std::size_t string_end(std::string_view text, std::size_t begin) {
    std::size_t end = begin + 1;
    while (text[end] != '"') {
        end += text[end] == '\\' ? 2 : 1;
    }
    return end + 1;
}

/// Where the value ends that starts at the front.
std::size_t value_end(std::string_view text) {
    if (text.front() == '"') {
        return string_end(text, 0);
    }
    if (text.front() != '{' && text.front() != '[') {
        return std::min(text.find_first_of(",]} \t\r\n"), text.size());
    }
    std::size_t depth = 0;
    std::size_t end = 0;
    do {
        const char c = text[end];
        if (c == '"') {
            end = string_end(text, end);
            continue;
        }
        depth += c == '{' || c == '[' ? 1U : 0U;
        depth -= c == '}' || c == ']' ? 1U : 0U;
        ++end;
    } while (depth > 0);
    return end;
}

std::uint32_t hex_value(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char c : digits) {
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        value = value << 4 | static_cast<std::uint32_t>(digit);
    }
    return value;
}

/// Takes "uXXXX" off the front, and the other half of a surrogate pair that follows.
std::uint32_t take_unicode_escape(std::string_view& text) {
    const std::uint32_t first = hex_value(text.substr(1, 4));
    text.remove_prefix(5);
    if (first < 0xD800 || first > 0xDBFF || !text.starts_with("\\u")) {
        return first;
    }
    const std::uint32_t second = hex_value(text.substr(2, 4));
    if (second < 0xDC00 || second > 0xDFFF) {
        return first;
    }
    text.remove_prefix(6);
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find('\\'), text.size());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        text.remove_prefix(1);
        constexpr std::string_view codes = "bfnrt";
        const std::size_t code = codes.find(text.front());
        if (text.front() == 'u') {
            append_utf8(out, take_unicode_escape(text));
            continue;
        }
        out += code == std::string_view::npos ? text.front() : "\b\f\n\r\t"[code];
        text.remove_prefix(1);
    }
    return out;
}

}  // namespace

JsonKind json_kind(std::string_view value) {
    skip_white_space(value);
    CHECK(!value.empty());
    switch (value.front()) {
        case '{':
            return JsonKind::object;
        case '[':
            return JsonKind::array;
        case '"':
            return JsonKind::string;
        case 't':
        case 'f':
            return JsonKind::boolean;
        case 'n':
            return JsonKind::null;
        default:
            return JsonKind::number;
    }
}

std::string_view to_string(JsonKind kind) {
    switch (kind) {
        case JsonKind::object:
            return "object";
        case JsonKind::array:
            return "array";
        case JsonKind::string:
            return "string";
        case JsonKind::number:
            return "number";
        case JsonKind::boolean:
            return "bool";
        case JsonKind::null:
            return "null";
    }
    CHECK(false);
}

std::string_view trim_json(std::string_view value) {
    skip_white_space(value);
    return value.substr(0, value.find_last_not_of(white_space) + 1);
}

JsonWalker::JsonWalker(std::string_view container) : rest_(container) {
    skip_white_space(rest_);
    CHECK(!rest_.empty() && (rest_.front() == '{' || rest_.front() == '['));
    object_ = rest_.front() == '{';
    rest_.remove_prefix(1);
}

bool JsonWalker::next() {
    skip_white_space(rest_);
    if (rest_.front() == ',') {
        rest_.remove_prefix(1);
        skip_white_space(rest_);
    }
    if (rest_.front() == (object_ ? '}' : ']')) {
        return false;
    }
    if (object_) {
        const std::size_t end = string_end(rest_, 0);
        key_ = rest_.substr(1, end - 2);
        rest_.remove_prefix(end);
        skip_white_space(rest_);
        rest_.remove_prefix(1);
        skip_white_space(rest_);
    }
    const std::size_t end = value_end(rest_);
    value_ = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return true;
}

std::string JsonWalker::key() const {
    return unescape(key_);
}

std::optional<std::string_view> json_member(std::string_view object, std::string_view key) {
    std::optional<std::string_view> found;
    for (JsonWalker walker(object); walker.next();) {
        if (walker.raw_key() == key || walker.key() == key) {
            found = walker.value();
        }
    }
    return found;
}

std::vector<std::string_view> json_elements(std::string_view array) {
    std::vector<std::string_view> out;
    for (JsonWalker walker(array); walker.next();) {
        out.push_back(walker.value());
    }
    return out;
}

std::string json_unquote(std::string_view string) {
    const std::string_view trimmed = trim_json(string);
    CHECK(trimmed.size() >= 2 && trimmed.front() == '"');
    return unescape(trimmed.substr(1, trimmed.size() - 2));
}

}  // namespace steelyard::rpc
