// Node ids and addresses for tests, by number.
#pragma once

#include "p2p/net_address.h"

#include <fmt/format.h>

namespace steelyard::p2p {

inline NodeId node_number(int number) {
    return *NodeId::parse(fmt::format("{:040x}", static_cast<unsigned>(number) + 1));
}

inline NetAddress address_number(int number, std::string_view ip, std::uint16_t port = 26656) {
    return {node_number(number), {.host = std::string(ip), .port = port}};
}

}  // namespace steelyard::p2p
