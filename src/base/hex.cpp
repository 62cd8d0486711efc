#include "base/hex.h"

namespace steelyard {
namespace {

std::string encode(ByteView bytes, std::string_view digits) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out.push_back(digits[byte >> 4]);
        out.push_back(digits[byte & 0xF]);
    }
    return out;
}

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
    return encode(bytes, "0123456789abcdef");
}

std::string to_hex_upper(ByteView bytes) {
    return encode(bytes, "0123456789ABCDEF");
}

Result<void> from_hex(std::string_view text, std::span<std::uint8_t> out) {
    if (text.size() != out.size() * 2) {
        return invalid("hex text has {} characters, not {}", text.size(), out.size() * 2);
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = digit_value(text[2 * i]);
        const int low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return invalid("hex text has a character that is no hex digit at {}", 2 * i);
        }
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return {};
}

Result<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return invalid("hex text has an odd number of characters, {}", text.size());
    }
    Bytes out(text.size() / 2);
    TRY(from_hex(text, out));
    return out;
}

}  // namespace steelyard
