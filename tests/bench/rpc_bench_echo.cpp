#include "tests/bench/rpc_bench_echo.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <thread>

namespace steelyard::rpc {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(Tcp::socket socket) : socket_(std::move(socket)) {}

    void read() {
        request_ = {};
        http::async_read(
            socket_,
            buffer_,
            request_,
            [self = shared_from_this()](auto error, std::size_t) {
                if (!error) {
                    self->write();
                }
            }
        );
    }

private:
    void write() {
        response_ = {};
        response_.result(http::status::ok);
        response_.version(11);
        response_.set(http::field::content_type, "application/json");
        response_.body() = R"({"jsonrpc":"2.0","id":1,"result":{"code":0}})";
        response_.prepare_payload();
        http::async_write(socket_, response_, [self = shared_from_this()](auto error, std::size_t) {
            if (!error) {
                self->read();
            }
        });
    }

    Tcp::socket socket_;
    boost::beast::flat_buffer buffer_{};
    http::request<http::string_body> request_{};
    http::response<http::string_body> response_{};
};

}  // namespace

class BareEcho::Impl {
public:
    Impl() : acceptor_(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        accept();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Impl() {
        io_.stop();
        thread_.join();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    void accept() {
        acceptor_.async_accept([this](auto error, Tcp::socket socket) {
            if (!error) {
                socket.set_option(Tcp::no_delay(true));
                std::make_shared<Session>(std::move(socket))->read();
                accept();
            }
        });
    }

    asio::io_context io_{1};
    Tcp::acceptor acceptor_;
    std::thread thread_{};
};

BareEcho::BareEcho() : impl_(std::make_unique<Impl>()) {
}

BareEcho::~BareEcho() = default;

std::uint16_t BareEcho::port() const {
    return impl_->port();
}

}  // namespace steelyard::rpc
