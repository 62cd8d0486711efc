// Where a request over HTTP goes that is none for a WebSocket. For the server's own files.
#pragma once

#include "rpc/server_core.h"

namespace steelyard::rpc {

/// Views that hold until `route_request` returns.
struct RoutedRequest {
    std::string_view path{};
    std::string_view query{};
    std::string_view body{};
    std::string_view host{};
    std::string_view content_type{};
    bool metrics_only = false;
};

/// Answers from the dispatcher, or /livez, /readyz and /metrics.
void route_request(
    ServerCore& core,
    const RoutedRequest& request,
    const std::shared_ptr<Client>& client,
    Dispatcher::HttpDone done
);

HttpReply plain_text(int status, std::string body);

/// What one is told who was not answered in time.
HttpReply timeout_reply(const ServerCore& core);

/// What one is told whose body is over the limit.
HttpReply large_body_reply(const ServerCore& core);

}  // namespace steelyard::rpc
