#include "base/endpoint.h"

#include "base/decimal.h"

#include <algorithm>
#include <limits>

namespace steelyard {
namespace {

constexpr std::string_view scheme = "tcp://";
constexpr std::size_t quoted_size_max = 300;

/// The text for an error: foreign bytes, so only what prints, and not too much of it.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, quoted_size_max));
    std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

bool is_host_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '%';
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    std::string_view rest = text;
    if (rest.starts_with(scheme)) {
        rest.remove_prefix(scheme.size());
    }
    const std::size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos) {
        return invalid("address \"{}\" has no port", shown(text));
    }
    std::string_view host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.contains(':')) {
        return invalid("address \"{}\": an IPv6 address needs brackets", shown(text));
    }
    if (host.empty()) {
        return invalid("address \"{}\" has no host", shown(text));
    }
    if (host.size() > host_size_max) {
        return fail(ErrorCode::too_large, "host of {} bytes, limit {}", host.size(), host_size_max);
    }
    if (!std::ranges::all_of(host, is_host_character)) {
        return invalid("address \"{}\": the host has a character that none may have", shown(text));
    }
    const auto port = parse_decimal(rest.substr(colon + 1));
    if (!port || *port > std::numeric_limits<std::uint16_t>::max()) {
        return invalid("address \"{}\": the port is not a number up to 65535", shown(text));
    }
    return Endpoint{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

std::string to_string(const Endpoint& endpoint) {
    const bool brackets = endpoint.host.contains(':');
    return fmt::format(
        "{}{}{}:{}", brackets ? "[" : "", endpoint.host, brackets ? "]" : "", endpoint.port
    );
}

}  // namespace steelyard
