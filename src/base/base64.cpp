#include "base/base64.h"

#include <optional>

namespace steelyard {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
    }
    return table;
}();

}  // namespace

std::string to_base64(ByteView bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

void append_base64(std::string& out, ByteView bytes) {
    std::size_t end = out.size();
    out.resize(end + (bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8 | (j < count ? bytes[i + j] : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            out[end++] = j <= count ? alphabet[group >> (18 - 6 * j) & 0x3F] : '=';
        }
    }
}

Result<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return invalid("base64 text has {} characters, not a multiple of 4", text.size());
    }
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    const std::size_t digits = text.size() - padding;
    Bytes out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t pending = 0;
    std::uint32_t pending_bits = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const int value = values[static_cast<std::uint8_t>(text[i])];
        if (value < 0) {
            return invalid("base64 text has a character outside the alphabet at {}", i);
        }
        pending = pending << 6 | static_cast<std::uint32_t>(value);
        pending_bits += 6;
        if (pending_bits >= 8) {
            pending_bits -= 8;
            out.push_back(static_cast<std::uint8_t>(pending >> pending_bits));
            pending &= (1U << pending_bits) - 1;
        }
    }
    if (pending != 0) {
        return invalid("base64 text has unused bits that are not zero");
    }
    return out;
}

}  // namespace steelyard
