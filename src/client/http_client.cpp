#include "client/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace steelyard::client {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Request = http::request<http::string_body>;

/// One request and its answer. Each step starts the next; the context runs dry at the end.
class Exchange {
public:
    Exchange(asio::io_context& context, const Endpoint& server, Request request)
        : resolver_(context), stream_(context), request_(std::move(request)) {
        request_.version(11);
        request_.set(http::field::host, to_string(server));
        request_.set(http::field::connection, "close");
        parser_.body_limit(answer_size_max);
        resolver_.async_resolve(
            server.host,
            std::to_string(server.port),
            [this](error_code error, const asio::ip::tcp::resolver::results_type& found) {
                if (proceeds(error)) {
                    connect(found);
                }
            }
        );
    }

    bool done() const { return done_; }
    const error_code& error() const { return error_; }
    HttpAnswer answer() { return {parser_.get().result_int(), std::move(parser_.get().body())}; }

private:
    bool proceeds(error_code error) {
        error_ = error;
        return !error;
    }

    void connect(const asio::ip::tcp::resolver::results_type& found) {
        stream_.async_connect(found, [this](error_code error, const asio::ip::tcp::endpoint&) {
            if (proceeds(error)) {
                write();
            }
        });
    }

    void write() {
        http::async_write(stream_, request_, [this](error_code error, std::size_t) {
            if (proceeds(error)) {
                read();
            }
        });
    }

    void read() {
        http::async_read(stream_, buffer_, parser_, [this](error_code error, std::size_t) {
            done_ = proceeds(error);
        });
    }

    asio::ip::tcp::resolver resolver_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    Request request_;
    http::response_parser<http::string_body> parser_;
    error_code error_;
    bool done_ = false;
};

Result<HttpAnswer> ask(const Endpoint& server, Request request, std::chrono::milliseconds timeout) {
    const std::string name = to_string(server);
    try {
        asio::io_context context;
        Exchange exchange(context, server, std::move(request));
        context.run_for(timeout);
        if (exchange.done()) {
            return exchange.answer();
        }
        if (exchange.error()) {
            return fail(ErrorCode::io, "{}: {}", name, exchange.error().message());
        }
        return fail(ErrorCode::io, "{} did not answer within {} ms", name, timeout.count());
    } catch (const std::exception& error) {
        return fail(ErrorCode::io, "{}: {}", name, error.what());
    }
}

}  // namespace

Result<HttpAnswer> http_get(
    const Endpoint& server, std::string_view path, std::chrono::milliseconds timeout
) {
    Request request;
    request.method(http::verb::get);
    request.target({path.data(), path.size()});
    return ask(server, std::move(request), timeout);
}

Result<HttpAnswer> http_post(
    const Endpoint& server, std::string body, std::chrono::milliseconds timeout
) {
    Request request;
    request.method(http::verb::post);
    request.target("/");
    request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    request.prepare_payload();
    return ask(server, std::move(request), timeout);
}

}  // namespace steelyard::client
