// HttpHandler: what answers the requests of a server that does not speak JSON-RPC.
#pragma once

#include "rpc/dispatcher.h"

namespace steelyard::rpc {

struct HttpHeader {
    std::string name{};
    std::string value{};
};

struct HttpRequest {
    std::string method{};  ///< "GET"
    std::string path{};    ///< up to the '?', as it was sent
    std::string query{};   ///< after the '?'
    std::string body{};
    std::vector<HttpHeader> headers{};

    /// Empty where there is none; names are compared without regard to case.
    std::string_view header(std::string_view name) const;
};

/// Thread-safe.
class HttpHandler {
public:
    virtual ~HttpHandler() = default;

    /// Called on a thread of the server's pool. `done` is called once, by any thread.
    virtual void handle(HttpRequest request, Dispatcher::HttpDone done) = 0;

    /// What a client is told whose request does not get to `handle`, or was not answered in time.
    virtual HttpReply refusal(int status, std::string_view why) const = 0;
};

}  // namespace steelyard::rpc
