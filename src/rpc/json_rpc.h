// JSON-RPC 2.0: request objects in, response objects out, as texts.
#pragma once

#include "rpc/error.h"

#include <string_view>
#include <vector>

namespace steelyard::rpc {

/// A request object. Views of the text that it was read from.
struct RpcRequest {
    std::string_view id{};  ///< JSON text; empty: a notification
    std::string method{};
    std::string_view params{};  ///< JSON text; empty: none
};

/// Reads one request object. The errors are data of a parse error, as CometBFT words them.
Result<RpcRequest> read_request(std::string_view json);

/// What a body holds.
struct RpcRequests {
    bool batch = false;
    std::vector<RpcRequest> requests{};
};

/// Reads a request or a batch of at most `batch_size_max`: a larger one is an "invalid request",
/// whatever else is wrong a parse error.
std::expected<RpcRequests, RpcError> read_requests(
    std::string_view body, std::size_t batch_size_max
);

/// The response object; an empty id becomes null.
std::string write_response(std::string_view id, const Outcome& outcome);

}  // namespace steelyard::rpc
