// Handler: what answers one method of a service, and how generated messages become its question
// and its answer. For the services' own files.
#pragma once

#include "abci/query_status.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"
#include "rpc/services/services.h"

namespace steelyard::services {

/// Why there is no answer.
struct Refusal {
    abci::GrpcCode code{};
    std::string message{};

    Refusal(abci::GrpcCode why, std::string text) : code(why), message(std::move(text)) {}

    /// What our own functions say, in gRPC's terms. Implicit, so that TRY passes it on.
    Refusal(const Error& error);
};

template <typename T>
using Answer = std::expected<T, Refusal>;

template <typename... Args>
std::unexpected<Refusal> refuse(
    abci::GrpcCode code, fmt::format_string<Args...> format, Args&&... args
) {
    return std::unexpected(Refusal(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// What the handlers work with.
struct Context {
    const ServicePorts& ports;
    const ServiceConfig& config;
};

using Reply = std::move_only_function<void(Answer<Bytes>)>;
using Handler = std::function<void(const Context&, const abci::QueryRequest&, Reply)>;
using HandlerTable = std::map<std::string_view, Handler>;

/// What a question may cost; a transaction is the largest that is asked.
inline constexpr proto::ParseLimits request_limits = {
    .bytes_max = 4 << 20, .elements_max = 100'000
};

/// `function` fills the response.
template <typename Request, typename Response>
Handler answer_with(Answer<void> (*function)(const Context&, const Request&, Response&)) {
    return [function](const Context& context, const abci::QueryRequest& asked, Reply reply) {
        Request request;
        if (auto parsed = proto::strict_parse(request, asked.data, request_limits); !parsed) {
            reply(std::unexpected(Refusal(parsed.error())));
            return;
        }
        Response response;
        if (auto filled = function(context, request, response); !filled) {
            reply(std::unexpected(std::move(filled).error()));
            return;
        }
        proto::fill_non_nullable(response);
        reply(proto::serialize(response));
    };
}

void add_tx_service(HandlerTable& table);
void add_comet_service(HandlerTable& table);
void add_node_services(HandlerTable& table);

}  // namespace steelyard::services
