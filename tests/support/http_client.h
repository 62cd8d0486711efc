// Blocking sockets for tests: a raw TCP client, and the client's half of the WebSocket protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace steelyard::testing_support {

/// A connection to a port of the loopback interface. Reads give up after ten seconds.
class TcpClient {
public:
    explicit TcpClient(std::uint16_t port);
    TcpClient(TcpClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
    TcpClient& operator=(TcpClient&&) = delete;
    ~TcpClient();

    /// False: the other side has closed.
    bool send(std::string_view bytes);

    /// Sends what the system takes at once, and returns how much that was.
    std::size_t send_some(std::string_view bytes);

    /// Sends nothing more; still reads.
    void finish_sending();

    /// Exactly so many bytes; fewer if the other side closes.
    std::string read(std::size_t size);

    /// All up to and with `end`.
    std::string read_until(std::string_view end);

    /// Whether the other side closes within ten seconds; what it sends before is dropped.
    bool closed_by_peer();

private:
    bool fill();

    int socket_ = -1;
    std::string received_{};
};

struct HttpResponse {
    int status = 0;
    std::string head{};
    std::string body{};
};

/// Reads one response with a Content-Length.
HttpResponse read_response(TcpClient& client);

std::string post_request(std::string_view body, std::string_view extra_headers = "");
std::string get_request(std::string_view target, std::string_view extra_headers = "");

/// One request on a connection of its own.
HttpResponse ask(std::uint16_t port, std::string_view request);

/// A frame of the server.
struct WebSocketFrame {
    int opcode = 0;  ///< 1 text, 8 close, 9 ping, 10 pong
    std::string payload{};
};

class WebSocketClient {
public:
    explicit WebSocketClient(std::uint16_t port);

    bool send(std::string_view text) { return send_frame(1, text); }
    bool send_frame(int opcode, std::string_view payload);

    /// The next frame of any kind; nothing if the server closed.
    std::optional<WebSocketFrame> read_frame();

    /// The next text; pings are answered. Nothing after a close frame.
    std::optional<std::string> read();

    bool closed_by_peer() { return client_.closed_by_peer(); }

private:
    TcpClient client_;
};

}  // namespace steelyard::testing_support
