// A small HTTP client for a node's RPC.
#pragma once

#include "base/result.h"
#include "p2p/endpoint.h"

#include <chrono>
#include <string>

namespace steelyard::daemon {

struct HttpAnswer {
    unsigned status = 0;
    std::string body;
};

inline constexpr std::size_t answer_size_max = 8 << 20;

/// GET of a path, all within `timeout`. Errors (io): nobody listens, or no whole answer came.
Result<HttpAnswer> http_get(
    const p2p::Endpoint& server, std::string_view path, std::chrono::milliseconds timeout
);

}  // namespace steelyard::daemon
