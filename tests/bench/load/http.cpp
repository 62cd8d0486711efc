#include "tests/bench/load/http.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace steelyard::load {
namespace {

[[noreturn]] void give_up(const std::string& what) {
    std::fprintf(stderr, "load: %s\n", what.c_str());
    std::exit(1);
}

}  // namespace

std::string text_frame(std::string_view text) {
    std::string frame("\x81");
    if (text.size() < 126) {
        frame += static_cast<char>(0x80 | text.size());
    } else {
        frame += static_cast<char>(0x80 | 126);
        frame += static_cast<char>(text.size() >> 8);
        frame += static_cast<char>(text.size() & 0xff);
    }
    frame.append(4, '\0');  // a mask of zeros leaves the text as it is
    return frame.append(text);
}

HttpConnection::HttpConnection(const Endpoint& node) : host_(node.host) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(node.port);
    if (::inet_pton(AF_INET, node.host.c_str(), &address.sin_addr) != 1) {
        give_up("not an IPv4 address: " + node.host);
    }
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        give_up("cannot connect to " + node.host + ":" + std::to_string(node.port));
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

HttpConnection::~HttpConnection() {
    ::close(socket_);
}

void HttpConnection::shut_down() {
    ::shutdown(socket_, SHUT_RDWR);
}

void HttpConnection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            give_up("the node closed a connection that was written to");
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool HttpConnection::fill() {
    if (begin_ > (std::size_t{1} << 20)) {
        buffer_.erase(0, begin_);
        begin_ = 0;
    }
    char bytes[65536];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) {
        return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
}

std::string HttpConnection::read_response() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n", begin_)) == std::string::npos) {
        if (!fill()) {
            return {};
        }
        end = 0;
    }
    std::size_t length = 0;
    std::size_t line = begin_;
    while (line < end) {
        const std::size_t line_end = std::min(buffer_.find("\r\n", line), end);
        constexpr std::string_view name = "content-length:";
        if (line_end - line > name.size() &&
            ::strncasecmp(buffer_.data() + line, name.data(), name.size()) == 0) {
            length = std::strtoull(buffer_.data() + line + name.size(), nullptr, 10);
        }
        line = line_end + 2;
    }
    const std::size_t head = end + 4 - begin_;
    while (buffer_.size() - begin_ < head + length) {
        if (!fill()) {
            return {};
        }
    }
    std::string body = buffer_.substr(begin_ + head, length);
    begin_ += head + length;
    return body;
}

std::string HttpConnection::get(const std::string& target) {
    write("GET " + target + " HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n");
    return read_response();
}

void HttpConnection::upgrade(const std::string& target) {
    write(
        "GET " + target + " HTTP/1.1\r\nHost: " + host_ +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n", begin_)) == std::string::npos) {
        if (!fill()) {
            give_up("no answer to the WebSocket handshake");
        }
    }
    if (buffer_.compare(begin_, 12, "HTTP/1.1 101") != 0) {
        give_up("the WebSocket handshake was refused: " + buffer_.substr(begin_, 40));
    }
    begin_ = end + 4;
}

void HttpConnection::need(std::size_t bytes) {
    while (buffer_.size() - begin_ < bytes) {
        if (!fill()) {
            buffer_.resize(begin_ + bytes);  // zeros: an empty frame ends the reader
            shut_down();
            return;
        }
    }
}

std::string HttpConnection::read_text() {
    for (;;) {
        need(2);
        const auto byte = [&](std::size_t at) {
            return static_cast<std::uint8_t>(buffer_[begin_ + at]);
        };
        const int opcode = byte(0) & 0x0f;
        std::size_t length = byte(1) & 0x7f;
        std::size_t head = 2;
        const std::size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (wide > 0) {
            need(2 + wide);
            length = 0;
            for (std::size_t i = 0; i < wide; ++i) {
                length = length << 8 | byte(2 + i);
            }
            head += wide;
        }
        need(head + length);
        std::string payload = buffer_.substr(begin_ + head, length);
        begin_ += head + length;
        if (opcode == 1) {
            return payload;
        }
        if (opcode == 0 || opcode == 8) {
            return {};
        }
        if (opcode == 9) {  // ping
            std::string pong("\x8a");
            pong += static_cast<char>(0x80 | payload.size());
            pong.append(4, '\0');
            write(pong.append(payload));
        }
    }
}

}  // namespace steelyard::load
