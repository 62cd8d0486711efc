// ServerCore: what the connections of one server share. For the server's own files.
#pragma once

#include "rpc/blob_routes.h"
#include "rpc/body_source.h"
#include "rpc/server.h"

#include <atomic>
#include <map>

namespace boost::asio {
class io_context;
}

namespace steelyard::rpc {

using Moment = std::chrono::steady_clock::time_point;

/// A connection as the server sees it. All calls are made on the io thread.
class Connection {
public:
    virtual ~Connection() = default;

    /// Comes several times in the shortest of the timeouts.
    virtual void tick(Moment now) = 0;

    /// Closes when what was asked is answered.
    virtual void shut_down() = 0;

    /// Closes now.
    virtual void abort() = 0;
};

/// Outlives the server while a connection is still held by somebody.
struct ServerCore {
    ServerCore();
    ~ServerCore();

    /// Takes a connection over; it stays until `remove`.
    void add(ClientId id, std::shared_ptr<Connection> connection);

    /// The connection is closed: it may be destroyed when it returns to the event loop.
    void remove(ClientId id);

    bool on_io_thread() const;

    /// Answers /livez: asks whether a thread of the node is stuck, and tells on the io thread.
    /// Those who ask meanwhile get the same answer.
    void tell_liveness(Dispatcher::HttpDone done);

    /// Runs a function on the io thread; not at all when the server has stopped.
    void post(std::move_only_function<void()> function);

    ServerConfig config{};
    ServerPorts ports{};
    std::unique_ptr<Dispatcher> dispatcher{};
    HttpHandler* handler = nullptr;       ///< in place of the dispatcher, if there is one
    std::unique_ptr<BlobRoutes> blobs{};  ///< if there are any
    std::unique_ptr<boost::asio::io_context> io;
    std::function<void()> on_removed{};  ///< after each `remove`
    Dispatcher::Executor run_probe{};    ///< on the thread that asks for liveness
    Dispatcher::Executor run_handler{};  ///< on the pool
    Dispatcher::Executor run_files{};    ///< on the threads for blobs, if there are any
    std::vector<Dispatcher::HttpDone> liveness_waits{
    };  ///< of the io thread; not empty: it is asked

    std::map<ClientId, std::shared_ptr<Connection>> connections{};  ///< of the io thread
    ClientId next_id = 1;                                           ///< likewise
    std::atomic<bool> stopping = false;
    std::atomic<bool> stopped = false;

    std::atomic<std::uint64_t> accepted = 0;
    std::atomic<std::uint64_t> refused = 0;
    std::atomic<std::uint64_t> http_requests = 0;
    std::atomic<std::uint64_t> websocket_messages = 0;
    std::atomic<std::uint64_t> events_sent = 0;
    std::atomic<std::uint64_t> slow_clients = 0;
    std::atomic<std::uint64_t> timeouts = 0;
    std::atomic<std::uint64_t> refused_bodies = 0;
    std::atomic<std::uint64_t> refused_headers = 0;
    std::atomic<std::uint64_t> refused_malformed = 0;
    std::atomic<std::uint64_t> body_bytes_sent = 0;
    std::atomic<std::uint64_t> blob_bytes_received = 0;
    std::atomic<std::size_t> open_connections = 0;
    std::atomic<std::size_t> open_websockets = 0;
};

/// A socket that was accepted. Owns nothing: whoever takes it closes it.
struct AcceptedSocket {
    int descriptor = -1;
    std::string remote_address{};
    bool metrics_only = false;  ///< came in where only /metrics is served
    bool is_local = false;      ///< from this machine
};

/// Starts to serve HTTP on a socket.
void open_http_session(const std::shared_ptr<ServerCore>& core, AcceptedSocket socket);

/// Goes on as a WebSocket; `received` is the request for it and what came after it.
void open_websocket_session(
    const std::shared_ptr<ServerCore>& core, AcceptedSocket socket, std::string received
);

}  // namespace steelyard::rpc
