#include "rpc/http_route.h"

#include "rpc/http_head.h"
#include "rpc/json_rpc.h"

#include <algorithm>

namespace steelyard::rpc {
namespace {

constexpr std::size_t handshake_size_max = 1024;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// From this machine. Where a proxy or a foreign web page speaks, its connection tells nothing of
/// who asks; headers can take a right away, never give it.
bool is_local(const ServerCore& core, const RequestHead& head) {
    constexpr std::string_view marks[] = {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"};
    const auto is_marked = [&](std::string_view name) { return !head.field(name).empty(); };
    const std::string_view origin = head.field("Origin");
    return head.is_local && std::ranges::none_of(marks, is_marked) &&
           (origin.empty() || !cors_headers(core.config, origin).empty());
}

BlobRequest blob_request(const ServerCore& core, const RequestHead& head) {
    return {
        .method = std::string(head.method),
        .path = std::string(head.path),
        .query = std::string(head.query),
        .range = std::string(head.field("Range")),
        .content_range = std::string(head.field("Content-Range")),
        .if_none_match = std::string(head.field("If-None-Match")),
        .if_range = std::string(head.field("If-Range")),
        .authorization = std::string(head.field("Authorization")),
        .is_local = is_local(core, head),
        .content_length = head.content_length,
    };
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

void set_target(RequestHead& head, std::string_view target) {
    const std::size_t question = std::min(target.find('?'), target.size());
    head.path = target.substr(0, question);
    head.query = target.substr(std::min(question + 1, target.size()));
}

std::string page_headers(const ServerCore& core, const RequestHead& head) {
    const std::string_view origin = head.field("Origin");
    if (origin.empty()) {
        return {};
    }
    return head.method == "OPTIONS" ? cors_preflight_headers(core.config, origin)
                                    : cors_headers(core.config, origin);
}

bool is_for_blobs(const ServerCore& core, const RequestHead& head) {
    return core.blobs && !head.metrics_only && BlobRoutes::takes(head.path);
}

std::chrono::milliseconds time_to_answer(const ServerCore& core, const RequestHead& head) {
    return is_for_blobs(core, head) ? core.config.blob_timeout : core.config.request_timeout;
}

UploadAdmission admit_upload(const ServerCore& core, const RequestHead& head) {
    BlobRequest request = blob_request(core, head);
    auto refusal = core.blobs->admit(request);
    return {std::move(refusal), std::move(request.slot)};
}

void route_request(
    ServerCore& core,
    const RequestHead& head,
    RequestBody body,
    const std::shared_ptr<Client>& client,
    Dispatcher::HttpDone done
) {
    const Dispatcher& dispatcher = *core.dispatcher;
    const auto not_found = [&] { done(plain_text(404, "404 page not found\n")); };
    if (is_for_blobs(core, head)) {
        BlobRequest request = blob_request(core, head);
        request.body = std::move(body.text);
        request.slot = std::move(body.slot);
        core.blob_bytes_received.fetch_add(request.body.size(), std::memory_order_relaxed);
        core.run_files([&core, request = std::move(request), done = std::move(done)]() mutable {
            core.blobs->handle(std::move(request), std::move(done));
        });
    } else if (head.metrics_only) {
        if (head.path != "/metrics") {
            not_found();
            return;
        }
        done({
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = core.ports.metrics ? core.ports.metrics() : "",
        });
    } else if (head.path == "/") {
        if (!body.text.empty()) {
            dispatcher.post(body.text, client, std::move(done));
        } else {
            done({
                .content_type = "text/html",
                .body = dispatcher.endpoint_list(head.field("Host")),
            });
        }
    } else if (head.path == "/livez") {
        core.tell_liveness(std::move(done));
    } else if (head.path == "/readyz") {
        done(readiness(core.ports.health ? core.ports.health() : Health{}));
    } else if (head.path == "/websocket") {
        done(plain_text(400, "Bad Request\n"));
    } else if (head.path.starts_with('/')) {
        const bool form =
            head.field("Content-Type").starts_with("application/x-www-form-urlencoded");
        const std::string joined =
            form ? fmt::format("{}&{}", head.query, body.text) : std::string(head.query);
        dispatcher.get(head.path.substr(1), joined, client, std::move(done));
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

HttpReply unreadable_reply(bool large) {
    return large ? plain_text(431, "431 Request Header Fields Too Large\n")
                 : plain_text(400, "400 Bad Request\n");
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

Result<std::string> websocket_handshake(const RequestHead& head) {
    std::string out = "GET /websocket HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n";
    for (const std::string_view name : {"Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
        if (const std::string_view value = head.field(name); !value.empty()) {
            out += fmt::format("{}: {}\r\n", name, value);
        }
    }
    out += "\r\n";
    if (out.size() > handshake_size_max) {
        return fail(ErrorCode::too_large, "a handshake of {} bytes", out.size());
    }
    return out;
}

}  // namespace steelyard::rpc
