// The head of an HTTP response, and who may read the response from a web page (CORS).
#pragma once

#include "rpc/server.h"

namespace steelyard::rpc {

struct ResponseHead {
    int status = 200;
    std::string_view content_type{};
    std::uint64_t content_length = 0;
    bool cacheable = false;
    bool keep_alive = true;
    std::string_view extra{};  ///< whole header lines
};

/// Appends a status line and headers, up to the empty line; `unix_seconds` is the time of day.
void append_response_head(std::string& out, const ResponseHead& head, std::int64_t unix_seconds);

/// The header lines that let a page of this origin read the response; none if it may not.
std::string cors_headers(const ServerConfig& config, std::string_view origin);

/// The lines for the question that a browser asks before some requests.
std::string cors_preflight_headers(const ServerConfig& config, std::string_view origin);

/// The body and status of /livez; `stuck` is a thread that does not answer.
HttpReply liveness(const std::optional<std::string>& stuck);

/// The body and status of /readyz.
HttpReply readiness(const Health& health);

}  // namespace steelyard::rpc
