#include "rpc/rest/gateway.h"

#include "base/check.h"
#include "proto/codec.h"
#include "proto/json.h"
#include "proto/non_nullable.h"
#include "rpc/json_writer.h"
#include "rpc/rest/request.h"
#include "rpc/rest/route_table.h"

#include <google/protobuf/message.h>

#include <charconv>

namespace steelyard::rest {
namespace {

using abci::GrpcCode;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using rpc::HttpReply;

/// Where a client asks for the state of another height.
constexpr std::string_view height_header = "x-cosmos-block-height";

/// What is not here under these is a part of the SDK, or of what is built on it, that this chain
/// does not have; explorers take it for that if they are told so.
constexpr std::string_view families[] = {"/cosmos/", "/cosmwasm/", "/ibc/", "/steelyard/"};

HttpReply error_reply(int status, GrpcCode code, std::string_view message) {
    rpc::JsonWriter out;
    out.begin_object();
    out.key("code").number(static_cast<int>(code));
    out.key("message").string(message);
    out.key("details").begin_array().end_array();
    out.end_object();
    return {.status = status, .body = std::move(out).take()};
}

HttpReply error_reply(GrpcCode code, std::string_view message) {
    return error_reply(http_status(code), code, message);
}

/// The state that is asked for; 0 is the last one.
Result<chain::Height> wanted_height(std::string_view text) {
    std::int64_t height = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), height);
    if (!text.empty() && (error != std::errc() || end != text.end() || height < 0)) {
        return invalid("{}: \"{}\" is no height", height_header, text.substr(0, 30));
    }
    return chain::Height(height);
}

/// A method that a route stands for.
struct Target {
    const Route* route;
    PathTemplate path;
    const Message* request;   ///< empty ones, to make others of
    const Message* response;  ///< likewise
};

Target target_of(const Route& route) {
    std::string name(route.method.substr(1));
    name[name.find('/')] = '.';
    const auto* const method =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    CHECK(method != nullptr);
    MessageFactory& factory = *MessageFactory::generated_factory();
    return {
        .route = &route,
        .path = PathTemplate(route.path),
        .request = factory.GetPrototype(method->input_type()),
        .response = factory.GetPrototype(method->output_type()),
    };
}

Result<Bytes> read_request(
    const Target& target, const rpc::HttpRequest& http, std::span<const PathParameter> path
) {
    const std::unique_ptr<Message> message(target.request->New());
    if (target.route->verb == "POST") {
        if (!http.body.empty()) {
            TRY(proto::from_json(*message, http.body));
        }
        TRY(fill_request(*message, path, {}));
    } else {
        TRY_ASSIGN(const auto query, rpc::parse_query_string(http.query));
        TRY(fill_request(*message, path, query));
    }
    return proto::serialize(*message);
}

HttpReply write_answer(const Message& prototype, const Result<abci::QueryResult>& result) {
    if (!result) {
        return error_reply(GrpcCode::internal, result.error().message());
    }
    if (result->code != 0) {
        return error_reply(abci::grpc_code(*result), abci::grpc_message(*result));
    }
    const std::unique_ptr<Message> message(prototype.New());
    if (!message->ParseFromArray(result->value.data(), static_cast<int>(result->value.size()))) {
        return error_reply(
            GrpcCode::internal, "the answer is no " + prototype.GetDescriptor()->full_name()
        );
    }
    proto::fill_non_nullable(*message);
    auto json = proto::to_json(*message);
    if (!json) {
        return error_reply(GrpcCode::internal, json.error().message());
    }
    return {
        .body = *std::move(json),
        .headers = fmt::format("Grpc-Metadata-X-Cosmos-Block-Height: {}\r\n", result->height),
    };
}

/// For whoever looks what is here.
HttpReply index_page() {
    std::string body;
    for (const Route& route : routes()) {
        body += fmt::format("{:4} {}\n", route.verb, route.path);
    }
    return {.content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

HttpReply unknown_path(std::string_view path) {
    for (const std::string_view family : families) {
        if (path.starts_with(family)) {
            return error_reply(GrpcCode::unimplemented, "Not Implemented");
        }
    }
    return error_reply(GrpcCode::not_found, "Not Found");
}

}  // namespace

class Gateway::Routes {
public:
    Routes() {
        for (const Route& route : routes()) {
            targets_.push_back(target_of(route));
        }
    }

    struct Found {
        const Target* target = nullptr;
        std::vector<PathParameter> parameters{};
        bool has_other_verb = false;  ///< and there is no target
    };

    Found find(std::string_view verb, const std::vector<std::string>& segments) const {
        Found found;
        for (const Target& target : targets_) {
            auto parameters = target.path.match(segments);
            if (parameters && target.route->verb == verb) {
                return {&target, *std::move(parameters), false};
            }
            found.has_other_verb |= parameters.has_value();
        }
        return found;
    }

private:
    std::vector<Target> targets_{};
};

Gateway::Gateway(QueryPort query)
    : query_(std::move(query)), routes_(std::make_unique<const Routes>()) {
}

Gateway::~Gateway() = default;

void Gateway::handle(rpc::HttpRequest request, rpc::Dispatcher::HttpDone done) {
    const std::string verb = request.method == "HEAD" ? "GET" : request.method;
    if (request.path == "/" && verb == "GET") {
        done(index_page());
        return;
    }
    const auto segments = split_path(request.path);
    if (!segments) {
        done(error_reply(GrpcCode::invalid_argument, segments.error().message()));
        return;
    }
    const Routes::Found found = routes_->find(verb, *segments);
    if (found.target == nullptr) {
        done(
            found.has_other_verb ? error_reply(GrpcCode::unimplemented, "Method Not Allowed")
                                 : unknown_path(request.path)
        );
        return;
    }
    const auto height = wanted_height(request.header(height_header));
    if (!height) {
        done(error_reply(GrpcCode::invalid_argument, height.error().message()));
        return;
    }
    auto data = read_request(*found.target, request, found.parameters);
    if (!data) {
        done(error_reply(GrpcCode::invalid_argument, data.error().message()));
        return;
    }
    query_(
        {.path = std::string(found.target->route->method),
         .data = *std::move(data),
         .height = *height},
        [response = found.target->response,
         done = std::move(done)](const Result<abci::QueryResult>& result) mutable {
            done(write_answer(*response, result));
        }
    );
}

HttpReply Gateway::refusal(int status, std::string_view why) const {
    const GrpcCode code = status == 504   ? GrpcCode::deadline_exceeded
                          : status == 413 ? GrpcCode::resource_exhausted
                                          : GrpcCode::unavailable;
    return error_reply(status, code, why);
}

int http_status(GrpcCode code) {
    switch (code) {
        case GrpcCode::ok:
            return 200;
        case GrpcCode::canceled:
            return 408;
        case GrpcCode::invalid_argument:
        case GrpcCode::failed_precondition:
        case GrpcCode::out_of_range:
            return 400;
        case GrpcCode::unauthenticated:
            return 401;
        case GrpcCode::permission_denied:
            return 403;
        case GrpcCode::not_found:
            return 404;
        case GrpcCode::already_exists:
        case GrpcCode::aborted:
            return 409;
        case GrpcCode::resource_exhausted:
            return 429;
        case GrpcCode::unimplemented:
            return 501;
        case GrpcCode::unavailable:
            return 503;
        case GrpcCode::deadline_exceeded:
            return 504;
        case GrpcCode::unknown:
        case GrpcCode::internal:
        case GrpcCode::data_loss:
            return 500;
    }
    return 500;
}

}  // namespace steelyard::rest
