#include "rpc/utf8.h"

namespace steelyard::rpc {

std::size_t utf8_sequence_length(ByteView text) {
    const std::uint8_t first = text[0];
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    const std::uint8_t second = text[1];
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second > 0x9F;
    const bool over_range = first == 0xF4 && second > 0x8F;
    return overlong || surrogate || over_range ? 0 : length;
}

void append_utf8(std::string& out, std::uint32_t character) {
    if (character >= 0xD800 && character <= 0xDFFF) {
        character = 0xFFFD;
    }
    const auto tail = [&](std::uint32_t shift) {
        out += static_cast<char>(0x80 | (character >> shift & 0x3F));
    };
    if (character < 0x80) {
        out += static_cast<char>(character);
    } else if (character < 0x800) {
        out += static_cast<char>(0xC0 | character >> 6);
        tail(0);
    } else if (character < 0x10000) {
        out += static_cast<char>(0xE0 | character >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | character >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace steelyard::rpc
