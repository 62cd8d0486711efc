// A kept connection to an HTTP server, for bodies that are not held in memory.
#pragma once

#include "base/bytes.h"
#include "base/endpoint.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace steelyard::client {

struct HttpField {
    std::string name{};
    std::string value{};
};

struct HttpAsked {
    std::string method = "GET";
    std::string target{};
    std::vector<HttpField> fields{};
    ByteView body{};                     ///< of a PUT
    std::chrono::milliseconds extra{0};  ///< that the answer may take besides the usual time
};

struct HttpTold {
    unsigned status = 0;
    std::optional<std::uint64_t> content_length{};
    std::vector<HttpField> fields{};
    std::string text{};  ///< the body, if it is none that goes to a sink

    /// Empty if there is none; names are compared without regard to case.
    std::string_view field(std::string_view name) const;
};

/// The longest body that is no part of a file.
inline constexpr std::size_t told_text_size_max = 4 << 20;

/// Of one thread. Connects when something is asked, and again when the server has closed.
class HttpConnection {
public:
    /// `timeout` is for each step: to connect, to send a body, to get the next bytes.
    HttpConnection(Endpoint server, std::chrono::milliseconds timeout);
    ~HttpConnection();

    /// Gets the body of a file, 200 or 206, piece by piece, the first time with the head alone. An
    /// error of it ends the call and the connection.
    using Sink = std::function<Result<void>(const HttpTold& head, ByteView piece)>;

    /// Errors: io: nobody is there, or the connection ended before the answer did; corrupt: no
    /// HTTP; those of the sink.
    Result<HttpTold> ask(const HttpAsked& asked, const Sink& sink = {});

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::client
