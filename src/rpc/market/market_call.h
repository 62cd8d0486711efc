// Calls of market_*: from parameters to a query and back. For .cpp files of this folder.
#pragma once

#include "rpc/market/market_routes.h"
#include "rpc/method.h"

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace steelyard::rpc {

/// Why a call is not answered: "invalid_params", "not_found", "limit_exceeded", "unavailable",
/// "internal", beside codes of JSON-RPC.
RpcError invalid_argument(std::string detail);
RpcError refusal_of(const abci::QueryResult& result);
RpcError refusal_of(const Error& error);

template <typename T>
using Called = std::expected<T, RpcError>;

/// Sets the field of each parameter that was given: integers into integers, hex into bytes. `limit`
/// and `cursor` become the page.
Called<void> fill_request(
    const std::vector<ParamSpec>& specs, const Params& params, google::protobuf::Message& request
);

/// Asks the application. `height` becomes that of the state that answered.
Called<void> ask(
    AppView& app,
    std::string_view path,
    const google::protobuf::Message& request,
    google::protobuf::Message& response,
    chain::Height& height
);

/// `{"height":9,...}`, and "next_cursor" where the answer is a page; then `rest`.
std::string write_result(
    chain::Height height, const google::protobuf::Message& response, std::string_view rest = ""
);

/// The schema of that; `rest` are further properties.
std::string result_schema(const google::protobuf::Descriptor& response, std::string_view rest = "");

}  // namespace steelyard::rpc
