// RpcError: the error object of JSON-RPC 2.0, with the codes and texts of CometBFT.
#pragma once

#include "base/result.h"

#include <expected>
#include <string>

namespace steelyard::rpc {

struct RpcError {
    int code = 0;
    std::string message{};
    std::string data{};  ///< left out if empty

    /// A name for programs, of our own methods: then the data is {"code": this, "detail": data}.
    std::string data_code{};

    bool operator==(const RpcError&) const = default;
};

inline RpcError parse_error(std::string data) {
    return {-32700, "Parse error. Invalid JSON", std::move(data)};
}
inline RpcError invalid_request(std::string data) {
    return {-32600, "Invalid Request", std::move(data)};
}
inline RpcError method_not_found() {
    return {-32601, "Method not found", {}};
}
inline RpcError invalid_params(std::string data) {
    return {-32602, "Invalid params", std::move(data)};
}
inline RpcError internal_error(std::string data) {
    return {-32603, "Internal error", std::move(data)};
}
inline RpcError server_error(std::string data) {
    return {-32000, "Server error", std::move(data)};
}

/// The JSON text of a result, or the error.
using Outcome = std::expected<std::string, RpcError>;

}  // namespace steelyard::rpc
