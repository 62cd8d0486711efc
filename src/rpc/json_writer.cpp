#include "rpc/json_writer.h"

#include "base/base64.h"
#include "rpc/utf8.h"

#include <fmt/format.h>

namespace steelyard::rpc {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view replacement = "\\ufffd";

/// Which bytes of a text stand for themselves.
constexpr std::array<bool, 256> plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x80; ++c) {
        table[c] = true;
    }
    for (const char c : {'"', '\\', '<', '>', '&'}) {
        table[static_cast<std::uint8_t>(c)] = false;
    }
    return table;
}();

void append_escaped_ascii(std::string& out, std::uint8_t c) {
    switch (c) {
        case '"':
        case '\\':
            out += '\\';
            out += static_cast<char>(c);
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += hex_digits[c >> 4];
            out += hex_digits[c & 0xF];
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    const ByteView bytes = as_bytes(text);
    out += '"';
    std::size_t i = 0;
    while (i < bytes.size()) {
        std::size_t end = i;
        while (end < bytes.size() && plain[bytes[end]]) {
            ++end;
        }
        out.append(text, i, end - i);
        i = end;
        if (i == bytes.size()) {
            break;
        }
        if (bytes[i] < 0x80) {
            append_escaped_ascii(out, bytes[i]);
            ++i;
            continue;
        }
        const std::size_t length = utf8_sequence_length(bytes.subspan(i));
        const std::string_view sequence = text.substr(i, std::max<std::size_t>(length, 1));
        if (length == 0) {
            out += replacement;
        } else if (sequence == "\u2028" || sequence == "\u2029") {
            out += sequence.back() == '\xA8' ? "\\u2028" : "\\u2029";
        } else {
            out += sequence;
        }
        i += sequence.size();
    }
    out += '"';
}

void JsonWriter::separate() {
    // What stands there tells: after a beginning or a key no comma comes. A string that ends so
    // ends with its quote.
    if (!out_.empty() && out_.back() != '{' && out_.back() != '[' && out_.back() != ':') {
        out_ += ',';
    }
}

JsonWriter& JsonWriter::begin_object() {
    separate();
    out_ += '{';
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    out_ += '}';
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    separate();
    out_ += '[';
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    out_ += ']';
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
    separate();
    out_ += fmt::format_int(value).c_str();
    return *this;
}

JsonWriter& JsonWriter::quoted(std::int64_t value) {
    separate();
    out_ += '"';
    out_ += fmt::format_int(value).c_str();
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::quoted_unsigned(std::uint64_t value) {
    separate();
    out_ += '"';
    out_ += fmt::format_int(value).c_str();
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    out_ += "null";
    return *this;
}

JsonWriter& JsonWriter::hex(ByteView bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    separate();
    out_ += '"';
    for (const std::uint8_t byte : bytes) {
        out_ += digits[byte >> 4];
        out_ += digits[byte & 0xF];
    }
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::base64(ByteView bytes) {
    separate();
    out_ += '"';
    append_base64(out_, bytes);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::time(chain::Timestamp time) {
    separate();
    out_ += '"';
    out_ += chain::to_string(time);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace steelyard::rpc
