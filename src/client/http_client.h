// A small HTTP client for a node's RPC.
#pragma once

#include "base/endpoint.h"

#include <chrono>
#include <string>

namespace steelyard::client {

struct HttpAnswer {
    unsigned status = 0;
    std::string body;
};

/// The longest body of an answer.
inline constexpr std::size_t answer_size_max = 8 << 20;

/// GET of a path, all within `timeout`. Errors (io): nobody listens, or no whole answer came.
Result<HttpAnswer> http_get(
    const Endpoint& server, std::string_view path, std::chrono::milliseconds timeout
);

/// POST of a JSON text to "/", as above.
Result<HttpAnswer> http_post(
    const Endpoint& server, std::string body, std::chrono::milliseconds timeout
);

}  // namespace steelyard::client
