// Endpoint: a host and a port, as configurations and peers write them.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace steelyard {

/// The longest name of the domain name system.
inline constexpr std::size_t host_size_max = 253;

struct Endpoint {
    std::string host{};  ///< an IP address (IPv6 without brackets) or a name, never empty
    std::uint16_t port = 0;

    auto operator<=>(const Endpoint&) const = default;
};

/// Reads "host:port" or "[ipv6]:port", after an optional "tcp://". Names are not looked up.
Result<Endpoint> parse_endpoint(std::string_view text);

/// "host:port" or "[ipv6]:port".
std::string to_string(const Endpoint& endpoint);

}  // namespace steelyard
