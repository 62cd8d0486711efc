// Connection::Impl: the inside of a connection.
#pragma once

#include "p2p/connection_parts.h"
#include "p2p/keepalive.h"
#include "p2p/message_receiver.h"
#include "p2p/rate_limit.h"
#include "p2p/receive_window.h"
#include "p2p/send_queues.h"

#include <atomic>
#include <mutex>

namespace steelyard::p2p {

/// The socket's side lives on the IoThread; what `mutex` guards is shared with those who send.
struct Connection::Impl : std::enable_shared_from_this<Impl> {
    Impl(
        IoThread& io,
        const ConnectionOptions& connection_options,
        std::span<const ChannelDescriptor> channels,
        ConnectionParts&& parts
    );

    bool send(ChannelId channel, Bytes message);
    void discard(ChannelId channel);
    void close(Error error);
    void finish(Error error);
    ConnectionStats stats();

    void start(std::shared_ptr<ConnectionListener> new_listener);
    void begin();
    void read();
    void on_read(std::size_t size, const StreamFailure* failure);
    void open_frames();
    void hand_on(Received& received);
    void pump();
    void on_written(std::size_t size, const StreamFailure* failure);
    void fail(const StreamFailure& failure);
    void tell_drained(const std::vector<ChannelId>& drained);
    void begin_finish(const Error& error);
    void arm_keepalive();
    void tick();
    void resume();
    void end(CloseReason reason, const Error& error);

    const std::shared_ptr<TaskPoster> poster;
    const ConnectionOptions options;
    const NodeInfo node;
    const Endpoint remote;
    const bool outbound;
    const Keepalive::Time started_at = IoThread::now();

    TcpStream socket;
    FrameWriter writer;
    FrameReader reader;
    Bytes stream;  ///< of the stream, received with the handshake
    Bytes in;      ///< sealed, not yet opened
    std::size_t in_size = 0;
    MessageReceiver receiver;
    Keepalive keepalive;
    RateLimit send_limit;
    RateLimit receive_limit;
    IoTimer keepalive_timer;
    IoTimer send_timer;
    IoTimer receive_timer;
    IoTimer finish_timer;
    std::shared_ptr<ConnectionListener> listener;
    std::shared_ptr<ReceiveWindow> window;
    bool reading = false;
    bool writing = false;
    bool ping_due = false;
    bool pong_due = false;
    std::optional<Error> finishing;
    bool ended = false;
    CloseReason end_reason = CloseReason::ours;
    Error end_error{ErrorCode::io, ""};

    std::atomic<bool> quiet = false;  ///< no message is handed on any more

    std::mutex mutex;
    SendQueues queues;
    bool open = true;
    bool wake_posted = false;
    ConnectionStats totals;  ///< what the socket's side counts; times as of IoThread::now
};

}  // namespace steelyard::p2p
