#include "p2p/tcp_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace steelyard::p2p {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// TCP doubles its pauses: a link that was down for a minute would stay silent for up to a minute
/// more. What nobody has acknowledged for so long ends the connection, and a new one is dialled.
constexpr unsigned acknowledged_within_ms = 15'000;

void report(const TcpStream::Done& done, std::size_t size, const error_code& error) {
    if (!error) {
        done(size, nullptr);
        return;
    }
    const bool hung_up = error == asio::error::eof || error == asio::error::connection_reset ||
                         error == asio::error::broken_pipe;
    const StreamFailure failure{
        .hung_up = hung_up,
        .message = hung_up ? "the peer closed the connection" : error.message(),
    };
    done(size, &failure);
}

}  // namespace

struct TcpStream::Impl {
    explicit Impl(asio::io_context& context) : socket(context) {}

    tcp::socket socket;
};

TcpStream::TcpStream(IoThread& thread, const OpenSocket& socket)
    : impl_(std::make_unique<Impl>(thread.context())) {
    error_code error;
    impl_->socket.assign(socket.is_ipv6 ? tcp::v6() : tcp::v4(), socket.descriptor, error);
    if (error) {
        ::close(socket.descriptor);  // reads and writes will tell
        return;
    }
    impl_->socket.set_option(tcp::no_delay(true), error);
    (void)::setsockopt(
        socket.descriptor,
        IPPROTO_TCP,
        TCP_USER_TIMEOUT,
        &acknowledged_within_ms,
        sizeof acknowledged_within_ms
    );
    impl_->socket.non_blocking(true, error);
}

TcpStream::~TcpStream() = default;
TcpStream::TcpStream(TcpStream&&) noexcept = default;

void TcpStream::read(std::span<std::uint8_t> room, Done done) {
    impl_->socket.async_read_some(
        asio::buffer(room.data(), room.size()),
        [done = std::move(done)](const error_code& error, std::size_t size) {
            report(done, size, error);
        }
    );
}

void TcpStream::write(ByteView bytes, Done done) {
    asio::async_write(
        impl_->socket,
        asio::buffer(bytes.data(), bytes.size()),
        [done = std::move(done)](const error_code& error, std::size_t size) {
            report(done, size, error);
        }
    );
}

void TcpStream::write_at_once(ByteView bytes) {
    error_code ignored;
    impl_->socket.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
}

void TcpStream::shut_down_sending() {
    error_code ignored;
    impl_->socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void TcpStream::close() {
    error_code ignored;
    impl_->socket.close(ignored);
}

std::optional<int> TcpStream::release() {
    error_code error;
    const int descriptor = impl_->socket.release(error);
    return error ? std::nullopt : std::optional(descriptor);
}

}  // namespace steelyard::p2p
