#include "tests/support/http_client.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace steelyard::testing_support {

TcpClient::TcpClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    CHECK(socket_ >= 0);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
}

TcpClient::~TcpClient() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

bool TcpClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::size_t TcpClient::send_some(std::string_view bytes) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void TcpClient::finish_sending() {
    ::shutdown(socket_, SHUT_WR);
}

bool TcpClient::fill() {
    char buffer[65536];
    const ssize_t size = ::recv(socket_, buffer, sizeof(buffer), 0);
    if (size <= 0) {
        return false;
    }
    received_.append(buffer, static_cast<std::size_t>(size));
    return true;
}

std::string TcpClient::read(std::size_t size) {
    while (received_.size() < size && fill()) {
    }
    std::string out = received_.substr(0, size);
    received_.erase(0, out.size());
    return out;
}

std::string TcpClient::read_until(std::string_view end) {
    while (received_.find(end) == std::string::npos && fill()) {
    }
    const std::size_t place = received_.find(end);
    return read(place == std::string::npos ? received_.size() : place + end.size());
}

bool TcpClient::closed_by_peer() {
    received_.clear();
    char buffer[65536];
    ssize_t size = 1;
    while (size > 0) {
        size = ::recv(socket_, buffer, sizeof(buffer), 0);
    }
    const bool closed = size == 0 || errno == ECONNRESET;
    finish_sending();
    return closed;
}

HttpResponse read_response(TcpClient& client) {
    HttpResponse out;
    out.head = client.read_until("\r\n\r\n");
    if (out.head.size() > 12) {
        out.status = std::atoi(out.head.c_str() + 9);
    }
    constexpr std::string_view name = "Content-Length: ";
    const std::size_t place = out.head.find(name);
    if (place != std::string::npos) {
        const long size = std::atol(out.head.c_str() + place + name.size());
        out.body = client.read(static_cast<std::size_t>(size));
    }
    return out;
}

std::string post_request(std::string_view body, std::string_view extra_headers) {
    return fmt::format(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{}Content-Length: "
        "{}\r\n\r\n{}",
        extra_headers,
        body.size(),
        body
    );
}

std::string get_request(std::string_view target, std::string_view extra_headers) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", target, extra_headers);
}

HttpResponse ask(std::uint16_t port, std::string_view request) {
    TcpClient client(port);
    client.send(request);
    return read_response(client);
}

WebSocketClient::WebSocketClient(std::uint16_t port) : client_(port) {
    client_.send(get_request(
        "/websocket",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    ));
    const std::string head = client_.read_until("\r\n\r\n");
    // The example of RFC 6455, section 1.3.
    CHECK(head.find("101 Switching Protocols") != std::string::npos);
    CHECK(head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
}

bool WebSocketClient::send_frame(int opcode, std::string_view payload) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    const std::size_t size = payload.size();
    const std::size_t length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    frame += static_cast<char>(0x80 | (length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
    for (std::size_t i = length_bytes; i > 0; --i) {
        frame += static_cast<char>(size >> (8 * (i - 1)));
    }
    // A mask of zeros: the payload stays as it is.
    frame += std::string(4, '\0');
    frame += payload;
    return client_.send(frame);
}

std::optional<WebSocketFrame> WebSocketClient::read_frame() {
    const std::string head = client_.read(2);
    if (head.size() < 2) {
        return std::nullopt;
    }
    std::uint64_t size = static_cast<std::uint8_t>(head[1]) & 0x7F;
    if (size >= 126) {
        const std::string length = client_.read(size == 126 ? 2 : 8);
        size = 0;
        for (const char c : length) {
            size = size << 8 | static_cast<std::uint8_t>(c);
        }
    }
    WebSocketFrame frame{.opcode = head[0] & 0x0F};
    frame.payload = client_.read(size);
    if (frame.payload.size() < size) {
        return std::nullopt;
    }
    return frame;
}

std::optional<std::string> WebSocketClient::read() {
    while (std::optional<WebSocketFrame> frame = read_frame()) {
        if (frame->opcode == 1) {
            return std::move(frame->payload);
        }
        if (frame->opcode == 9) {
            send_frame(10, frame->payload);
        }
        if (frame->opcode == 8) {
            break;
        }
    }
    return std::nullopt;
}

}  // namespace steelyard::testing_support
