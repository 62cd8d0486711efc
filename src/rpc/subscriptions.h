// Subscriptions: what the WebSocket methods ask of the event bus.
#pragma once

#include "rpc/client.h"
#include "rpc/dispatcher.h"

namespace steelyard::rpc {

/// Limits that the event bus keeps; an error says "max_subscription_clients 100 reached" or
/// "max_subscriptions_per_client 5 reached".
struct SubscriptionLimits {
    std::size_t clients_max = 100;
    std::size_t per_client_max = 5;
    std::size_t query_size_max = 512;  ///< "maximum query length exceeded"
};

/// Who gets which events. Thread-safe.
class Subscriptions {
public:
    virtual ~Subscriptions() = default;

    /// From now on `client->deliver(request_id, ...)` gets {"query","data","events"} of each event
    /// that matches. The answer to the request is sent before the first of them: an event that
    /// comes earlier waits in the client's queue.
    virtual Result<void> subscribe(
        std::shared_ptr<Client> client, std::string request_id, std::string_view query
    ) = 0;

    virtual Result<void> unsubscribe(ClientId client, std::string_view query) = 0;

    virtual Result<void> unsubscribe_all(ClientId client) = 0;

    /// The connection is gone; most clients that go had no subscription.
    virtual void client_gone(ClientId client) = 0;
};

/// Adds `subscribe`, `unsubscribe` and `unsubscribe_all`.
void add_subscription_methods(MethodTable& table, Subscriptions& subscriptions);

}  // namespace steelyard::rpc
