#include "rpc/http_route.h"

#include "rpc/http_head.h"
#include "rpc/json_rpc.h"

#include <algorithm>

namespace steelyard::rpc {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
    for (const HttpHeader& header : headers) {
        if (std::ranges::equal(header.name, name, {}, lower, lower)) {
            return header.value;
        }
    }
    return {};
}

void route_request(
    ServerCore& core,
    const RoutedRequest& request,
    const std::shared_ptr<Client>& client,
    Dispatcher::HttpDone done
) {
    const Dispatcher& dispatcher = *core.dispatcher;
    const auto not_found = [&] { done(plain_text(404, "404 page not found\n")); };
    if (request.metrics_only) {
        if (request.path != "/metrics") {
            not_found();
            return;
        }
        done({
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = core.ports.metrics ? core.ports.metrics() : "",
        });
    } else if (request.path == "/") {
        if (!request.body.empty()) {
            dispatcher.post(request.body, client, std::move(done));
        } else {
            done({
                .content_type = "text/html",
                .body = dispatcher.endpoint_list(request.host),
            });
        }
    } else if (request.path == "/livez") {
        core.tell_liveness(std::move(done));
    } else if (request.path == "/readyz") {
        done(readiness(core.ports.health ? core.ports.health() : Health{}));
    } else if (request.path == "/websocket") {
        done(plain_text(400, "Bad Request\n"));
    } else if (request.path.starts_with('/')) {
        const bool form = request.content_type.starts_with("application/x-www-form-urlencoded");
        const std::string joined =
            form ? fmt::format("{}&{}", request.query, request.body) : std::string(request.query);
        dispatcher.get(request.path.substr(1), joined, client, std::move(done));
    } else {
        not_found();
    }
}

HttpReply plain_text(int status, std::string body) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

HttpReply timeout_reply(const ServerCore& core) {
    constexpr std::string_view why = "the request was not answered in time";
    if (core.handler != nullptr) {
        return core.handler->refusal(504, why);
    }
    return {.body = write_response({}, std::unexpected(server_error(std::string(why))))};
}

HttpReply large_body_reply(const ServerCore& core) {
    if (core.handler != nullptr) {
        return core.handler->refusal(
            413, fmt::format("the body is over {} bytes", core.config.max_body_bytes)
        );
    }
    const RpcError problem =
        invalid_request("error reading request body: http: request body too large");
    return {.status = 400, .body = write_response({}, std::unexpected(problem))};
}

}  // namespace steelyard::rpc
