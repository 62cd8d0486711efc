#include "base/log_line.h"

#include "base/hex.h"

#include <fmt/format.h>

#include <iterator>

namespace steelyard::log {

namespace {

/// The length of the well-formed UTF-8 character that `text` begins with, or 0.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    // Overlong forms, surrogates and what is beyond U+10FFFF.
    const std::uint8_t second = byte(1);
    const bool refused = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                         (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return refused ? 0 : length;
}

/// Controls (C0, DEL, C1) and Unicode's line breaks: what a terminal or a line reader acts upon.
bool acts_on_readers(std::string_view character) {
    if (character.size() == 1) {
        const auto byte = static_cast<std::uint8_t>(character[0]);
        return byte < 0x20 || byte == 0x7f;
    }
    if (character.size() == 2) {
        return character[0] == '\xc2' && static_cast<std::uint8_t>(character[1]) < 0xa0;
    }
    return character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

std::uint32_t code_point(std::string_view character) {
    const auto byte = [&](std::size_t index) -> std::uint32_t {
        return static_cast<std::uint8_t>(character[index]);
    };
    switch (character.size()) {
        case 1:
            return byte(0);
        case 2:
            return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
        default:
            return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    }
}

/// JSON's string syntax, which logfmt readers know too.
void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(character.size());
        if (length == 0) {
            out += "\\ufffd";
        } else if (character == "\n") {
            out += "\\n";
        } else if (character == "\"" || character == "\\") {
            out += '\\';
            out += character;
        } else if (acts_on_readers(character)) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", code_point(character));
        } else {
            out += character;
        }
    }
    out += '"';
}

bool needs_quotes(std::string_view text) {
    for (const char c : text) {
        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') {
            return true;
        }
    }
    return text.empty();
}

std::string millis(std::int64_t micros) {
    const std::uint64_t size =
        micros < 0 ? -static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    return fmt::format("{}{}.{:03}ms", micros < 0 ? "-" : "", size / 1000, size % 1000);
}

void append_text(std::string& out, Format format, std::string_view text) {
    if (format == Format::json || needs_quotes(text)) {
        append_quoted(out, text);
    } else {
        out += text;
    }
}

void append_value(std::string& out, Format format, const Value& value) {
    switch (value.kind()) {
        case Value::Kind::text:
            append_text(out, format, value.text());
            return;
        case Value::Kind::boolean:
            out += value.number() != 0 ? "true" : "false";
            return;
        case Value::Kind::signed_number:
            out += fmt::to_string(static_cast<std::int64_t>(value.number()));
            return;
        case Value::Kind::unsigned_number:
            out += fmt::to_string(value.number());
            return;
        case Value::Kind::micros:
            append_text(out, format, millis(static_cast<std::int64_t>(value.number())));
            return;
        case Value::Kind::bytes:
            append_text(out, format, to_hex_upper(value.bytes()));
            return;
    }
}

std::string rfc3339(std::chrono::sys_time<std::chrono::milliseconds> at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count(),
        time.subseconds().count()
    );
}

}  // namespace

std::string format_line(Format format, const Record& record) {
    const bool json = format == Format::json;
    std::string out;
    out.reserve(160);
    const auto append = [&](std::string_view key, const Value& value) {
        if (json) {
            out += out.size() == 1 ? "\"" : ",\"";
            out += key;
            out += "\":";
        } else {
            out += out.empty() ? "" : " ";
            out += key;
            out += '=';
        }
        append_value(out, format, value);
    };
    out += json ? "{" : "";
    const std::string at = rfc3339(record.at);
    append("ts", at);
    append("level", to_string(record.level));
    append("module", record.module);
    append("msg", record.message);
    for (const Field& field : record.fields) {
        append(field.key, field.value);
    }
    out += json ? "}" : "";
    return out;
}

}  // namespace steelyard::log
