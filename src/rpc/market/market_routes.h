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

/// How far a job has come, as its worker says.
struct JobProgress {
    std::string stage{};  ///< "fetching", "running", "proving", ...
    std::uint64_t done = 0;
    std::uint64_t of = 0;
    std::string line{};
    chain::Timestamp time{};  ///< when it said so
};

/// What the methods answer from. Everything outlives the table, and is thread-safe.
struct MarketPorts {
    AppView& app;

    /// What the worker of a job that asks this node last told of it. Empty: no workers here.
    std::function<std::optional<JobProgress>(const JobName&)> progress{};

    /// The JSON document of a job's receipt. Errors: not_found, io for what a node cannot do now.
    std::function<Result<std::string>(const JobName&)> receipt{};
};

void add_market_routes(MethodTable& table, const MarketPorts& ports);

}  // namespace steelyard::rpc
