#include "tests/unit/node/raw_peer.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace steelyard::node::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t payload_size_max = 1024;

p2p::NodeInfo describe(const p2p::NodeId& id, const std::string& network) {
    p2p::NodeInfo info;
    info.id = id;
    info.listen_addr = "tcp://127.0.0.1:1";
    info.network = network;
    info.version = "0.38.0";
    info.moniker = "raw";
    info.channels = {0x00, 0x20, 0x21, 0x22, 0x23, 0x2f, 0x30, 0x38, 0x3f, 0x40, 0x70};
    return info;
}

/// Waits until the socket can be written to, or read from; which of both is true.
short wait_for(int socket, short events, std::chrono::milliseconds time) {
    pollfd waiting{.fd = socket, .events = events, .revents = 0};
    return ::poll(&waiting, 1, static_cast<int>(time.count())) > 0 ? waiting.revents : short{0};
}

}  // namespace

RawPeer::RawPeer(std::uint16_t port, const std::string& network)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) {
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        shake_hands(network);
    }
}

RawPeer::~RawPeer() {
    ::close(socket_);
}

void RawPeer::shake_hands(const std::string& network) {
    p2p::PeerHandshake handshake(key_, describe(key_.id(), network), std::nullopt, random_);
    Bytes in;
    const auto end = SteadyClock::now() + patience;
    while (SteadyClock::now() < end) {
        if (const Bytes out = handshake.take_output(); !out.empty() && !send_socket(out)) {
            return;
        }
        if (handshake.done()) {
            channel_ = handshake.take_result();
            up_ = true;
            return;
        }
        std::array<std::uint8_t, 4096> buffer;
        const ssize_t count = ::read(socket_, buffer.data(), buffer.size());
        if (count <= 0) {
            return;
        }
        append(in, ByteView(buffer).first(static_cast<std::size_t>(count)));
        const auto taken = handshake.receive(in);
        if (!taken) {
            return;
        }
        in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(*taken));
    }
}

bool RawPeer::send(ChannelId channel, ByteView message) {
    CHECK(channel_);
    do {
        const ByteView piece = message.first(std::min(message.size(), payload_size_max));
        message = message.subspan(piece.size());
        p2p::write_packet_msg({channel, message.empty(), piece}, channel_->writer);
    } while (!message.empty());
    return flush();
}

bool RawPeer::send_piece(ChannelId channel, ByteView piece) {
    CHECK(channel_);
    p2p::write_packet_msg({channel, false, piece}, channel_->writer);
    return flush();
}

bool RawPeer::send_stream(ByteView bytes) {
    CHECK(channel_);
    channel_->writer.write(bytes);
    return flush();
}

bool RawPeer::flush() {
    const bool sent = send_socket(channel_->writer.seal());
    channel_->writer.clear();
    return sent;
}

bool RawPeer::send_socket(ByteView bytes) {
    const auto end = SteadyClock::now() + patience;
    while (!bytes.empty() && !gone_ && SteadyClock::now() < end) {
        const short ready = wait_for(socket_, POLLIN | POLLOUT, patience);
        if ((ready & POLLIN) != 0 && channel_) {
            is_hung_up(std::chrono::milliseconds(0));  // else both sides might wait to be read
        }
        if ((ready & POLLOUT) == 0) {
            continue;
        }
        const ssize_t count =
            ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno != EAGAIN) {
            gone_ = true;
        }
    }
    return bytes.empty() && !gone_;
}

bool RawPeer::is_hung_up(std::chrono::milliseconds time) {
    const auto end = SteadyClock::now() + time;
    std::array<std::uint8_t, 65'536> buffer;
    while (!gone_) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now());
        if (wait_for(socket_, POLLIN, std::max(left, std::chrono::milliseconds(0))) == 0) {
            return false;
        }
        gone_ = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0;
    }
    return true;
}

}  // namespace steelyard::node::test
