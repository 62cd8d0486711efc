#include "rpc/subscriptions.h"

namespace steelyard::rpc {
namespace {

void respond(Responder responder, const Result<void>& result) {
    if (result) {
        std::move(responder).ok("{}");
    } else {
        std::move(responder).fail(result.error());
    }
}

std::vector<ParamSpec> query_param() {
    return {{
        .name = "query",
        .type = ParamType::string,
        .description = "Which events, such as tm.event='NewBlock'.",
    }};
}

}  // namespace

void add_subscription_methods(MethodTable& table, Subscriptions& subscriptions) {
    table.add({
        .name = "subscribe",
        .params = query_param(),
        .handler =
            [&subscriptions](Call call, Responder responder) {
                const std::string query(call.params.string("query"));
                respond(
                    std::move(responder),
                    subscriptions.subscribe(call.client, call.request_id, query)
                );
            },
        .summary = "Events that match a query come from now on, with the id of this request.",
        .run_on = RunOn::io_thread,
        .websocket_only = true,
    });
    table.add({
        .name = "unsubscribe",
        .params = query_param(),
        .handler =
            [&subscriptions](Call call, Responder responder) {
                respond(
                    std::move(responder),
                    subscriptions.unsubscribe(call.client->id(), call.params.string("query"))
                );
            },
        .summary = "Ends the subscription of a query.",
        .run_on = RunOn::io_thread,
        .websocket_only = true,
    });
    table.add({
        .name = "unsubscribe_all",
        .handler =
            [&subscriptions](Call call, Responder responder) {
                respond(std::move(responder), subscriptions.unsubscribe_all(call.client->id()));
            },
        .summary = "Ends all subscriptions of this connection.",
        .run_on = RunOn::io_thread,
        .websocket_only = true,
    });
}

}  // namespace steelyard::rpc
