#include "rpc/json_rpc.h"

#include "rpc/json_reader.h"
#include "rpc/json_writer.h"

namespace steelyard::rpc {
namespace {

constexpr std::string_view go_request_type = "types.RPCRequest";
constexpr std::size_t shown_id_size_max = 64;

std::unexpected<Error> wrong_type(JsonKind kind, std::string_view target) {
    return invalid("json: cannot unmarshal {} into Go {}", to_string(kind), target);
}

/// A field that must be a string where it is there.
Result<std::string> read_string(std::string_view name, std::string_view value) {
    const JsonKind kind = json_kind(value);
    if (kind == JsonKind::null) {
        return std::string();
    }
    if (kind != JsonKind::string) {
        return wrong_type(kind, fmt::format("struct field .{} of type string", name));
    }
    return json_unquote(value);
}

Result<void> check_id(std::string_view id) {
    std::string_view type;
    switch (json_kind(id)) {
        case JsonKind::string:
        case JsonKind::number:
        case JsonKind::null:
            return {};
        case JsonKind::boolean:
            type = "bool";
            break;
        case JsonKind::array:
            type = "[]interface {}";
            break;
        case JsonKind::object:
            type = "map[string]interface {}";
            break;
    }
    return invalid(
        "json-rpc ID ({}) is of unknown type ({})", id.substr(0, shown_id_size_max), type
    );
}

}  // namespace

Result<RpcRequest> read_request(std::string_view json) {
    const JsonKind kind = json_kind(json);
    if (kind != JsonKind::object) {
        return wrong_type(kind, fmt::format("value of type {}", go_request_type));
    }
    RpcRequest request;
    for (JsonWalker walker(json); walker.next();) {
        const std::string_view key = walker.raw_key();
        if (key == "id") {
            TRY(check_id(walker.value()));
            request.id = walker.value();
        } else if (key == "method") {
            TRY_ASSIGN(request.method, read_string(key, walker.value()));
        } else if (key == "jsonrpc") {
            TRY(read_string(key, walker.value()));
        } else if (key == "params") {
            request.params = walker.value();
        }
    }
    return request;
}

std::expected<RpcRequests, RpcError> read_requests(
    std::string_view body, std::size_t batch_size_max
) {
    const auto unreadable = [](const Error& error) {
        return std::unexpected(parse_error("error unmarshaling request: " + error.message()));
    };
    if (const Result<void> checked = check_json(body); !checked) {
        return unreadable(checked.error());
    }
    std::vector<std::string_view> texts = {body};
    const bool batch = json_kind(body) == JsonKind::array;
    if (batch) {
        texts = json_elements(body);
        if (texts.empty()) {
            return std::unexpected(invalid_request("batch request is empty"));
        }
        if (texts.size() > batch_size_max) {
            return std::unexpected(invalid_request(fmt::format(
                "batch request exceeds maximum ({}) allowed number of requests", batch_size_max
            )));
        }
    }
    RpcRequests out{.batch = batch, .requests = {}};
    out.requests.reserve(texts.size());
    for (const std::string_view text : texts) {
        Result<RpcRequest> request = read_request(text);
        if (!request) {
            return unreadable(request.error());
        }
        out.requests.push_back(*std::move(request));
    }
    return out;
}

std::string write_response(std::string_view id, const Outcome& outcome) {
    std::string out;
    out.reserve(64 + id.size() + (outcome ? outcome->size() : 0));
    out += R"({"jsonrpc":"2.0","id":)";
    out += id.empty() ? "null" : id;
    if (outcome) {
        out += R"(,"result":)";
        out += *outcome;
        out += '}';
        return out;
    }
    const RpcError& error = outcome.error();
    JsonWriter writer(std::move(out));
    writer.key("error").begin_object();
    writer.key("code").number(error.code).key("message").string(error.message);
    if (!error.data_code.empty()) {
        writer.key("data").begin_object();
        writer.key("code").string(error.data_code).key("detail").string(error.data).end_object();
    } else if (!error.data.empty()) {
        writer.key("data").string(error.data);
    }
    writer.end_object().end_object();
    return std::move(writer).take();
}

}  // namespace steelyard::rpc
