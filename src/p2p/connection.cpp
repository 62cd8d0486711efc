#include "p2p/connection.h"

#include "base/check.h"
#include "p2p/connection_impl.h"

#include <algorithm>

namespace steelyard::p2p {
namespace {

constexpr std::size_t read_buffer_size = 64 * sealed_frame_size;

}  // namespace

Connection::Impl::Impl(
    IoThread& io,
    const ConnectionOptions& connection_options,
    std::span<const ChannelDescriptor> channels,
    ConnectionParts&& parts
)
    : poster(io.poster()),
      options(connection_options),
      node(std::move(parts.handshake.node)),
      remote(parts.socket.remote),
      outbound(parts.socket.outbound),
      socket(io, parts.socket),
      writer(std::move(parts.handshake.writer)),
      reader(std::move(parts.handshake.reader)),
      stream(std::move(parts.handshake.rest)),
      in(std::max(read_buffer_size, parts.unread.size())),
      in_size(parts.unread.size()),
      receiver(channels, options),
      keepalive(options.ping_interval, options.pong_timeout, started_at),
      send_limit(options.send_rate, started_at),
      receive_limit(options.receive_rate, started_at),
      keepalive_timer(io),
      send_timer(io),
      receive_timer(io),
      finish_timer(io),
      queues(channels, options, started_at) {
    std::ranges::copy(parts.unread, in.begin());
    for (const ChannelDescriptor& channel : channels) {
        if (!node.has_channel(channel.id)) {
            queues.disable(channel.id);
        }
        totals.channels.push_back({.id = channel.id});
    }
    totals.idle = started_at;
    totals.socket_bytes_received = in_size;
}

bool Connection::Impl::send(ChannelId channel, Bytes message) {
    {
        const std::lock_guard lock(mutex);
        if (!open || !queues.push(channel, std::move(message))) {
            return false;
        }
        if (std::exchange(wake_posted, true)) {
            return true;
        }
    }
    poster->post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->pump();
        }
    });
    return true;
}

void Connection::Impl::discard(ChannelId channel) {
    const std::lock_guard lock(mutex);
    queues.discard(channel);
}

void Connection::Impl::close(Error error) {
    quiet = true;
    {
        const std::lock_guard lock(mutex);
        open = false;
    }
    poster->post([self = shared_from_this(), error = std::move(error)] {
        self->end(CloseReason::ours, error);
    });
}

void Connection::Impl::finish(Error error) {
    quiet = true;
    {
        const std::lock_guard lock(mutex);
        open = false;
    }
    poster->post([self = shared_from_this(), error = std::move(error)] {
        self->begin_finish(error);
    });
}

ConnectionStats Connection::Impl::stats() {
    const auto now = IoThread::now();
    const std::lock_guard lock(mutex);
    ConnectionStats out = totals;
    out.age = now - started_at;
    out.idle = now - totals.idle;
    out.channels = queues.stats();
    for (std::size_t i = 0; i < out.channels.size(); ++i) {
        out.channels[i].messages_received = totals.channels[i].messages_received;
        out.channels[i].bytes_received = totals.channels[i].bytes_received;
    }
    if (window) {
        out.receive_unhandled = window->unhandled();
    }
    return out;
}

void Connection::Impl::start(std::shared_ptr<ConnectionListener> new_listener) {
    CHECK(!listener && new_listener);
    listener = std::move(new_listener);
    auto resume_later = [poster = poster, weak = weak_from_this()] {
        poster->post([weak] {
            if (const auto self = weak.lock()) {
                self->resume();
            }
        });
    };
    {
        const std::lock_guard lock(mutex);
        window = std::make_shared<ReceiveWindow>(options.receive_window, std::move(resume_later));
    }
    poster->post([self = shared_from_this()] { self->begin(); });
}

void Connection::Impl::begin() {
    if (ended) {
        if (const auto told = std::exchange(listener, nullptr)) {
            told->on_closed(end_reason, end_error);
        }
        return;
    }
    arm_keepalive();
    Received received;
    const auto parsed = receiver.receive(std::exchange(stream, {}), received);
    hand_on(received);
    if (!parsed) {
        end(CloseReason::protocol, parsed.error());
        return;
    }
    open_frames();
    read();
    pump();
}

void Connection::Impl::begin_finish(const Error& error) {
    if (ended || finishing) {
        return;
    }
    finishing = error;
    if (!listener) {
        end(CloseReason::ours, error);
        return;
    }
    finish_timer.start(options.finish_timeout, [weak = weak_from_this(), error] {
        if (const auto self = weak.lock()) {
            self->end(CloseReason::ours, error);
        }
    });
    receive_timer.cancel();
    read();  // also when it was stalled: what comes is thrown away
    pump();
}

void Connection::Impl::arm_keepalive() {
    keepalive_timer.start(
        std::max(keepalive.deadline() - IoThread::now(), Keepalive::Time(0)),
        [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->tick();
            }
        }
    );
}

void Connection::Impl::tick() {
    if (ended) {
        return;
    }
    const auto now = IoThread::now();
    switch (keepalive.tick(now)) {
        case Keepalive::Action::none:
            break;
        case Keepalive::Action::ping:
            ping_due = true;
            pump();
            break;
        case Keepalive::Action::timed_out:
            if (reading) {
                end(CloseReason::timeout,
                    Error(ErrorCode::io, "the peer did not answer a ping in time"));
                return;
            }
            keepalive.on_reading_resumed(now);  // its answer may be there, unread
            break;
    }
    arm_keepalive();
}

void Connection::Impl::resume() {
    if (!ended) {
        keepalive.on_reading_resumed(IoThread::now());
        arm_keepalive();
        read();
    }
}

void Connection::Impl::end(CloseReason reason, const Error& error) {
    if (ended) {
        return;
    }
    ended = true;
    quiet = true;
    end_reason = reason;
    end_error = error;
    for (IoTimer* timer : {&keepalive_timer, &send_timer, &receive_timer, &finish_timer}) {
        timer->cancel();
    }
    socket.close();
    {
        const std::lock_guard lock(mutex);
        open = false;
        queues.clear();
    }
    if (const auto told = std::exchange(listener, nullptr)) {
        told->on_closed(reason, error);
    }
}

std::string_view to_string(CloseReason reason) {
    switch (reason) {
        case CloseReason::ours:
            return "ours";
        case CloseReason::remote:
            return "remote";
        case CloseReason::socket:
            return "socket";
        case CloseReason::timeout:
            return "timeout";
        case CloseReason::protocol:
            return "protocol";
    }
    return "unknown";
}

std::shared_ptr<Connection> make_connection(
    IoThread& thread,
    const ConnectionOptions& options,
    std::span<const ChannelDescriptor> channels,
    ConnectionParts parts
) {
    return std::make_shared<Connection>(
        std::make_shared<Connection::Impl>(thread, options, channels, std::move(parts))
    );
}

Connection::Connection(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {
}

Connection::~Connection() {
    close(Error(ErrorCode::io, "the connection was given up"));
}

const NodeInfo& Connection::node_info() const {
    return impl_->node;
}

bool Connection::outbound() const {
    return impl_->outbound;
}

const Endpoint& Connection::remote() const {
    return impl_->remote;
}

void Connection::start(std::shared_ptr<ConnectionListener> listener) {
    impl_->start(std::move(listener));
}

bool Connection::send(ChannelId channel, Bytes message) {
    return impl_->send(channel, std::move(message));
}

void Connection::discard(ChannelId channel) {
    impl_->discard(channel);
}

void Connection::close(Error error) {
    impl_->close(std::move(error));
}

void Connection::finish(Error error) {
    impl_->finish(std::move(error));
}

ConnectionStats Connection::stats() const {
    return impl_->stats();
}

}  // namespace steelyard::p2p
