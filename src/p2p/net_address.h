// NetAddress: who a node is and where it listens, "id@host:port".
#pragma once

#include "base/endpoint.h"
#include "p2p/ip_address.h"
#include "p2p/node_key.h"

#include <optional>

namespace steelyard::p2p {

struct NetAddress {
    NodeId id{};
    Endpoint at{};  ///< its host may be a name that is still to be looked up

    auto operator<=>(const NetAddress&) const = default;
};

/// The address that the host is; nothing for a name.
std::optional<IpAddress> ip_of(const Endpoint& endpoint);

/// Reads "id@host:port", with or without "tcp://" before it: an id of 40 hex digits and a port from
/// 1 to 65535. An IP address is put in its shortest form. The errors name the part that is wrong.
Result<NetAddress> parse_net_address(std::string_view text);

/// "id@host:port"
std::string to_string(const NetAddress& address);

}  // namespace steelyard::p2p
