#include "rpc/dispatcher.h"

#include "base/check.h"
#include "rpc/batch_run.h"
#include "rpc/json_reader.h"
#include "rpc/json_rpc.h"
#include "rpc/open_rpc.h"

#include <algorithm>

namespace steelyard::rpc {
namespace {

constexpr std::string_view uri_request_id = "-1";
constexpr std::size_t name_shown_max = 64;

HttpReply error_reply(std::string_view id, RpcError error, int status = 200) {
    return {.status = status, .body = write_response(id, std::unexpected(std::move(error)))};
}

bool is_cacheable(const Method& method, const Params& params) {
    switch (method.caching) {
        case Caching::none:
            return false;
        case Caching::always:
            return true;
        case Caching::with_height:
            return params.integer("height").value_or(0) != 0;
    }
    CHECK(false);
}

RpcError bad_params(const Method& method, std::string detail) {
    RpcError error = invalid_params(std::move(detail));
    error.data_code = method.is_strict ? "invalid_params" : "";
    return error;
}

/// An argument that a strict method has no parameter for; empty: there is none.
std::string unknown_argument(const Method& method, std::string_view json) {
    if (!method.is_strict || json_kind(json) != JsonKind::object) {
        return {};
    }
    for (JsonWalker walker(json); walker.next();) {
        std::string key = walker.key();
        if (std::ranges::find(method.params, key, &ParamSpec::name) == method.params.end()) {
            return key;
        }
    }
    return {};
}

std::expected<Params, RpcError> read_params(const Method& method, std::string_view json) {
    if (json.empty()) {
        json = "null";
    }
    if (std::string unknown = unknown_argument(method, json); !unknown.empty()) {
        unknown.resize(std::min(unknown.size(), name_shown_max));
        return std::unexpected(bad_params(method, "there is no parameter " + unknown));
    }
    Result<Params> params = params_from_json(method.params, json);
    if (!params) {
        return std::unexpected(bad_params(
            method, "error converting json params to arguments: " + params.error().message()
        ));
    }
    return *std::move(params);
}

}  // namespace

void MethodTable::add(Method method) {
    CHECK(method.handler && !method.name.empty());
    const std::string_view name = method.name;
    const bool added = methods_.emplace(name, std::move(method)).second;
    CHECK(added);
}

const Method* MethodTable::find(std::string_view name) const {
    const auto found = methods_.find(name);
    return found == methods_.end() ? nullptr : &found->second;
}

Dispatcher::Dispatcher(MethodTable table, DispatchLimits limits, Executor executor)
    : table_(std::move(table)), limits_(limits), executor_(std::move(executor)) {
    const auto document = std::make_shared<const std::string>(open_rpc_document(table_));
    table_.add({
        .name = "rpc.discover",
        .handler = answer([document](const Params&) { return *document; }),
        .summary = "This document.",
        .run_on = RunOn::io_thread,
    });
}

RpcError Dispatcher::absent_method() const {
    RpcError error = method_not_found();
    error.data = table_.absent();
    return error;
}

void Dispatcher::run(const Method& method, Call call, Responder responder) const {
    if (method.run_on == RunOn::io_thread || !executor_) {
        method.handler(std::move(call), std::move(responder));
        return;
    }
    executor_([&method, call = std::move(call), responder = std::move(responder)]() mutable {
        method.handler(std::move(call), std::move(responder));
    });
}

void Dispatcher::call(
    const RpcRequest& request, const std::shared_ptr<Client>& client, HttpDone done
) const {
    const Method* method = table_.find(request.method);
    if (method == nullptr || method->websocket_only) {
        done(error_reply(request.id, absent_method()));
        return;
    }
    std::expected<Params, RpcError> params = read_params(*method, request.params);
    if (!params) {
        done(error_reply(request.id, std::move(params).error()));
        return;
    }
    const bool cacheable = is_cacheable(*method, *params);
    std::string id(request.id);
    Call made{.params = *std::move(params), .client = client, .request_id = id};
    Responder responder([id = std::move(id), cacheable, done = std::move(done)](Outcome outcome
                        ) mutable {
        done({.cacheable = cacheable && outcome, .body = write_response(id, outcome)});
    });
    run(*method, std::move(made), std::move(responder));
}

void Dispatcher::post(std::string_view body, const std::shared_ptr<Client>& client, HttpDone done)
    const {
    std::expected<RpcRequests, RpcError> read = read_requests(body, limits_.batch_size_max);
    if (!read) {
        const int status = read.error().code == -32700 ? 500 : 200;
        done(error_reply({}, std::move(read).error(), status));
        return;
    }
    std::erase_if(read->requests, [](const RpcRequest& request) { return request.id.empty(); });
    if (read->requests.empty()) {
        done({});
        return;
    }
    if (read->requests.size() == 1) {
        call(read->requests[0], client, std::move(done));
        return;
    }
    // The requests look at the body, which the caller takes back.
    const auto kept = std::make_shared<const std::string>(body);
    for (RpcRequest& request : read->requests) {
        const auto moved = [&](std::string_view part) {
            return part.empty()
                       ? part
                       : std::string_view(*kept).substr(
                             static_cast<std::size_t>(part.data() - body.data()), part.size()
                         );
        };
        request.id = moved(request.id);
        request.params = moved(request.params);
    }
    const auto start = [this, client](const RpcRequest& request, HttpDone one_done) {
        call(request, client, std::move(one_done));
    };
    std::make_shared<BatchRun>(kept, std::move(read->requests), limits_, start, std::move(done))
        ->pump();
}

void Dispatcher::get(
    std::string_view name,
    std::string_view query,
    const std::shared_ptr<Client>& client,
    HttpDone done
) const {
    const Method* method = table_.find(name);
    if (method == nullptr && !table_.absent().empty()) {
        done(error_reply(uri_request_id, absent_method(), 404));
        return;
    }
    if (method == nullptr) {
        done({
            .status = 404,
            .content_type = "text/plain; charset=utf-8",
            .body = "404 page not found\n",
        });
        return;
    }
    if (method->websocket_only) {
        done(error_reply(uri_request_id, method_not_found(), 404));
        return;
    }
    const auto arguments = parse_query_string(query);
    Result<Params> params = arguments ? params_from_query(method->params, *arguments)
                                      : std::unexpected(arguments.error());
    if (!params) {
        RpcError error = bad_params(
            *method, "error converting http params to arguments: " + params.error().message()
        );
        done(error_reply(uri_request_id, std::move(error), 500));
        return;
    }
    const bool cacheable = is_cacheable(*method, *params);
    Call made{
        .params = *std::move(params), .client = client, .request_id = std::string(uri_request_id)
    };
    Responder responder([cacheable, done = std::move(done)](Outcome outcome) mutable {
        done({
            .status = outcome ? 200 : 500,
            .cacheable = cacheable && outcome,
            .body = write_response(uri_request_id, outcome),
        });
    });
    run(*method, std::move(made), std::move(responder));
}

std::string Dispatcher::websocket(
    std::string_view message, const std::shared_ptr<Client>& client, TextDone done
) const {
    const auto refuse = [&done](std::string_view id, RpcError error) {
        done(write_response(id, std::unexpected(std::move(error))));
        return std::string(id);
    };
    const Result<void> checked = check_json(message);
    const Result<RpcRequest> request =
        checked ? read_request(message) : std::unexpected(checked.error());
    if (!request) {
        return refuse({}, parse_error("error unmarshaling request: " + request.error().message()));
    }
    if (request->id.empty()) {
        done({});
        return {};
    }
    const Method* method = table_.find(request->method);
    if (method == nullptr) {
        return refuse(request->id, absent_method());
    }
    std::expected<Params, RpcError> params = read_params(*method, request->params);
    if (!params) {
        // CometBFT's code for this over WebSocket, unlike over HTTP.
        return refuse(
            request->id, method->is_strict ? params.error() : internal_error(params.error().data)
        );
    }
    std::string id(request->id);
    Call made{.params = *std::move(params), .client = client, .request_id = id};
    Responder responder([id, done = std::move(done)](Outcome outcome) mutable {
        done(write_response(id, outcome));
    });
    run(*method, std::move(made), std::move(responder));
    return id;
}

std::string Dispatcher::endpoint_list(std::string_view host) const {
    return endpoint_list_page(table_, host);
}

}  // namespace steelyard::rpc
