#include "rpc/argument.h"

#include "base/base64.h"
#include "base/check.h"
#include "rpc/json_reader.h"

#include <charconv>

namespace steelyard::rpc {
namespace {

/// How much of an argument an error shows.
constexpr std::size_t shown_size_max = 128;

std::string_view shown(std::string_view text) {
    return text.substr(0, shown_size_max);
}

/// Go's name of the type, as in errors about JSON.
std::string_view go_type(ParamType type) {
    switch (type) {
        case ParamType::int64:
        case ParamType::integer:
            return "int64";
        case ParamType::go_int:
            return "int";
        case ParamType::go_uint:
            return "uint";
        case ParamType::boolean:
            return "bool";
        case ParamType::string:
        case ParamType::hex:
            return "string";
        case ParamType::bytes:
            return "[]uint8";
        case ParamType::json:
            return "json.RawMessage";
    }
    CHECK(false);
}

/// Go's name of the kind, as in errors about query strings.
std::string_view go_kind(ParamType type) {
    return type == ParamType::json ? "slice" : go_type(type);
}

std::unexpected<Error> wrong_kind(ParamType type, JsonKind kind) {
    return invalid(
        "json: cannot unmarshal {} into Go value of type {}", to_string(kind), go_type(type)
    );
}

/// What the number says that a text of JSON holds.
Result<Params::Value> integer_from_number(ParamType type, std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool negative_uint = type == ParamType::go_uint && value < 0;
    if (error != std::errc() || end != text.data() + text.size() || negative_uint) {
        return invalid(
            "json: cannot unmarshal number {} into Go value of type {}", shown(text), go_type(type)
        );
    }
    return value;
}

/// Integers of 64 bits are strings that hold JSON numbers.
Result<Params::Value> integer_from_json(ParamType type, std::string_view json) {
    const JsonKind kind = json_kind(json);
    if (kind != JsonKind::string) {
        if (type == ParamType::integer) {
            if (kind != JsonKind::number) {
                return wrong_kind(type, kind);
            }
            return integer_from_number(type, json);
        }
        std::string quoted;
        for (const char c : shown(json)) {
            quoted += c == '"' || c == '\\' ? "\\" : "";
            quoted += c;
        }
        return invalid("invalid 64-bit integer encoding \"{}\", expected string", quoted);
    }
    const std::string_view inner = json.substr(1, json.size() - 2);
    TRY(check_json(inner));
    const JsonKind inner_kind = json_kind(inner);
    if (inner_kind == JsonKind::null) {
        return Params::Value();
    }
    if (inner_kind != JsonKind::number) {
        return wrong_kind(type, inner_kind);
    }
    return integer_from_number(type, trim_json(inner));
}

/// Where Go's decoder stops.
std::size_t first_bad_base64(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t bad = text.find_first_not_of(alphabet);
    const bool only_padding =
        bad != std::string_view::npos && text.find_first_not_of('=', bad) == std::string_view::npos;
    if (bad != std::string_view::npos && !(only_padding && bad % 4 >= 2)) {
        return bad;
    }
    return text.size() / 4 * 4;
}

Result<Params::Value> bytes_from_base64(std::string_view text) {
    Result<Bytes> bytes = from_base64(text);
    if (!bytes) {
        return invalid("illegal base64 data at input byte {}", first_bad_base64(text));
    }
    return *std::move(bytes);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<Bytes> bytes_from_hex(std::string_view text) {
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) {
            const auto byte = static_cast<std::uint8_t>(text[i]);
            const bool printable = byte >= 0x20 && byte < 0x7F;
            return invalid(
                "encoding/hex: invalid byte: U+{:04X}{}",
                byte,
                printable ? fmt::format(" '{}'", text[i]) : ""
            );
        }
        if (i % 2 == 0) {
            out.push_back(static_cast<std::uint8_t>(digit << 4));
        } else {
            out.back() = static_cast<std::uint8_t>(out.back() | digit);
        }
    }
    if (text.size() % 2 != 0) {
        return invalid("encoding/hex: odd length hex string");
    }
    return out;
}

bool is_integer_type(ParamType type) {
    return type == ParamType::int64 || type == ParamType::go_int || type == ParamType::go_uint ||
           type == ParamType::integer;
}

bool is_bytes_type(ParamType type) {
    return type == ParamType::bytes || type == ParamType::hex;
}

bool is_integer_text(std::string_view text) {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<Params::Value> argument_from_json(ParamType type, std::string_view json) {
    const JsonKind kind = json_kind(json);
    if (kind == JsonKind::null) {
        return Params::Value();
    }
    switch (type) {
        case ParamType::int64:
        case ParamType::go_int:
        case ParamType::go_uint:
        case ParamType::integer:
            return integer_from_json(type, json);
        case ParamType::boolean:
            if (kind != JsonKind::boolean) {
                return wrong_kind(type, kind);
            }
            return json == "true";
        case ParamType::string:
            if (kind != JsonKind::string) {
                return wrong_kind(type, kind);
            }
            return json_unquote(json);
        case ParamType::bytes:
            if (kind != JsonKind::string) {
                return wrong_kind(type, kind);
            }
            if (json.find('\\') != std::string_view::npos) {
                return bytes_from_base64(json_unquote(json));
            }
            return bytes_from_base64(json.substr(1, json.size() - 2));
        case ParamType::hex: {
            if (kind != JsonKind::string) {
                return invalid("invalid hex string: {}", shown(json));
            }
            TRY_ASSIGN(Bytes bytes, bytes_from_hex(json.substr(1, json.size() - 2)));
            return bytes;
        }
        case ParamType::json:
            return std::string(json);
    }
    CHECK(false);
}

Result<Params::Value> argument_from_query(ParamType type, std::string_view text) {
    if (is_integer_type(type) && is_integer_text(text)) {
        return argument_from_json(type, fmt::format("\"{}\"", text));
    }
    if (text.starts_with("0x") || text.starts_with("0X")) {
        if (type != ParamType::string && !is_bytes_type(type)) {
            return invalid("got a hex string arg, but expected '{}'", go_kind(type));
        }
        TRY_ASSIGN(Bytes bytes, bytes_from_hex(text.substr(2)));
        if (type == ParamType::string) {
            return std::string(as_text(bytes));
        }
        return bytes;
    }
    TRY(check_json(text));
    const std::string_view json = trim_json(text);
    if (is_bytes_type(type) && json_kind(json) == JsonKind::string) {
        return to_bytes(as_bytes(json_unquote(json)));
    }
    return argument_from_json(type, json);
}

}  // namespace steelyard::rpc
