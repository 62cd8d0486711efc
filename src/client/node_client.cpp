#include "client/node_client.h"

#include "base/base64.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "chain/json_text.h"
#include "proto/codec.h"

#include <google/protobuf/message.h>
#include <boost/json.hpp>

#include <algorithm>
#include <limits>

namespace steelyard::client {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 32;
constexpr std::size_t quoted_size_max = 2'000;

/// Codes of the codespace "sdk" that say that there is no such thing.
constexpr std::array<std::int64_t, 4> not_found_codes = {9, 22, 30, 38};

/// A foreign text for an error: on one line, and not too long.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, quoted_size_max));
    std::ranges::replace_if(out, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
    return out;
}

std::unexpected<Error> malformed(std::string_view what) {
    return fail(ErrorCode::corrupt, "the node's answer {}", what);
}

/// Reads the members of an answer. The first error sticks.
class Fields {
public:
    Fields(const json::value* value, std::string where) : where_(std::move(where)) {
        object_ = value == nullptr ? nullptr : value->if_object();
        if (object_ == nullptr) {
            error_ = malformed(fmt::format("has no object {}", where_)).error();
        }
    }

    const json::value* find(std::string_view name) const {
        return object_ == nullptr ? nullptr : object_->if_contains({name.data(), name.size()});
    }

    /// Empty where there is none, or null.
    std::string text(std::string_view name) {
        const json::value* value = find(name);
        if (value == nullptr || value->is_null()) {
            return {};
        }
        if (!value->is_string()) {
            refuse(name, "is no string");
            return {};
        }
        return std::string(value->get_string());
    }

    /// A number, or a string of one.
    std::int64_t number(std::string_view name) {
        const json::value* value = find(name);
        if (value != nullptr && value->is_string()) {
            const auto parsed = parse_decimal(std::string_view(value->get_string()));
            if (parsed && *parsed <= std::numeric_limits<std::int64_t>::max()) {
                return static_cast<std::int64_t>(*parsed);
            }
        }
        if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
            return value->get_int64();
        }
        refuse(name, "is no number");
        return 0;
    }

    bool boolean(std::string_view name) {
        const json::value* value = find(name);
        if (value == nullptr || !value->is_bool()) {
            refuse(name, "is no boolean");
            return false;
        }
        return value->get_bool();
    }

    Bytes base64(std::string_view name) {
        auto bytes = from_base64(text(name));
        if (!bytes) {
            refuse(name, "is no base64");
            return {};
        }
        return *std::move(bytes);
    }

    chain::Hash256 hash(std::string_view name) {
        chain::Hash256 out{};
        if (!from_hex(text(name), out)) {
            refuse(name, "is no hash");
        }
        return out;
    }

    std::span<const json::value> list(std::string_view name) {
        const json::value* value = find(name);
        if (value == nullptr || value->is_null()) {
            return {};
        }
        if (!value->is_array()) {
            refuse(name, "is no list");
            return {};
        }
        return {value->get_array().data(), value->get_array().size()};
    }

    /// For a value inside.
    Fields object(std::string_view name) {
        return {find(name), fmt::format("{}/{}", where_, name)};
    }

    Result<void> status() const {
        return error_ ? Result<void>(std::unexpected(*error_)) : Result<void>();
    }

private:
    void refuse(std::string_view name, std::string_view why) {
        if (!error_) {
            error_ = malformed(fmt::format("at {}/{} {}", where_, name, why)).error();
        }
    }

    std::string where_;
    const json::object* object_ = nullptr;
    std::optional<Error> error_{};
};

/// The text of an error object, which says whether something does not exist.
Error error_of(const json::value& value) {
    Fields fields(&value, "error");
    const std::string message = fields.text("message");
    const std::string data = fields.text("data");
    const std::string text = shown(data.empty() ? message : data);
    const bool missing = text.ends_with("not found");
    return Error(missing ? ErrorCode::not_found : ErrorCode::invalid, text);
}

Result<json::value> parse_answer(const HttpAnswer& answer) {
    json::error_code error;
    json::parse_options options;
    options.max_depth = depth_max;
    json::value value = json::parse(answer.body, error, {}, options);
    if (error || !value.is_object()) {
        return malformed(fmt::format("(HTTP {}) is no JSON object", answer.status));
    }
    if (const auto* failure = value.get_object().if_contains("error")) {
        return std::unexpected(error_of(*failure));
    }
    auto* result = value.get_object().if_contains("result");
    if (result == nullptr) {
        return malformed(fmt::format("(HTTP {}) has no result", answer.status));
    }
    return std::move(*result);
}

Result<json::value> call_method(
    const NodeAddress& address, std::string_view method, std::string_view params
) {
    std::string body = fmt::format(
        R"({{"jsonrpc":"2.0","id":1,"method":{},"params":{}}})", chain::json_quote(method), params
    );
    TRY_ASSIGN(const auto answer, http_post(address.endpoint, std::move(body), address.timeout));
    return parse_answer(answer);
}

chain::Event read_event(const json::value& value) {
    Fields fields(&value, "event");
    chain::Event event{.type = fields.text("type")};
    for (const json::value& one : fields.list("attributes")) {
        Fields attribute(&one, "attribute");
        event.attributes.push_back(
            {.key = attribute.text("key"), .value = attribute.text("value"), .index = true}
        );
    }
    return event;
}

Result<FoundTx> read_found(const json::value& value) {
    Fields fields(&value, "tx");
    Fields result = fields.object("tx_result");
    FoundTx found{
        .hash = fields.hash("hash"),
        .height = {},
        .index = static_cast<std::uint32_t>(fields.number("index")),
        .tx = fields.base64("tx"),
        .result =
            {.code = static_cast<std::uint32_t>(result.number("code")),
             .data = result.base64("data"),
             .log = result.text("log"),
             .info = result.text("info"),
             .gas_wanted = result.number("gas_wanted"),
             .gas_used = result.number("gas_used"),
             .events = {},
             .codespace = result.text("codespace")},
    };
    for (const json::value& event : result.list("events")) {
        found.result.events.push_back(read_event(event));
    }
    const auto height = chain::Height::parse(fields.number("height"));
    TRY(fields.status());
    TRY(result.status());
    TRY(height);
    found.height = *height;
    return found;
}

}  // namespace

Result<Endpoint> parse_node(std::string_view text) {
    for (const std::string_view scheme : {"http://", "tcp://"}) {
        if (text.starts_with(scheme)) {
            text.remove_prefix(scheme.size());
            break;
        }
    }
    if (text.starts_with("https://")) {
        return fail(
            ErrorCode::unsupported, "\"{}\": no TLS here; name a node over http", shown(text)
        );
    }
    if (text.ends_with('/')) {
        text.remove_suffix(1);
    }
    return parse_endpoint(text);
}

Result<std::string> NodeClient::call(std::string_view method, std::string_view params) const {
    TRY_ASSIGN(const json::value result, call_method(address_, method, params));
    return json::serialize(result);
}

Result<NodeStatus> NodeClient::status() const {
    TRY_ASSIGN(const json::value result, call_method(address_, "status", "{}"));
    Fields fields(&result, "status");
    Fields info = fields.object("node_info");
    Fields sync = fields.object("sync_info");
    NodeStatus status;
    const std::string network = info.text("network");
    const std::int64_t height = sync.number("latest_block_height");
    status.catching_up = sync.boolean("catching_up");
    TRY(info.status());
    TRY(sync.status());
    auto chain_id = chain::ChainId::parse(network);
    if (!chain_id) {
        return malformed("names no chain");
    }
    status.chain_id = *chain_id;
    TRY_ASSIGN(status.height, chain::Height::parse(height));
    return status;
}

Result<void> NodeClient::query(
    std::string_view method,
    const google::protobuf::Message& request,
    google::protobuf::Message& answer
) const {
    const std::string params = fmt::format(
        R"({{"path":{},"data":"{}","height":"0","prove":false}})",
        chain::json_quote(method),
        to_hex(proto::serialize(request))
    );
    TRY_ASSIGN(const json::value result, call_method(address_, "abci_query", params));
    Fields fields(&result, "abci_query");
    Fields response = fields.object("response");
    const std::int64_t code = response.number("code");
    const std::string log = response.text("log");
    const Bytes value = response.base64("value");
    TRY(response.status());
    if (code != 0) {
        const bool missing = std::ranges::find(not_found_codes, code) != not_found_codes.end() ||
                             log.contains("NotFound") || log.contains("not found");
        return fail(missing ? ErrorCode::not_found : ErrorCode::invalid, "{}", shown(log));
    }
    if (!answer.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
        return malformed(fmt::format("is no {}", answer.GetDescriptor()->name()));
    }
    return {};
}

Result<Submitted> NodeClient::broadcast(ByteView tx) const {
    const std::string params = fmt::format(R"({{"tx":"{}"}})", to_base64(tx));
    TRY_ASSIGN(const json::value result, call_method(address_, "broadcast_tx_sync", params));
    Fields fields(&result, "broadcast_tx_sync");
    Submitted submitted{
        .code = static_cast<std::uint32_t>(fields.number("code")),
        .codespace = fields.text("codespace"),
        .log = shown(fields.text("log")),
        .hash = fields.hash("hash"),
    };
    TRY(fields.status());
    return submitted;
}

Result<FoundTx> NodeClient::tx(const chain::Hash256& hash) const {
    const std::string params = fmt::format(R"({{"hash":"{}"}})", to_base64(hash));
    TRY_ASSIGN(const json::value result, call_method(address_, "tx", params));
    return read_found(result);
}

Result<std::vector<FoundTx>> NodeClient::search(
    std::string_view query, std::uint32_t page, std::uint32_t per_page
) const {
    const std::string params = fmt::format(
        R"({{"query":{},"prove":false,"page":"{}","per_page":"{}","order_by":"desc"}})",
        chain::json_quote(query),
        page,
        per_page
    );
    TRY_ASSIGN(const json::value result, call_method(address_, "tx_search", params));
    Fields fields(&result, "tx_search");
    std::vector<FoundTx> found;
    for (const json::value& one : fields.list("txs")) {
        TRY_ASSIGN(FoundTx tx, read_found(one));
        found.push_back(std::move(tx));
    }
    TRY(fields.status());
    return found;
}

}  // namespace steelyard::client
