#include "p2p/net_address.h"

namespace steelyard::p2p {

namespace {

/// How much of a wrong value an error shows.
constexpr std::size_t shown_size_max = 80;

std::string shown(std::string_view text) {
    std::string out(text.substr(0, shown_size_max));
    std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

}  // namespace

std::optional<IpAddress> ip_of(const Endpoint& endpoint) {
    const auto ip = parse_ip(endpoint.host);
    return ip ? std::optional(*ip) : std::nullopt;
}

Result<NetAddress> parse_net_address(std::string_view text) {
    constexpr std::string_view tcp = "tcp://";
    if (text.starts_with(tcp)) {
        text.remove_prefix(tcp.size());
    }
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) {
        return invalid("\"{}\" has no node id: it must be id@host:port", shown(text));
    }
    NetAddress out;
    TRY_ASSIGN(out.id, NodeId::parse(text.substr(0, at)));
    TRY_ASSIGN(out.at, parse_endpoint(text.substr(at + 1)));
    if (out.at.port == 0) {
        return invalid("port 0 of \"{}\" cannot be dialled", shown(text));
    }
    if (const auto ip = ip_of(out.at)) {
        out.at.host = to_string(*ip);
    }
    return out;
}

std::string to_string(const NetAddress& address) {
    return address.id.text() + "@" + to_string(address.at);
}

}  // namespace steelyard::p2p
