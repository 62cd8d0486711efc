#include "rpc/params.h"

namespace steelyard::rpc {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::string> unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = text.size() - i > 2 ? hex_digit(text[i + 1]) : -1;
        const int low = text.size() - i > 2 ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return invalid("invalid URL escape \"{}\"", text.substr(i, 3));
        }
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return out;
}

}  // namespace

Result<std::vector<QueryArgument>> parse_query_string(std::string_view query) {
    std::vector<QueryArgument> out;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.empty()) {
            continue;
        }
        if (out.size() == query_arguments_max) {
            return fail(ErrorCode::too_large, "over {} arguments", query_arguments_max);
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        TRY_ASSIGN(std::string name, unescape(pair.substr(0, equals)));
        TRY_ASSIGN(std::string value, unescape(pair.substr(std::min(equals + 1, pair.size()))));
        out.push_back({.name = std::move(name), .value = std::move(value)});
    }
    return out;
}

}  // namespace steelyard::rpc
