#include "client/http_connection.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>

namespace steelyard::client {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::buffer_body>;

constexpr std::size_t piece_size = std::size_t{1} << 18;
constexpr std::size_t read_size = std::size_t{1} << 16;  ///< of what one call to the system brings
constexpr std::uint32_t head_size_max = 64 << 10;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

HttpTold told_by(const Parser& parser) {
    HttpTold told{.status = parser.get().result_int()};
    if (parser.content_length()) {
        told.content_length = *parser.content_length();
    }
    for (const auto& field : parser.get()) {
        told.fields.push_back(
            {std::string(view(field.name_string())), std::string(view(field.value()))}
        );
    }
    return told;
}

}  // namespace

std::string_view HttpTold::field(std::string_view name) const {
    for (const HttpField& one : fields) {
        if (std::ranges::equal(one.name, name, {}, lower, lower)) {
            return one.value;
        }
    }
    return {};
}

class HttpConnection::Impl {
public:
    Impl(Endpoint server, std::chrono::milliseconds timeout)
        : server_(std::move(server)), timeout_(timeout), piece_(piece_size) {
        buffer_.reserve(read_size);  // Beast reads no more than has room, 512 bytes of a new one
    }

    Result<HttpTold> ask(const HttpAsked& asked, const Sink& sink);

private:
    /// Runs one step to its end, or gives up and closes.
    template <typename Begin>
    Result<void> step(std::string_view what, std::chrono::milliseconds patience, Begin begin);

    Result<void> connect();
    Result<void> send(const HttpAsked& asked);
    Result<HttpTold> read(const HttpAsked& asked, const Sink& sink);
    Result<void> read_body(Parser& parser, HttpTold& told, const Sink& sink);
    void close();

    const Endpoint server_;
    const std::chrono::milliseconds timeout_;
    asio::io_context context_{1};
    std::optional<asio::ip::tcp::socket> socket_{};
    boost::beast::flat_buffer buffer_{};
    Bytes piece_;
};

template <typename Begin>
Result<void> HttpConnection::Impl::step(
    std::string_view what, std::chrono::milliseconds patience, Begin begin
) {
    std::optional<error_code> ended;
    begin([&ended](const error_code& error) { ended = error; });
    context_.restart();
    context_.run_for(patience);
    if (!ended) {
        close();
        context_.restart();
        context_.run();  // the step ends, since its socket is closed
        return fail(
            ErrorCode::io, "{}: {} took over {} ms", to_string(server_), what, patience.count()
        );
    }
    if (*ended) {
        close();
        return fail(ErrorCode::io, "{}: {}", to_string(server_), ended->message());
    }
    return {};
}

void HttpConnection::Impl::close() {
    error_code ignored;
    if (socket_) {
        socket_->close(ignored);
    }
}

Result<void> HttpConnection::Impl::connect() {
    asio::ip::tcp::resolver resolver(context_);
    asio::ip::tcp::resolver::results_type found;
    TRY(step("to find the host", timeout_, [&](auto done) {
        resolver.async_resolve(
            server_.host,
            std::to_string(server_.port),
            [&found, done](const error_code& error, const auto& results) {
                found = results;
                done(error);
            }
        );
    }));
    socket_.emplace(context_);
    buffer_.clear();
    TRY(step("to connect", timeout_, [&](auto done) {
        asio::async_connect(*socket_, found, [done](const error_code& error, const auto&) {
            done(error);
        });
    }));
    error_code ignored;
    socket_->set_option(asio::ip::tcp::no_delay(true), ignored);
    return {};
}

Result<void> HttpConnection::Impl::send(const HttpAsked& asked) {
    using Body = http::span_body<const std::uint8_t>;
    http::request<Body> request;
    request.version(11);
    request.method_string({asked.method.data(), asked.method.size()});
    request.target({asked.target.data(), asked.target.size()});
    request.set(http::field::host, to_string(server_));
    for (const HttpField& field : asked.fields) {
        request.set(
            boost::beast::string_view(field.name.data(), field.name.size()),
            boost::beast::string_view(field.value.data(), field.value.size())
        );
    }
    request.body() = {asked.body.data(), asked.body.size()};
    request.prepare_payload();
    return step("to send", timeout_, [&](auto done) {
        http::async_write(*socket_, request, [done](const error_code& error, std::size_t) {
            done(error);
        });
    });
}

Result<HttpTold> HttpConnection::Impl::read(const HttpAsked& asked, const Sink& sink) {
    Parser parser;
    parser.header_limit(head_size_max);
    parser.body_limit(boost::none);
    parser.skip(asked.method == "HEAD");
    TRY(step("the answer", timeout_ + asked.extra, [&](auto done) {
        http::async_read_header(
            *socket_, buffer_, parser, [done](const error_code& error, std::size_t) { done(error); }
        );
    }));
    HttpTold told = told_by(parser);
    if (auto read = read_body(parser, told, sink); !read) {
        close();
        return std::unexpected(std::move(read).error());
    }
    if (!parser.get().keep_alive()) {
        close();
    }
    return told;
}

Result<void> HttpConnection::Impl::read_body(Parser& parser, HttpTold& told, const Sink& sink) {
    const bool is_file = sink && (told.status == 200 || told.status == 206);
    if (is_file) {
        TRY(sink(told, {}));
    }
    while (!parser.is_done()) {
        auto& body = parser.get().body();
        body.data = piece_.data();
        body.size = piece_.size();
        TRY(step("the answer", timeout_, [&](auto done) {
            http::async_read_some(
                *socket_,
                buffer_,
                parser,
                [done](const error_code& error, std::size_t) {
                    done(error == http::error::need_buffer ? error_code() : error);
                }
            );
        }));
        const ByteView got = ByteView(piece_).first(piece_.size() - parser.get().body().size);
        if (is_file && !got.empty()) {
            TRY(sink(told, got));
        } else if (told.text.size() + got.size() > told_text_size_max) {
            return fail(ErrorCode::corrupt, "an answer of over {} bytes", told_text_size_max);
        } else {
            told.text += as_text(got);
        }
    }
    return {};
}

Result<HttpTold> HttpConnection::Impl::ask(const HttpAsked& asked, const Sink& sink) {
    const bool is_kept = socket_ && socket_->is_open();
    if (!is_kept) {
        TRY(connect());
    }
    auto sent = send(asked);
    if (!sent && is_kept) {
        // The server may have closed what was idle.
        TRY(connect());
        sent = send(asked);
    }
    TRY(sent);
    return read(asked, sink);
}

HttpConnection::HttpConnection(Endpoint server, std::chrono::milliseconds timeout)
    : impl_(std::make_unique<Impl>(std::move(server), timeout)) {
}

HttpConnection::~HttpConnection() = default;

Result<HttpTold> HttpConnection::ask(const HttpAsked& asked, const Sink& sink) {
    try {
        return impl_->ask(asked, sink);
    } catch (const std::exception& error) {
        return fail(ErrorCode::io, "{}", error.what());
    }
}

}  // namespace steelyard::client
