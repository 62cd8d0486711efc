// Transport: makes authenticated connections, by listening and by dialling.
#pragma once

#include "base/random.h"
#include "p2p/connection.h"
#include "p2p/peer_handshake.h"

#include <expected>
#include <functional>

namespace steelyard::p2p {

struct TransportOptions {
    std::chrono::nanoseconds dial_timeout = std::chrono::seconds(3);
    std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(20);
    /// Sockets that came in and whose handshake is not over. One more than this pushes the oldest
    /// of the busiest host out, so that an honest peer, who needs milliseconds, gets in.
    std::size_t half_open_max = 128;
    std::size_t half_open_per_host_max = 32;  ///< one more pushes the host's own oldest out
    ConnectionOptions connection{};
};

/// Told of sockets that come in, on the IoThread and never inside a call of ours.
class TransportListener {
public:
    virtual ~TransportListener() = default;

    /// A socket came in; false closes it before a byte is exchanged. For bans and for what is full.
    virtual bool admit(const Endpoint& from) = 0;

    /// It is authenticated. To be started or dropped at once: nothing times it out.
    virtual void on_inbound(std::shared_ptr<Connection> connection) = 0;

    /// It came to nothing.
    virtual void on_inbound_failed(const Endpoint& from, const HandshakeFailure& failure) = 0;
};

struct TransportStats {
    std::size_t half_open = 0;  ///< that came in
    std::size_t dialling = 0;
    std::uint64_t accepted = 0;  ///< sockets
    std::uint64_t pushed_out = 0;
};

/// To be used on the IoThread, or while it does not run.
class Transport {
public:
    /// The thread and the random source must outlive it. `channels` are what connections speak.
    Transport(
        IoThread& thread,
        TransportOptions options,
        NodeKey key,
        std::vector<ChannelDescriptor> channels,
        RandomSource& random
    );
    ~Transport();  ///< closes the sockets whose handshakes are not over; connections stay
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    /// What we tell peers of ourselves. Before the first `dial` or `accept`; CHECKed to have the
    /// key's id.
    void set_node_info(NodeInfo ours);

    /// Takes the address, an IP address or a name, which is looked up, with a port (0: a free one);
    /// gives it with the real port. Waits for the resolver.
    /// Sockets come in after `accept`.
    Result<Endpoint> listen(const Endpoint& at);

    /// Begins to take sockets in. The listener must outlive the transport.
    void accept(TransportListener& listener);

    using Dialled = std::expected<std::shared_ptr<Connection>, HandshakeFailure>;

    /// Connects to a host, by address or name, that must prove to be `peer`. Calls back once, on
    /// the IoThread and not inside this call, unless the transport is destroyed before.
    void dial(const Endpoint& at, const NodeId& peer, std::function<void(Dialled)> done);

    /// Stops listening, and ends handshakes and dials without calling back.
    void close();

    TransportStats stats() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace steelyard::p2p
