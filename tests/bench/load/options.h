// What a load run does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace steelyard::load {

struct Endpoint {
    std::string host{};
    std::uint16_t port = 0;
};

struct Options {
    std::vector<Endpoint> nodes{};
    double rate = 1000;  ///< transactions a second, over all nodes
    double seconds = 10;
    std::size_t tx_size = 250;
    std::size_t connections = 2;  ///< to each node
    std::string method = "broadcast_tx_sync";
    bool websocket = true;  ///< else HTTP, where nodes take one request of a connection at a time
    std::string tag{};      ///< begins every key, so that runs do not repeat each other
    double drain_seconds = 10;  ///< how long to wait for what is not committed yet
};

}  // namespace steelyard::load
