#include "rpc/http_output.h"
#include "rpc/http_route.h"
#include "rpc/server_core.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

namespace steelyard::rpc {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

/// Responses that wait to be sent; over this no further request of the client is looked at.
constexpr std::size_t output_size_max = 1 << 20;
constexpr std::size_t header_read_size = 8 * 1024;
constexpr std::size_t body_read_size = 64 * 1024;
/// How long, and for how many bytes, a refused client is listened to, so that it reads why.
constexpr std::chrono::milliseconds linger_time{2000};
constexpr std::size_t linger_size_max = 32 << 20;

using Request = http::request<http::string_body>;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

class HttpSession final : public Connection,
                          public Client,
                          public std::enable_shared_from_this<HttpSession> {
public:
    HttpSession(std::shared_ptr<ServerCore> core, ClientId id, AcceptedSocket socket)
        : core_(std::move(core)), id_(id), accepted_(std::move(socket)), socket_(*core_->io) {
        error_code ignored;
        socket_.assign(asio::generic::stream_protocol(AF_UNSPEC, 0), accepted_.descriptor, ignored);
        deadline_ = std::chrono::steady_clock::now() + core_->config.read_timeout;
    }

    void start() { advance(); }

    ClientId id() const override { return id_; }
    std::string_view remote_address() const override { return accepted_.remote_address; }

    void tick(Moment now) override;

    void shut_down() override {
        keep_alive_ = false;
        shutting_down_ = true;
        if (phase_ == Phase::idle && !writing_) {
            close();
        }
    }

    void abort() override { close(); }

private:
    enum class Phase : std::uint8_t {
        idle,     ///< between requests
        reading,  ///< a request has begun
        calling,  ///< its answer is awaited
        sending,  ///< its answer comes piece by piece
        closing,  ///< what is written goes out, then the connection ends
        lingering,
        closed,
    };

    void advance();
    bool parse();
    bool admit();
    void read();
    void write();
    void send_body();
    void handle();
    RequestHead head_of(const Request& request) const;
    void hand_over(Request& request, const RequestHead& head, Dispatcher::HttpDone done);
    void upgrade(const RequestHead& head);
    void answered(std::uint64_t number, HttpReply reply);
    void respond(HttpReply reply);
    void refuse(const error_code& error);
    void refuse(HttpReply reply);
    void linger();
    void close();

    const std::shared_ptr<ServerCore> core_;
    const ClientId id_;
    AcceptedSocket accepted_;
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>
        socket_;
    boost::beast::flat_buffer buffer_{};
    std::optional<http::request_parser<http::string_body>> parser_{};

    Phase phase_ = Phase::idle;
    Moment deadline_;
    Moment write_deadline_{};
    std::uint64_t request_number_ = 0;
    bool keep_alive_ = true;
    bool shutting_down_ = false;
    bool head_only_ = false;
    bool admitted_ = false;  ///< its headers were looked at
    bool continued_ = false;
    bool advancing_ = false;
    bool reading_ = false;
    bool writing_ = false;
    std::size_t lingered_ = 0;
    std::string headers_{};  ///< of the next response, besides the usual ones

    std::shared_ptr<void> upload_slot_{};
    HttpOutput output_{};
};

void HttpSession::tick(Moment now) {
    if (writing_ && now >= write_deadline_) {
        core_->timeouts.fetch_add(1, std::memory_order_relaxed);
        close();
        return;
    }
    if (now < deadline_) {
        return;
    }
    switch (phase_) {
        case Phase::idle:
            if (!writing_) {
                close();
            }
            break;
        case Phase::reading:
            core_->timeouts.fetch_add(1, std::memory_order_relaxed);
            refuse(plain_text(408, "408 Request Timeout\n"));
            advance();
            break;
        case Phase::calling:
            core_->timeouts.fetch_add(1, std::memory_order_relaxed);
            answered(request_number_, timeout_reply(*core_));
            break;
        case Phase::lingering:
            close();
            break;
        case Phase::sending:
        case Phase::closing:
        case Phase::closed:
            break;
    }
}

/// Does all that can be done without waiting.
void HttpSession::advance() {
    if (advancing_) {
        return;
    }
    advancing_ = true;
    while ((phase_ == Phase::idle || phase_ == Phase::reading) &&
           output_.size() < output_size_max && parse()) {
        handle();
    }
    advancing_ = false;
    if (phase_ == Phase::closed) {
        return;
    }
    if (phase_ == Phase::sending) {
        send_body();
        return;
    }
    if (output_.is_ready() && !writing_) {
        write();
    }
    if (phase_ == Phase::closing && !writing_) {
        linger();
    } else if ((phase_ == Phase::idle || phase_ == Phase::reading) && !reading_ &&
               output_.size() < output_size_max) {
        read();
    }
}

/// Whether a request is complete.
bool HttpSession::parse() {
    if (!parser_) {
        if (buffer_.size() == 0) {
            return false;
        }
        parser_.emplace();
        parser_->body_limit(boost::none);  // until the head is known
        parser_->header_limit(static_cast<std::uint32_t>(core_->config.max_header_bytes));
        admitted_ = false;
        continued_ = false;
        phase_ = Phase::reading;
        deadline_ = std::chrono::steady_clock::now() + core_->config.read_timeout;
    }
    error_code error;
    while (!parser_->is_done()) {
        const std::size_t used = parser_->put(buffer_.data(), error);
        buffer_.consume(used);
        if (error == http::error::need_more || (!error && used == 0)) {
            break;
        }
        if (error) {
            refuse(error);
            return false;
        }
        if (parser_->is_header_done() && !admitted_ && !admit()) {
            return false;
        }
    }
    if (!parser_->is_done() && parser_->is_header_done() && !continued_ &&
        view(parser_->get()[http::field::expect]) == "100-continue") {
        continued_ = true;
        output_.add("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return parser_->is_done();
}

/// Whether the body that the head announces may come.
bool HttpSession::admit() {
    admitted_ = true;
    std::uint64_t limit = core_->config.max_body_bytes;
    const std::optional<std::uint64_t> size =
        parser_->content_length() ? std::optional(*parser_->content_length()) : std::nullopt;
    RequestHead head = head_of(parser_->get());
    head.content_length = size;
    if (head.method == "PUT" && is_for_blobs(*core_, head)) {
        UploadAdmission admission = admit_upload(*core_, head);
        if (admission.refusal) {
            refuse(*std::move(admission.refusal));
            return false;
        }
        upload_slot_ = std::move(admission.slot);
        limit = blob_body_bytes_max;
        deadline_ = std::chrono::steady_clock::now() + core_->config.upload_timeout;
    }
    parser_->body_limit(limit);
    parser_->eager(true);
    if (size && *size > limit) {
        refuse(http::make_error_code(http::error::body_limit));
        return false;
    }
    return true;
}

void HttpSession::read() {
    reading_ = true;
    const bool body = parser_ && parser_->is_header_done();
    socket_.async_read_some(
        buffer_.prepare(body ? body_read_size : header_read_size),
        [self = shared_from_this()](const error_code& error, std::size_t size) {
            self->reading_ = false;
            if (self->phase_ == Phase::closed) {
                return;
            }
            if (error) {
                self->close();
                return;
            }
            if (self->phase_ == Phase::lingering) {
                self->lingered_ += size;
                self->linger();
                return;
            }
            self->buffer_.commit(size);
            self->advance();
        }
    );
}

void HttpSession::write() {
    writing_ = true;
    write_deadline_ = std::chrono::steady_clock::now() + core_->config.write_timeout;
    std::vector<asio::const_buffer> buffers;
    for (const ByteView part : output_.take()) {
        buffers.emplace_back(part.data(), part.size());
    }
    asio::async_write(
        socket_,
        buffers,
        [self = shared_from_this()](const error_code& error, std::size_t) {
            self->writing_ = false;
            self->output_.sent();
            if (self->phase_ == Phase::closed) {
                return;
            }
            if (error || (self->shutting_down_ && self->phase_ == Phase::idle)) {
                self->close();
                return;
            }
            self->advance();
        }
    );
}

/// What of the answer's body is there. When the last of it was sent, the next request is looked at.
void HttpSession::send_body() {
    if (output_.has_failed()) {
        close();
        return;
    }
    if (!writing_ && output_.is_ready()) {
        write();
    }
    if (output_.is_over()) {
        phase_ = keep_alive_ ? Phase::idle : Phase::closing;
        deadline_ = std::chrono::steady_clock::now() + core_->config.idle_timeout;
    }
}

RequestHead HttpSession::head_of(const Request& request) const {
    RequestHead head{
        .method = view(request.method_string()),
        .field = [&request](std::string_view name
                 ) { return view(request[boost::beast::string_view(name.data(), name.size())]); },
        .metrics_only = accepted_.metrics_only,
        .is_local = accepted_.is_local,
    };
    set_target(head, view(request.target()));
    return head;
}

void HttpSession::handle() {
    Request request = parser_->release();
    parser_.reset();
    core_->http_requests.fetch_add(1, std::memory_order_relaxed);
    keep_alive_ = request.keep_alive() && !shutting_down_;
    head_only_ = request.method() == http::verb::head;
    const RequestHead head = head_of(request);
    const bool preflight = head.method == "OPTIONS" && !head.field("Origin").empty();
    headers_ = page_headers(*core_, head);
    if (request.version() < 11 && keep_alive_) {
        headers_ += "Connection: keep-alive\r\n";
    }
    phase_ = Phase::calling;
    deadline_ = std::chrono::steady_clock::now() + time_to_answer(*core_, head);
    const std::uint64_t number = ++request_number_;
    if (preflight && !headers_.empty()) {
        answered(number, {.status = 204, .content_type = {}});
        return;
    }
    if (head.path == "/websocket" && !accepted_.metrics_only && core_->handler == nullptr &&
        request.method() == http::verb::get &&
        http::token_list(request[http::field::connection]).exists("upgrade") &&
        http::token_list(request[http::field::upgrade]).exists("websocket")) {
        upgrade(head);
        return;
    }
    // Weak, so that a handler that never answers keeps no connection.
    Dispatcher::HttpDone done = [weak = weak_from_this(), number](HttpReply reply) {
        const std::shared_ptr<HttpSession> self = weak.lock();
        if (!self) {
            return;
        }
        if (self->core_->on_io_thread()) {
            self->answered(number, std::move(reply));
            return;
        }
        self->core_->post([self, number, reply = std::move(reply)]() mutable {
            self->answered(number, std::move(reply));
        });
    };
    if (core_->handler != nullptr) {
        hand_over(request, head, std::move(done));
        return;
    }
    RequestBody body{std::move(request.body()), std::exchange(upload_slot_, {})};
    route_request(*core_, head, std::move(body), shared_from_this(), std::move(done));
}

void HttpSession::hand_over(Request& request, const RequestHead& head, Dispatcher::HttpDone done) {
    HttpRequest owned{
        .method = std::string(head.method),
        .path = std::string(head.path),
        .query = std::string(head.query),
        .body = std::move(request.body()),
    };
    for (const auto& field : request) {
        owned.headers.push_back(
            {std::string(view(field.name_string())), std::string(view(field.value()))}
        );
    }
    core_->run_handler([core = core_, owned = std::move(owned), done = std::move(done)]() mutable {
        core->handler->handle(std::move(owned), std::move(done));
    });
}

/// Gives the socket away; this session is over.
void HttpSession::upgrade(const RequestHead& head) {
    if (writing_ || output_.is_ready() || buffer_.size() > 0) {
        // Requests or frames that were sent before the answer to what precedes them.
        refuse(http::make_error_code(http::error::bad_target));
        return;
    }
    Result<std::string> received = websocket_handshake(head);
    if (!received) {
        refuse(http::make_error_code(http::error::header_limit));
        return;
    }
    error_code error;
    AcceptedSocket socket = accepted_;
    socket.descriptor = socket_.release(error);
    phase_ = Phase::closed;
    const std::shared_ptr<ServerCore> core = core_;
    core->remove(id_);
    if (!error) {
        open_websocket_session(core, std::move(socket), *std::move(received));
    }
}

void HttpSession::answered(std::uint64_t number, HttpReply reply) {
    if (phase_ != Phase::calling || number != request_number_) {
        return;
    }
    phase_ = keep_alive_ ? Phase::idle : Phase::closing;
    deadline_ = std::chrono::steady_clock::now() + core_->config.idle_timeout;
    respond(std::move(reply));
    advance();
}

void HttpSession::respond(HttpReply reply) {
    const std::uint64_t length = reply.source ? reply.source->size() : reply.body.size();
    output_.add(
        {.status = reply.status,
         .content_type = reply.content_type,
         .content_length = length,
         .cacheable = reply.cacheable,
         .keep_alive = keep_alive_,
         .extra = headers_ + reply.headers},
        head_only_ ? "" : std::move(reply.body)
    );
    if (reply.source && !head_only_) {
        const auto changed = [weak = weak_from_this()] {
            if (const auto self = weak.lock(); self && self->phase_ == Phase::sending) {
                self->advance();
            }
        };
        output_.add(std::make_shared<BodyFeed>(core_, std::move(reply.source), changed));
        phase_ = Phase::sending;
    }
}

void HttpSession::refuse(const error_code& error) {
    if (error == http::error::body_limit) {
        core_->refused_bodies.fetch_add(1, std::memory_order_relaxed);
        refuse(large_body_reply(*core_));
        return;
    }
    const bool large = error == http::error::header_limit;
    (large ? core_->refused_headers : core_->refused_malformed).fetch_add(1);
    refuse(unreadable_reply(large));
}

void HttpSession::refuse(HttpReply reply) {
    keep_alive_ = false;
    head_only_ = false;
    headers_.clear();
    parser_.reset();
    upload_slot_.reset();
    phase_ = Phase::closing;
    respond(std::move(reply));
}

/// Reads on for a while after the last response: closing with unread bytes would make the system
/// throw the response away.
void HttpSession::linger() {
    if (phase_ != Phase::lingering) {
        phase_ = Phase::lingering;
        deadline_ = std::chrono::steady_clock::now() + linger_time;
        error_code ignored;
        socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    }
    buffer_.clear();
    if (lingered_ > linger_size_max || shutting_down_) {
        close();
    } else if (!reading_) {
        read();
    }
}

void HttpSession::close() {
    if (phase_ == Phase::closed) {
        return;
    }
    phase_ = Phase::closed;
    error_code ignored;
    socket_.close(ignored);
    core_->remove(id_);
}

}  // namespace

void open_http_session(const std::shared_ptr<ServerCore>& core, AcceptedSocket socket) {
    const ClientId id = core->next_id++;
    const auto session = std::make_shared<HttpSession>(core, id, std::move(socket));
    core->add(id, session);
    session->start();
}

}  // namespace steelyard::rpc
