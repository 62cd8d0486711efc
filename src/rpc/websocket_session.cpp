#include "rpc/json_rpc.h"
#include "rpc/server_core.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
#include <map>
#include <mutex>

namespace steelyard::rpc {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using Socket =
    asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

/// How long a client has for its half of the closing handshake.
constexpr std::chrono::milliseconds close_time{2000};

/// A message to be sent: a text of its own, then perhaps one that is shared, then an end.
struct OutMessage {
    std::string head{};
    std::shared_ptr<const std::string> shared{};  ///< null: the head is all

    std::size_t size() const { return head.size() + (shared ? shared->size() + 1 : 0); }
};

/// A call that is not answered.
struct WaitingCall {
    std::string id{};  ///< of the request; empty while it is looked at
    Moment deadline{};
};

class WebSocketSession final : public Connection,
                               public Client,
                               public std::enable_shared_from_this<WebSocketSession> {
public:
    WebSocketSession(std::shared_ptr<ServerCore> core, ClientId id, AcceptedSocket accepted)
        : core_(std::move(core)),
          id_(id),
          remote_address_(std::move(accepted.remote_address)),
          stream_(*core_->io) {
        error_code ignored;
        stream_.next_layer().assign(
            asio::generic::stream_protocol(AF_UNSPEC, 0), accepted.descriptor, ignored
        );
        stream_.read_message_max(core_->config.max_body_bytes);
        stream_.auto_fragment(false);
        stream_.text(true);
        heard_ = pinged_ = std::chrono::steady_clock::now();
    }

    void start(const std::string& received);

    ClientId id() const override { return id_; }
    std::string_view remote_address() const override { return remote_address_; }
    bool takes_events() const override { return true; }
    bool deliver(std::string_view request_id, const std::shared_ptr<const std::string>& result)
        override;

    void tick(Moment now) override;
    void shut_down() override;
    void abort() override { end(); }

private:
    enum class Phase : std::uint8_t { opening, open, closing, closed };

    void read();
    void on_message();
    void answered(std::uint64_t number, std::string reply);
    void queue(OutMessage message);
    bool over_limit() const;
    void refuse_slow(std::string_view request_id);
    void count_slow();
    void write();
    void close(websocket::close_reason reason);
    void begin_closing();
    void end();

    const std::shared_ptr<ServerCore> core_;
    const ClientId id_;
    const std::string remote_address_;
    websocket::stream<Socket> stream_;
    boost::beast::flat_buffer buffer_{};

    // Of the io thread.
    Phase phase_ = Phase::opening;
    Moment heard_{};
    Moment pinged_{};
    Moment write_deadline_{};
    Moment close_deadline_{};
    bool pinging_ = false;
    bool reading_ = false;
    bool dispatching_ = false;  ///< the buffer holds the message that is looked at
    bool writing_ = false;
    std::uint64_t call_number_ = 0;
    std::map<std::uint64_t, WaitingCall> calls_{};
    OutMessage sending_{};

    // Of all threads.
    std::mutex mutex_{};
    std::deque<OutMessage> queue_{};
    std::size_t queue_size_ = 0;
    std::deque<OutMessage> held_{};  ///< events that wait until a call has been answered
    bool holding_ = false;
    bool woken_ = false;    ///< `write` is posted
    bool refused_ = false;  ///< the client was too slow, or is gone
};

void WebSocketSession::start(const std::string& received) {
    stream_.control_callback([this](websocket::frame_type type, boost::beast::string_view) {
        heard_ = std::chrono::steady_clock::now();
        if (type == websocket::frame_type::close && phase_ == Phase::open) {
            begin_closing();  // the stream answers by itself
        }
    });
    stream_.async_accept(
        asio::buffer(received),
        [self = shared_from_this()](const error_code& error) {
            if (error || self->phase_ != Phase::opening) {
                self->end();
                return;
            }
            self->phase_ = Phase::open;
            self->core_->open_websockets.fetch_add(1, std::memory_order_relaxed);
            self->read();
        }
    );
}

void WebSocketSession::tick(Moment now) {
    const ServerConfig& config = core_->config;
    const bool stuck = writing_ && now >= write_deadline_;
    const bool silent = now - heard_ >= (phase_ == Phase::opening ? config.read_timeout
                                                                  : config.websocket_read_wait);
    if (stuck || silent || (phase_ == Phase::closing && now >= close_deadline_)) {
        if (stuck) {
            count_slow();
        } else if (phase_ != Phase::closing) {
            core_->timeouts.fetch_add(1, std::memory_order_relaxed);
        }
        end();
        return;
    }
    while (!calls_.empty() && now >= calls_.begin()->second.deadline) {
        core_->timeouts.fetch_add(1, std::memory_order_relaxed);
        const RpcError error = server_error("the request was not answered in time");
        const auto [number, call] = *calls_.begin();
        answered(number, write_response(call.id, std::unexpected(error)));
    }
    if (phase_ == Phase::open && !pinging_ && now - pinged_ >= config.ping_interval) {
        pinged_ = now;
        pinging_ = true;
        stream_.async_ping({}, [self = shared_from_this()](const error_code&) {
            self->pinging_ = false;
        });
    }
}

void WebSocketSession::shut_down() {
    if (phase_ == Phase::open) {
        close({websocket::close_code::going_away, "the node is stopping"});
    } else if (phase_ == Phase::opening) {
        end();
    }
}

void WebSocketSession::read() {
    const ServerConfig& config = core_->config;
    {
        // One who does not take answers may not ask on.
        const std::lock_guard lock(mutex_);
        if (queue_size_ > config.websocket_queue_bytes / 2 ||
            queue_.size() > config.websocket_queue_messages / 2) {
            return;
        }
    }
    if (reading_ || dispatching_ || phase_ != Phase::open ||
        calls_.size() >= config.websocket_calls_max) {
        return;
    }
    reading_ = true;
    stream_.async_read(buffer_, [self = shared_from_this()](const error_code& error, std::size_t) {
        self->reading_ = false;
        if (error) {
            const bool too_large = error == websocket::error::message_too_big;
            self->core_->refused_bodies.fetch_add(too_large ? 1 : 0, std::memory_order_relaxed);
            self->end();
            return;
        }
        self->heard_ = std::chrono::steady_clock::now();
        if (self->phase_ == Phase::open) {
            self->on_message();
        }
        self->read();
    });
}

void WebSocketSession::on_message() {
    core_->websocket_messages.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t number = ++call_number_;
    calls_[number].deadline = heard_ + core_->config.request_timeout;
    dispatching_ = true;
    {
        const std::lock_guard lock(mutex_);
        holding_ = true;
    }
    const auto data = buffer_.data();
    std::string request_id = core_->dispatcher->websocket(
        {static_cast<const char*>(data.data()), data.size()},
        shared_from_this(),
        [weak = weak_from_this(), number](std::string reply) {
            const std::shared_ptr<WebSocketSession> self = weak.lock();
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
        }
    );
    buffer_.consume(buffer_.size());
    dispatching_ = false;
    if (const auto call = calls_.find(number); call != calls_.end()) {
        call->second.id = std::move(request_id);
    }
    {
        const std::lock_guard lock(mutex_);
        holding_ = false;
        for (OutMessage& message : held_) {
            queue_size_ += message.size();
            queue_.push_back(std::move(message));
        }
        held_.clear();
    }
    write();
}

void WebSocketSession::answered(std::uint64_t number, std::string reply) {
    if (calls_.erase(number) == 0 || phase_ != Phase::open) {
        return;
    }
    if (!reply.empty()) {
        const std::lock_guard lock(mutex_);
        queue({.head = std::move(reply)});
    }
    write();
    read();
}

void WebSocketSession::queue(OutMessage message) {
    queue_size_ += message.size();
    queue_.push_back(std::move(message));
}

bool WebSocketSession::over_limit() const {
    return queue_.size() + held_.size() >= core_->config.websocket_queue_messages ||
           queue_size_ >= core_->config.websocket_queue_bytes;
}

bool WebSocketSession::deliver(
    std::string_view request_id, const std::shared_ptr<const std::string>& result
) {
    bool taken = true;
    {
        const std::lock_guard lock(mutex_);
        if (refused_) {
            return false;
        }
        if (over_limit()) {
            refuse_slow(request_id);
            taken = false;
        } else {
            OutMessage message{
                .head = fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":)", request_id),
                .shared = result,
            };
            if (holding_) {
                held_.push_back(std::move(message));
            } else {
                queue(std::move(message));
            }
        }
        if (std::exchange(woken_, true)) {
            return taken;
        }
    }
    core_->post([self = shared_from_this()] {
        {
            const std::lock_guard lock(self->mutex_);
            self->woken_ = false;
        }
        self->write();
    });
    return taken;
}

/// Drops what waits, so that the last thing the client reads is why it hears no more.
void WebSocketSession::refuse_slow(std::string_view request_id) {
    core_->slow_clients.fetch_add(1, std::memory_order_relaxed);
    refused_ = true;
    queue_.clear();
    held_.clear();
    queue_size_ = 0;
    const RpcError error = server_error(
        "subscription was canceled (reason: client is not pulling messages fast enough)"
    );
    queue({.head = write_response(request_id, std::unexpected(error))});
}

/// One who takes nothing for so long that a message does not get out, unless it was told already.
void WebSocketSession::count_slow() {
    const std::lock_guard lock(mutex_);
    core_->slow_clients.fetch_add(refused_ ? 0 : 1, std::memory_order_relaxed);
}

void WebSocketSession::write() {
    if (writing_ || phase_ != Phase::open) {
        return;
    }
    bool refused = false;
    {
        const std::lock_guard lock(mutex_);
        refused = refused_;
        if (!queue_.empty()) {
            sending_ = std::move(queue_.front());
            queue_.pop_front();
            queue_size_ -= sending_.size();
            refused = false;
        } else {
            sending_ = {};
        }
    }
    if (sending_.head.empty()) {
        if (refused) {
            close({websocket::close_code::policy_error, "too slow"});
        }
        return;
    }
    writing_ = true;
    write_deadline_ = std::chrono::steady_clock::now() + core_->config.write_timeout;
    const bool event = sending_.shared != nullptr;
    const std::array<asio::const_buffer, 3> buffers = {
        asio::buffer(sending_.head),
        event ? asio::buffer(*sending_.shared) : asio::const_buffer(),
        event ? asio::buffer("}", 1) : asio::const_buffer(),
    };
    stream_.async_write(
        buffers,
        [self = shared_from_this(), event](const error_code& error, std::size_t) {
            self->writing_ = false;
            if (error) {
                self->end();
                return;
            }
            self->core_->events_sent.fetch_add(event ? 1 : 0, std::memory_order_relaxed);
            self->write();
            self->read();
        }
    );
}

void WebSocketSession::close(websocket::close_reason reason) {
    begin_closing();
    stream_.async_close(reason, [self = shared_from_this()](const error_code&) { self->end(); });
}

void WebSocketSession::begin_closing() {
    phase_ = Phase::closing;
    close_deadline_ = std::chrono::steady_clock::now() + close_time;
    core_->open_websockets.fetch_sub(1, std::memory_order_relaxed);
}

void WebSocketSession::end() {
    if (phase_ == Phase::closed) {
        return;
    }
    if (phase_ == Phase::open) {
        core_->open_websockets.fetch_sub(1, std::memory_order_relaxed);
    }
    phase_ = Phase::closed;
    {
        const std::lock_guard lock(mutex_);
        refused_ = true;
        queue_.clear();
        held_.clear();
    }
    error_code ignored;
    stream_.next_layer().close(ignored);
    core_->remove(id_);
    if (core_->ports.client_gone) {
        core_->ports.client_gone(id_);
    }
}

}  // namespace

void open_websocket_session(
    const std::shared_ptr<ServerCore>& core, AcceptedSocket socket, std::string received
) {
    const ClientId id = core->next_id++;
    const auto session = std::make_shared<WebSocketSession>(core, id, std::move(socket));
    core->add(id, session);
    session->start(received);
}

}  // namespace steelyard::rpc
