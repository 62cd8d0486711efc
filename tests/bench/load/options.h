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
    std::string app = "kvstore";  ///< what is sent: kvstore, ledger (transfers), market (orders)
    double rate = 1000;           ///< transactions a second, over all nodes
    double seconds = 10;
    std::size_t tx_size = 250;     ///< kvstore
    std::size_t accounts = 2'000;  ///< ledger, market: that send in turn
    std::size_t messages = 1;      ///< market: orders in a transaction
    std::size_t connections = 2;   ///< to each node
    std::string method = "broadcast_tx_sync";
    bool websocket = true;  ///< else HTTP, where nodes take one request of a connection at a time
    std::string tag{};      ///< kvstore: begins every key, so that runs do not repeat each other
    double drain_seconds = 10;  ///< how long to wait for what is not committed yet
};

inline std::size_t tx_count(const Options& options) {
    return static_cast<std::size_t>(options.rate * options.seconds);
}

}  // namespace steelyard::load
