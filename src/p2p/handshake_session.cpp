#include "p2p/handshake_session.h"

namespace steelyard::p2p {
namespace {

constexpr std::size_t buffer_size = 4 * sealed_frame_size;

}  // namespace

struct HandshakeSession::Impl : std::enable_shared_from_this<Impl> {
    Impl(IoThread& thread, OpenSocket&& open, PeerHandshake&& state, Done&& callback)
        : origin(std::move(open)),
          stream(thread, origin),
          handshake(std::move(state)),
          done(std::move(callback)),
          deadline(thread) {}

    void start(std::chrono::nanoseconds timeout);
    void read();
    void on_read(std::size_t size, const StreamFailure* failure);
    void write();
    void write_at_once();
    void succeed();
    void fail(HandshakeStep step, Error error);
    void end();

    OpenSocket origin;
    TcpStream stream;
    PeerHandshake handshake;
    Done done;  ///< nothing once the session is over
    IoTimer deadline;
    Bytes in = Bytes(buffer_size);
    std::size_t in_size = 0;
    Bytes out{};  ///< being written
    bool writing = false;
};

void HandshakeSession::Impl::start(std::chrono::nanoseconds timeout) {
    deadline.start(timeout, [weak = weak_from_this(), timeout] {
        if (const auto self = weak.lock()) {
            const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
            self->fail(
                HandshakeStep::timeout,
                Error(ErrorCode::io, fmt::format("no handshake within {} ms", limit.count()))
            );
        }
    });
    write();
    read();
}

void HandshakeSession::Impl::read() {
    stream.read(
        std::span(in).subspan(in_size),
        [self = shared_from_this()](std::size_t size, const StreamFailure* failure) {
            self->on_read(size, failure);
        }
    );
}

void HandshakeSession::Impl::on_read(std::size_t size, const StreamFailure* failure) {
    if (!done) {
        return;
    }
    if (failure != nullptr) {
        fail(HandshakeStep::socket, Error(ErrorCode::io, "handshake: " + failure->message));
        return;
    }
    in_size += size;
    auto taken = handshake.receive(std::span(in).first(in_size));
    if (!taken) {
        if (taken.error().step == HandshakeStep::node_info ||
            taken.error().step == HandshakeStep::incompatible) {
            write_at_once();
        }
        fail(taken.error().step, std::move(taken.error().error));
        return;
    }
    std::memmove(in.data(), in.data() + *taken, in_size - *taken);
    in_size -= *taken;
    write();
    if (done && !handshake.done()) {
        read();
    }
}

void HandshakeSession::Impl::write() {
    if (writing || !done) {
        return;
    }
    out = handshake.take_output();
    if (out.empty()) {
        if (handshake.done()) {
            succeed();
        }
        return;
    }
    writing = true;
    stream.write(out, [self = shared_from_this()](std::size_t, const StreamFailure* failure) {
        self->writing = false;
        if (!self->done) {
            return;
        }
        if (failure != nullptr) {
            self->fail(
                HandshakeStep::socket, Error(ErrorCode::io, "handshake: " + failure->message)
            );
        } else {
            self->write();
        }
    });
}

/// Lets the peer have our NodeInfo, so that it learns what does not fit. What does not go is lost.
void HandshakeSession::Impl::write_at_once() {
    if (!writing) {
        stream.write_at_once(handshake.take_output());
    }
}

void HandshakeSession::Impl::succeed() {
    deadline.cancel();
    const Done told = std::exchange(done, nullptr);
    const auto descriptor = stream.release();
    if (!descriptor) {
        told(std::unexpected(HandshakeFailure{
            .step = HandshakeStep::socket,
            .error = Error(ErrorCode::io, "the socket cannot be handed on"),
        }));
        return;
    }
    origin.descriptor = *descriptor;
    in.resize(in_size);
    told(ConnectionParts{
        .socket = origin,
        .handshake = handshake.take_result(),
        .unread = std::move(in),
    });
}

void HandshakeSession::Impl::fail(HandshakeStep step, Error error) {
    if (const Done told = done) {
        end();
        told(std::unexpected(HandshakeFailure{.step = step, .error = std::move(error)}));
    }
}

void HandshakeSession::Impl::end() {
    done = nullptr;
    deadline.cancel();
    stream.close();
}

HandshakeSession::HandshakeSession(
    IoThread& thread,
    OpenSocket socket,
    PeerHandshake handshake,
    std::chrono::nanoseconds timeout,
    Done done
)
    : impl_(std::make_shared<Impl>(thread, std::move(socket), std::move(handshake), std::move(done))
      ) {
    impl_->start(timeout);
}

HandshakeSession::~HandshakeSession() {
    end();
}

void HandshakeSession::end() {
    if (impl_) {
        impl_->end();
    }
}

}  // namespace steelyard::p2p
