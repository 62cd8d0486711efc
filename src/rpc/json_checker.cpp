#include "rpc/json_reader.h"
#include "rpc/utf8.h"

namespace steelyard::rpc {
namespace {

/// A byte as Go's errors quote it: 'a', '\n', '\'', '\x00'.
std::string quoted_byte(char c) {
    switch (c) {
        case '\'':
            return "'\\''";
        case '\\':
            return "'\\\\'";
        case '\n':
            return "'\\n'";
        case '\r':
            return "'\\r'";
        case '\t':
            return "'\\t'";
        default:
            break;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) {
        return fmt::format("'\\x{:02x}'", byte);
    }
    std::string out = "'";
    append_utf8(out, byte);
    return out += '\'';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_white_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/// Goes over a text once; each function leaves the position behind what it names.
class Checker {
public:
    explicit Checker(std::string_view text) : text_(text) {}

    Result<void> document() {
        TRY(value());
        skip_white_space();
        return at_end() ? Result<void>() : unexpected("after top-level value");
    }

private:
    bool at_end() const { return position_ == text_.size(); }
    char here() const { return text_[position_]; }
    bool is_here(char c) const { return !at_end() && here() == c; }

    void skip_white_space() {
        while (!at_end() && is_white_space(here())) {
            ++position_;
        }
    }

    std::unexpected<Error> unexpected(std::string_view where) const {
        if (at_end()) {
            return invalid("unexpected end of JSON input");
        }
        return invalid("invalid character {} {}", quoted_byte(here()), where);
    }

    Result<void> value() {
        skip_white_space();
        if (at_end()) {
            return unexpected({});
        }
        switch (here()) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return literal("true");
            case 'f':
                return literal("false");
            case 'n':
                return literal("null");
            default:
                return number();
        }
    }

    Result<void> enter() {
        ++position_;
        if (++depth_ > json_depth_max) {
            return fail(ErrorCode::too_large, "exceeded max depth");
        }
        skip_white_space();
        return {};
    }

    Result<void> object() {
        TRY(enter());
        if (!is_here('}')) {
            TRY(members());
        }
        ++position_;
        --depth_;
        return {};
    }

    Result<void> members() {
        while (true) {
            if (!is_here('"')) {
                return unexpected("looking for beginning of object key string");
            }
            TRY(string());
            skip_white_space();
            if (!is_here(':')) {
                return unexpected("after object key");
            }
            ++position_;
            TRY(value());
            skip_white_space();
            if (is_here('}')) {
                return {};
            }
            if (!is_here(',')) {
                return unexpected("after object key:value pair");
            }
            ++position_;
            skip_white_space();
        }
    }

    Result<void> array() {
        TRY(enter());
        bool more = !is_here(']');
        while (more) {
            TRY(value());
            skip_white_space();
            more = is_here(',');
            if (!more && !is_here(']')) {
                return unexpected("after array element");
            }
            position_ += more ? 1U : 0U;
        }
        ++position_;
        --depth_;
        return {};
    }

    Result<void> string() {
        ++position_;
        while (!is_here('"')) {
            if (at_end()) {
                return unexpected({});
            }
            const auto byte = static_cast<std::uint8_t>(here());
            if (byte == '\\') {
                TRY(escape());
            } else if (byte < 0x20) {
                return unexpected("in string literal");
            } else {
                const std::size_t length =
                    byte < 0x80 ? 1 : utf8_sequence_length(as_bytes(text_.substr(position_)));
                if (length == 0) {
                    return invalid("invalid UTF-8 in string literal");
                }
                position_ += length;
            }
        }
        ++position_;
        return {};
    }

    Result<void> escape() {
        ++position_;
        if (at_end() || std::string_view("\"\\/bfnrtu").find(here()) == std::string_view::npos) {
            return unexpected("in string escape code");
        }
        const bool unicode = here() == 'u';
        ++position_;
        for (std::size_t i = 0; unicode && i < 4; ++i, ++position_) {
            if (at_end() || !is_hex_digit(here())) {
                return unexpected("in \\u hexadecimal character escape");
            }
        }
        return {};
    }

    Result<void> literal(std::string_view word) {
        for (std::size_t i = 0; i < word.size(); ++i, ++position_) {
            if (!is_here(word[i])) {
                return unexpected(
                    fmt::format("in literal {} (expecting {})", word, quoted_byte(word[i]))
                );
            }
        }
        return {};
    }

    Result<void> digits(std::string_view where) {
        if (at_end() || !is_digit(here())) {
            return unexpected(where);
        }
        while (!at_end() && is_digit(here())) {
            ++position_;
        }
        return {};
    }

    Result<void> number() {
        const bool negative = is_here('-');
        position_ += negative ? 1U : 0U;
        if (is_here('0')) {
            ++position_;
        } else {
            TRY(digits(negative ? "in numeric literal" : "looking for beginning of value"));
        }
        if (is_here('.')) {
            ++position_;
            TRY(digits("after decimal point in numeric literal"));
        }
        if (is_here('e') || is_here('E')) {
            ++position_;
            position_ += is_here('+') || is_here('-') ? 1U : 0U;
            TRY(digits("in exponent of numeric literal"));
        }
        return {};
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t depth_ = 0;
};

}  // namespace

Result<void> check_json(std::string_view text) {
    return Checker(text).document();
}

}  // namespace steelyard::rpc
