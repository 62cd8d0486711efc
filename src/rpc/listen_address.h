// ListenAddress: where a server listens, read from its text.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace steelyard::rpc {

struct ListenAddress {
    std::string host{};  ///< a numeric address; empty: all of IPv4
    std::uint16_t port = 0;
    std::string unix_path{};  ///< not empty: a Unix socket
};

/// Reads "tcp://127.0.0.1:26657", "127.0.0.1:26657", ":26660", "tcp://[::1]:0",
/// "unix:///run/rpc.sock". The host is a number or "localhost".
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace steelyard::rpc
