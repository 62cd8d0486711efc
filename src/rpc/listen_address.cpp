#include "rpc/listen_address.h"

#include "base/decimal.h"

namespace steelyard::rpc {

Result<ListenAddress> parse_listen_address(std::string_view text) {
    constexpr std::string_view unix_scheme = "unix://";
    constexpr std::string_view tcp_scheme = "tcp://";
    if (text.starts_with(unix_scheme)) {
        const std::string_view path = text.substr(unix_scheme.size());
        if (path.empty() || path.size() > 100) {
            return invalid("listen address {} has a path of {} bytes", text, path.size());
        }
        return ListenAddress{.unix_path = std::string(path)};
    }
    std::string_view rest = text;
    if (rest.starts_with(tcp_scheme)) {
        rest.remove_prefix(tcp_scheme.size());
    }
    if (rest.find("//") != std::string_view::npos) {
        return invalid("listen address {} is neither tcp:// nor unix://", text);
    }
    const std::size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos) {
        return invalid("listen address {} has no port", text);
    }
    const auto port = parse_decimal(rest.substr(colon + 1));
    if (!port || *port > 65535) {
        return invalid("listen address {} has no valid port", text);
    }
    std::string_view host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return ListenAddress{
        .host = host == "localhost" ? "127.0.0.1" : std::string(host),
        .port = static_cast<std::uint16_t>(*port),
    };
}

}  // namespace steelyard::rpc
