#include "rpc/routes.h"

#include "base/base64.h"
#include "chain/json_text.h"
#include "rpc/json_writer.h"
#include "rpc/route_context.h"

namespace steelyard::rpc {

void add_stored_routes(MethodTable& table, const StoredPorts& ports) {
    const auto shared = std::make_shared<const StoredPorts>(ports);
    add_chain_routes(table, shared);
    add_search_routes(table, shared);
}

void add_routes(
    MethodTable& table,
    const RoutePorts& ports,
    const chain::GenesisDoc& genesis,
    const RouteConfig& config
) {
    const SharedContext context(
        new RouteContext{ports, config, chain::json_compact(chain::print_genesis(genesis))}
    );
    add_stored_routes(
        table,
        {.chain = ports.chain,
         .blocks = ports.blocks,
         .indexer = ports.indexer,
         .searcher = ports.searcher,
         .catching_up = [&status = ports.status] { return status.catching_up(); }}
    );
    add_node_routes(table, context);
    add_tx_routes(table, context);
}

Result<chain::Height> wanted_height(
    std::optional<std::int64_t> height, chain::Height base, chain::Height latest
) {
    if (!height) {
        if (latest == chain::Height()) {
            return fail(ErrorCode::not_found, "the chain has no block yet");
        }
        return latest;
    }
    if (*height <= 0) {
        return invalid("height must be greater than 0, but got {}", *height);
    }
    if (*height > latest.value()) {
        return invalid(
            "height {} must be less than or equal to the current blockchain height {}",
            *height,
            latest
        );
    }
    if (*height < base.value()) {
        return invalid("height {} is not available, lowest height is {}", *height, base);
    }
    return chain::Height(*height);
}

}  // namespace steelyard::rpc
