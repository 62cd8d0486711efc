// Server: HTTP and WebSocket on one thread, before a dispatcher or another handler.
#pragma once

#include "rpc/blob_view.h"
#include "rpc/http_handler.h"
#include "rpc/subscriptions.h"

#include <chrono>
#include <optional>

namespace steelyard::rpc {

struct ServerConfig {
    /// "tcp://127.0.0.1:26657", "unix:///run/steelyard/rpc.sock"; port 0: any free one.
    std::vector<std::string> listen_addresses{};

    /// Where only GET /metrics is served: ":26660" or as above. Empty: nowhere.
    std::string metrics_listen_address{};

    std::size_t threads = 2;  ///< of the pool that runs handlers; besides the io thread
    std::size_t max_open_connections = 1200;
    std::size_t max_open_metrics_connections = 16;  ///< besides the others
    std::size_t max_body_bytes = 1'000'000;
    std::size_t max_header_bytes = 1 << 20;
    std::chrono::milliseconds read_timeout{10'000};   ///< of a request, from its first byte on
    std::chrono::milliseconds idle_timeout{120'000};  ///< of a connection between two requests
    /// Of a response or a piece of it (body_source.h), or a WebSocket message.
    std::chrono::milliseconds write_timeout{10'000};
    std::chrono::milliseconds request_timeout{30'000};  ///< until a handler must have answered
    std::chrono::milliseconds upload_timeout{60'000};   ///< of the body of a blob
    /// Until a blob must have been found, or taken and checked.
    std::chrono::milliseconds blob_timeout{600'000};
    std::chrono::milliseconds ping_interval{27'000};        ///< of WebSocket connections
    std::chrono::milliseconds websocket_read_wait{30'000};  ///< without even a pong: closed

    /// What waits to be sent to one WebSocket client; one who lets more pile up is closed.
    std::size_t websocket_queue_messages = 1024;
    std::size_t websocket_queue_bytes = 16 * 1024 * 1024;
    std::size_t websocket_calls_max = 32;  ///< unanswered calls of one client; more wait unread

    /// Nobody's browser may read answers unless its origin is here; "*" is every origin.
    std::vector<std::string> cors_allowed_origins{};
    std::vector<std::string> cors_allowed_methods{"HEAD", "GET", "POST"};
    std::vector<std::string> cors_allowed_headers{
        "Origin", "Accept", "Content-Type", "X-Requested-With", "X-Server-Time"
    };

    DispatchLimits dispatch{};
};

/// How the node is, for /readyz: 200, 206 or 503 with the reasons.
struct Health {
    enum class State : std::uint8_t { synced, catching_up, halted };
    State state = State::synced;
    std::vector<std::string> reasons{};
};

/// What the server asks of the node. Thread-safe.
struct ServerPorts {
    std::function<Health()> health{};  ///< none: always synced

    /// For /livez: the name of a thread that does not answer, if there is one. May take seconds:
    /// it is asked by a thread of its own. None: all is well as long as the server answers.
    std::function<std::optional<std::string>()> stuck_thread{};

    std::function<std::string()> metrics{};       ///< Prometheus text; none: an empty page
    std::function<void(ClientId)> client_gone{};  ///< of WebSocket clients

    BlobView* blobs = nullptr;  ///< none: there is no /blobs. It outlives the server
    std::string blob_token{};   ///< lets others than this machine upload; empty: nobody
};

/// Counters since the start, and what is open now.
struct ServerStats {
    std::uint64_t connections = 0;  ///< ever accepted
    std::uint64_t refused_connections = 0;
    std::uint64_t http_requests = 0;
    std::uint64_t websocket_messages = 0;
    std::uint64_t events_sent = 0;
    std::uint64_t slow_clients = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t refused_bodies = 0;     ///< too large; also messages of WebSockets
    std::uint64_t refused_headers = 0;    ///< too large
    std::uint64_t refused_malformed = 0;  ///< not HTTP
    std::uint64_t body_bytes_sent = 0;    ///< of bodies out of files
    std::uint64_t blob_bytes_received = 0;
    std::size_t open_connections = 0;
    std::size_t open_websockets = 0;
};

/// Serves from `start` until `stop` or its end.
class Server {
public:
    static Result<std::unique_ptr<Server>> start(
        ServerConfig config, MethodTable table, ServerPorts ports
    );

    /// The same for a handler of its own: it gets whatever is asked, also /livez and the like, and
    /// there are no WebSockets. It outlives the server.
    static Result<std::unique_ptr<Server>> start(ServerConfig config, HttpHandler& handler);

    ~Server();

    /// The TCP ports, in the order of `listen_addresses` (0 for a unix socket); last the metrics'.
    std::vector<std::uint16_t> ports() const;

    /// Accepts nothing more, answers what was asked, closes WebSockets with a close frame, and
    /// returns when all is closed, after `grace` at the latest.
    void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(2000));

    ServerStats stats() const;

private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::rpc
