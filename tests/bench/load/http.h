// A blocking HTTP/1.1 client of one connection, small enough not to be what is measured.
#pragma once

#include "tests/bench/load/options.h"

#include <string_view>

namespace steelyard::load {

/// A WebSocket client's frame with this text.
std::string text_frame(std::string_view text);

/// Ends the program with a message when the node cannot be reached or breaks off.
class HttpConnection {
public:
    explicit HttpConnection(const Endpoint& node);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    void write(std::string_view bytes);

    /// The body of the next answer; empty when the connection has ended.
    std::string read_response();

    std::string get(const std::string& target);

    /// Becomes a WebSocket at `target`; then `read_text` gives one message after the other.
    void upgrade(const std::string& target);
    void write_text(std::string_view text) { write(text_frame(text)); }
    std::string read_text();

    /// Lets a blocked read return as if the node had closed.
    void shut_down();

private:
    bool fill();
    void need(std::size_t bytes);

    int socket_ = -1;
    std::string host_;
    std::string buffer_;
    std::size_t begin_ = 0;
};

}  // namespace steelyard::load
