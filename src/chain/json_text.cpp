#include "chain/json_text.h"

#include "base/check.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

namespace steelyard::chain {
namespace {

namespace json = boost::json;

constexpr std::string_view white_space = " \t\r\n";

/// Takes the events of Boost's parser and refuses a key that comes again.
struct DuplicateKeyFinder {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    bool on_object_begin(json::error_code&) {
        keys_of_open_objects.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, json::error_code&) {
        keys_of_open_objects.pop_back();
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        key.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code& error) {
        key.append(part.data(), part.size());
        if (!keys_of_open_objects.back().insert(key).second) {
            duplicate = key;
            error = json::make_error_code(json::error::syntax);
            return false;
        }
        key.clear();
        return true;
    }
    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t, json::error_code&) { return true; }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double, json::string_view, json::error_code&) { return true; }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

    std::vector<std::set<std::string>> keys_of_open_objects{};
    std::string key{};
    std::optional<std::string> duplicate{};
};

/// Takes tokens and values off the front of a checked text.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    /// Takes `token` if it comes next.
    bool take(char token) {
        skip_white_space();
        if (rest_.empty() || rest_.front() != token) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    /// Takes a whole value, up to the comma or the bracket that ends it.
    std::string_view take_value() {
        skip_white_space();
        std::size_t depth = 0;
        std::size_t end = 0;
        while (end < rest_.size()) {
            const char c = rest_[end];
            if (c == '"') {
                end = string_end(end);
                continue;
            }
            if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']')) {
                break;
            }
            depth += c == '{' || c == '[' ? 1U : 0U;
            depth -= c == '}' || c == ']' ? 1U : 0U;
            ++end;
        }
        const std::string_view value = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return value.substr(0, value.find_last_not_of(white_space) + 1);
    }

private:
    void skip_white_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(white_space), rest_.size()));
    }

    /// The position after the string that starts at `begin`.
    std::size_t string_end(std::size_t begin) const {
        std::size_t at = begin + 1;
        while (rest_[at] != '"') {
            at += rest_[at] == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    std::string_view rest_;
};

}  // namespace

Result<void> check_json(std::string_view text, std::size_t depth_max) {
    json::parse_options options;
    options.max_depth = depth_max;
    json::basic_parser<DuplicateKeyFinder> parser(options);
    json::error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read), '\n');
    if (parser.handler().duplicate) {
        return invalid("line {}: key \"{}\" stands twice", line, *parser.handler().duplicate);
    }
    if (error) {
        return invalid("line {}: {}", line, error.message());
    }
    if (read != text.size()) {
        return invalid("line {}: text after the end of the value", line);
    }
    return {};
}

JsonKind json_kind(std::string_view value) {
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

std::vector<JsonMember> json_members(std::string_view object) {
    std::vector<JsonMember> members;
    Scanner scanner(object);
    CHECK(scanner.take('{'));
    while (!scanner.take('}')) {
        std::string key = json_unquote(scanner.take_value());
        CHECK(scanner.take(':'));
        members.push_back({std::move(key), scanner.take_value()});
        scanner.take(',');
    }
    return members;
}

std::vector<std::string_view> json_elements(std::string_view array) {
    std::vector<std::string_view> elements;
    Scanner scanner(array);
    CHECK(scanner.take('['));
    while (!scanner.take(']')) {
        elements.push_back(scanner.take_value());
        scanner.take(',');
    }
    return elements;
}

std::string json_unquote(std::string_view string) {
    json::error_code error;
    const json::value value = json::parse(json::string_view(string.data(), string.size()), error);
    CHECK(!error && value.is_string());
    return {value.get_string().data(), value.get_string().size()};
}

std::string json_quote(std::string_view text) {
    return json::serialize(json::value(json::string_view(text.data(), text.size())));
}

std::string json_compact(std::string_view text) {
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!in_string && white_space.find(c) != std::string_view::npos) {
            continue;
        }
        out.push_back(c);
        if (in_string && c == '\\') {
            out.push_back(text[++i]);
        } else if (c == '"') {
            in_string = !in_string;
        }
    }
    return out;
}

std::string json_indent(std::string_view text, std::size_t depth) {
    const std::string compact = json_compact(text);
    std::string out;
    bool in_string = false;
    const auto new_line = [&] { out.append("\n").append(2 * depth, ' '); };
    for (std::size_t i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        const bool is_empty = i > 0 && (compact[i - 1] == '{' || compact[i - 1] == '[');
        if (!in_string && (c == '}' || c == ']')) {
            --depth;
            if (!is_empty) {
                new_line();
            }
        }
        out.push_back(c);
        if (in_string && c == '\\') {
            out.push_back(compact[++i]);
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && (c == '{' || c == '[')) {
            ++depth;
            if (i + 1 < compact.size() && compact[i + 1] != '}' && compact[i + 1] != ']') {
                new_line();
            }
        } else if (!in_string && c == ',') {
            new_line();
        } else if (!in_string && c == ':') {
            out.push_back(' ');
        }
    }
    return out;
}

}  // namespace steelyard::chain
