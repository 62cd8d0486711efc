#include "market/parties/texts.h"

#include "base/protowire.h"
#include "market/records/kinds.h"

#include <algorithm>

namespace steelyard::market {
namespace {

using ledger::refuse;

bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/// Bytes that no line has; those of longer UTF-8 sequences are never among them.
bool is_control(char c) {
    constexpr unsigned char first_visible = 0x20;
    constexpr unsigned char del = 0x7f;
    const auto byte = static_cast<unsigned char>(c);
    return byte < first_visible || byte == del;
}

}  // namespace

Outcome<void> check_name(std::string_view field, std::string_view text, std::size_t size_max) {
    if (text.empty() || text.size() > size_max) {
        return refuse(
            kinds::bad_text, "{} has {} bytes, must have 1 to {}", field, text.size(), size_max
        );
    }
    if (!std::ranges::all_of(text, is_of_name)) {
        return refuse(
            kinds::bad_text, "{} has other characters than lower-case letters, digits, _.-", field
        );
    }
    return {};
}

Outcome<void> check_line(std::string_view field, std::string_view text, std::size_t size_max) {
    if (text.size() > size_max) {
        return refuse(
            kinds::bad_text, "{} has {} bytes, must have at most {}", field, text.size(), size_max
        );
    }
    if (!is_utf8(as_bytes(text)) || std::ranges::any_of(text, is_control)) {
        return refuse(kinds::bad_text, "{} is no line of UTF-8", field);
    }
    return {};
}

}  // namespace steelyard::market
