// What the handlers of the routes share.
#pragma once

#include "rpc/dispatcher.h"
#include "rpc/json_writer.h"
#include "rpc/routes.h"

#include <mutex>

namespace steelyard::rpc {

/// Lives as long as the table of methods.
struct RouteContext {
    RoutePorts ports;
    RouteConfig config;
    std::string genesis_json{};

    // The last answer to `status`, which holds until a block, a prune or the sync changes it.
    std::mutex status_mutex{};
    storage::BlockRange status_range{};
    bool status_catching_up = false;
    std::string status_json{};
};

using SharedContext = std::shared_ptr<RouteContext>;

using SharedPorts = std::shared_ptr<const StoredPorts>;

void add_chain_routes(MethodTable& table, const SharedPorts& ports);
void add_search_routes(MethodTable& table, const SharedPorts& ports);
void add_node_routes(MethodTable& table, const SharedContext& context);
void add_tx_routes(MethodTable& table, const SharedContext& context);

/// The height that a parameter names, or `latest`; with CometBFT's errors.
Result<chain::Height> wanted_height(
    std::optional<std::int64_t> height, chain::Height base, chain::Height latest
);

/// `function` gets the context, or the ports, and the parameters.
template <typename Context, typename Function>
std::function<void(Call, Responder)> answer_with(
    const std::shared_ptr<Context>& context, Function function
) {
    return answer([context, function](const Params& params) -> Result<std::string> {
        JsonWriter out;
        TRY(function(*context, params, out));
        return std::move(out).take();
    });
}

}  // namespace steelyard::rpc
