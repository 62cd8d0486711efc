#include "p2p/connection_impl.h"

#include <algorithm>

namespace steelyard::p2p {
namespace {

constexpr std::size_t write_size_max = 64 * frame_data_size_max;  // of the stream, in one write

}  // namespace

void Connection::Impl::read() {
    if (ended || reading) {
        return;
    }
    if (!finishing) {
        const bool stalled = window->stall();
        {
            const std::lock_guard lock(mutex);
            totals.receive_stalled = stalled;
        }
        if (stalled) {
            return;
        }
        if (const auto now = IoThread::now(); receive_limit.room(now) == 0) {
            receive_timer.start(receive_limit.wait(now), [weak = weak_from_this()] {
                if (const auto self = weak.lock()) {
                    self->read();
                }
            });
            return;
        }
    }
    reading = true;
    socket.read(
        std::span(in).subspan(in_size),
        [self = shared_from_this()](std::size_t size, const StreamFailure* failure) {
            self->on_read(size, failure);
        }
    );
}

void Connection::Impl::on_read(std::size_t size, const StreamFailure* failure) {
    reading = false;
    if (ended) {
        return;
    }
    if (failure != nullptr) {
        fail(*failure);
        return;
    }
    in_size += size;
    receive_limit.take(size);
    {
        const std::lock_guard lock(mutex);
        totals.socket_bytes_received += size;
        totals.idle = IoThread::now();
    }
    if (finishing) {
        in_size = 0;
    } else {
        open_frames();
    }
    read();
}

void Connection::Impl::open_frames() {
    Received received;
    Result<void> result{};
    std::size_t opened = 0;
    for (; result && in_size - opened >= sealed_frame_size; opened += sealed_frame_size) {
        const auto part = reader.open(std::span(in).subspan(opened, sealed_frame_size));
        result = part ? receiver.receive(*part, received) : std::unexpected(part.error());
    }
    std::memmove(in.data(), in.data() + opened, in_size - opened);
    in_size -= opened;
    hand_on(received);
    if (!result) {
        end(CloseReason::protocol, result.error());
    } else if (pong_due) {
        pump();
    }
}

void Connection::Impl::hand_on(Received& received) {
    pong_due = pong_due || received.ping;
    const auto now = IoThread::now();
    if (received.pong) {
        keepalive.on_pong(now);
        arm_keepalive();
    }
    if (received.messages.empty() && !received.pong) {
        return;
    }
    {
        const std::lock_guard lock(mutex);
        totals.ping_time = keepalive.round_trip().value_or(Keepalive::Time(0));
        for (const ReceivedMessage& message : received.messages) {
            auto& channel = *std::ranges::find(totals.channels, message.channel, &ChannelStats::id);
            ++channel.messages_received;
            channel.bytes_received += message.bytes.size();
        }
    }
    for (ReceivedMessage& message : received.messages) {
        if (quiet) {
            return;
        }
        ReceiveCredit credit = window->take(message.bytes.size());
        listener->on_message(message.channel, std::move(message.bytes), std::move(credit));
    }
}

void Connection::Impl::pump() {
    if (ended || writing || !listener) {
        return;
    }
    const auto now = IoThread::now();
    std::vector<ChannelId> drained;
    bool pending = false;
    std::size_t written = 0;
    if (std::exchange(ping_due, false)) {
        written += write_ping(writer);
    }
    if (std::exchange(pong_due, false)) {
        written += write_pong(writer);
    }
    {
        const std::lock_guard lock(mutex);
        wake_posted = false;
        written += queues.write(now, std::min(write_size_max, send_limit.room(now)), writer);
        drained = queues.take_drained();
        pending = queues.pending();
    }
    send_limit.take(written);
    if (written > 0) {
        writing = true;
        socket.write(
            writer.seal(),
            [self = shared_from_this()](std::size_t size, const StreamFailure* failure) {
                self->on_written(size, failure);
            }
        );
    } else if (pending) {
        send_timer.start(send_limit.wait(now), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->pump();
            }
        });
    } else if (finishing) {
        // Closing while the peer still sends would reset the connection and might take what it has
        // not read from it; so it is waited for until it has seen the end.
        socket.shut_down_sending();
    }
    tell_drained(drained);
}

void Connection::Impl::on_written(std::size_t size, const StreamFailure* failure) {
    writing = false;
    if (ended) {
        return;
    }
    if (failure != nullptr) {
        fail(*failure);
        return;
    }
    writer.clear();
    {
        const std::lock_guard lock(mutex);
        totals.socket_bytes_sent += size;
    }
    pump();
}

void Connection::Impl::tell_drained(const std::vector<ChannelId>& drained) {
    for (const ChannelId channel : drained) {
        if (quiet || !listener) {
            return;
        }
        listener->on_drained(channel);
    }
}

/// The socket is of no use any more.
void Connection::Impl::fail(const StreamFailure& failure) {
    if (finishing) {
        end(CloseReason::ours, *finishing);
    } else {
        end(failure.hung_up ? CloseReason::remote : CloseReason::socket,
            Error(ErrorCode::io, failure.message));
    }
}

}  // namespace steelyard::p2p
