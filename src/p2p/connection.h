// Connection: a link to one authenticated peer, up and multiplexed.
#pragma once

#include "base/endpoint.h"
#include "p2p/io_thread.h"
#include "p2p/reactor.h"

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

namespace steelyard::p2p {

/// Limits and times of a connection; CometBFT's defaults where it has some.
struct ConnectionOptions {
    std::size_t payload_size_max = 1024;  ///< of a packet; must be what the peers have
    std::uint64_t send_rate = 5'120'000;  ///< bytes per second; 0 is no limit
    std::uint64_t receive_rate = 5'120'000;
    std::chrono::nanoseconds ping_interval = std::chrono::seconds(60);
    std::chrono::nanoseconds pong_timeout = std::chrono::seconds(45);
    /// A channel that has this many bytes queued takes no further message.
    std::size_t send_queue_bytes_max = std::size_t{16} << 20;
    /// Received and not yet handled: at this many bytes the socket is not read any more, until
    /// half of them are handled.
    std::size_t receive_window = std::size_t{8} << 20;
    /// How long `finish` may take to send what is queued.
    std::chrono::nanoseconds finish_timeout = std::chrono::seconds(3);
};

/// Why a connection ended.
enum class CloseReason : std::uint8_t {
    ours,      ///< `close` or `finish`
    remote,    ///< the peer hung up
    socket,    ///< the operating system reported an error
    timeout,   ///< no answer to a ping
    protocol,  ///< the peer broke the rules of frames or packets
};

std::string_view to_string(CloseReason reason);

/// Told what happens on a connection, always on the IoThread and never inside a call of ours.
class ConnectionListener {
public:
    virtual ~ConnectionListener() = default;

    virtual void on_message(ChannelId channel, Bytes message, ReceiveCredit credit) = 0;

    /// After a `send` was refused for want of room: the channel's queue is half empty again.
    virtual void on_drained(ChannelId channel) = 0;

    /// Once; nothing comes afterwards, and `send` is refused.
    virtual void on_closed(CloseReason reason, const Error& error) = 0;
};

struct ChannelStats {
    ChannelId id = 0;
    int priority = 1;
    std::size_t send_queue_capacity = 0;  ///< messages
    std::size_t send_queue_size = 0;      ///< messages
    std::size_t send_queue_bytes = 0;
    std::uint64_t recently_sent = 0;  ///< bytes of packets, fading by a fifth every two seconds
    std::uint64_t messages_sent = 0;
    std::uint64_t messages_received = 0;
    std::uint64_t bytes_sent = 0;  ///< of messages, as bytes_received
    std::uint64_t bytes_received = 0;
    std::uint64_t sends_refused = 0;  ///< for want of room
};

struct ConnectionStats {
    std::chrono::nanoseconds age{};
    std::chrono::nanoseconds idle{};       ///< since the last byte was received
    std::chrono::nanoseconds ping_time{};  ///< of the last ping; 0 before the first
    std::uint64_t socket_bytes_sent = 0;   ///< sealed frames
    std::uint64_t socket_bytes_received = 0;
    std::size_t receive_unhandled = 0;  ///< bytes of messages whose credits are out
    bool receive_stalled = false;       ///< not read from, until credits come back
    std::vector<ChannelStats> channels{};
};

/// Thread-safe, but for `start`. Destroying it closes it.
class Connection {
public:
    struct Impl;
    explicit Connection(std::shared_ptr<Impl> impl);  ///< Transport makes them
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    const NodeInfo& node_info() const;  ///< of the peer; its id is proved
    bool outbound() const;
    const Endpoint& remote() const;  ///< of the socket

    /// Begins to send and receive. On the IoThread, once; before it, messages may be queued.
    void start(std::shared_ptr<ConnectionListener> listener);

    /// Queues a message. False, and nothing is queued, if the channel has no room, either side does
    /// not have the channel, or the connection ends. An empty message is refused as well.
    bool send(ChannelId channel, Bytes message);

    /// Forgets what is queued on a channel and has not begun to leave.
    void discard(ChannelId channel);

    /// Ends the connection and forgets what is queued; `on_closed` tells the first error.
    void close(Error error);

    /// Receives no more, sends what is queued within finish_timeout, and ends the connection.
    void finish(Error error);

    ConnectionStats stats() const;

private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace steelyard::p2p
