// Market routes: the methods market_* as rows of the table of methods.
#pragma once

#include "rpc/ports.h"

namespace steelyard::rpc {

class MethodTable;

/// A run of an order.
struct JobName {
    std::uint64_t order_id = 0;
    std::uint32_t task = 0;
};

/// What the methods answer from. Everything outlives the table, and is thread-safe.
struct MarketPorts {
    AppView& app;

    /// The JSON document of a job's receipt. Errors: not_found, io for what a node cannot do now.
    std::function<Result<std::string>(const JobName&)> receipt{};
};

void add_market_routes(MethodTable& table, const MarketPorts& ports);

}  // namespace steelyard::rpc
