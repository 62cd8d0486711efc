#include "rpc/server.h"

#include "rpc/http_head.h"
#include "rpc/listen_address.h"
#include "rpc/server_core.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <future>
#include <thread>

namespace steelyard::rpc {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// That read and write blobs: one may be busy for a while with checking a large one.
constexpr std::size_t file_threads = 4;

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

Result<asio::generic::stream_protocol::endpoint> endpoint_of(const ListenAddress& address) {
    if (!address.unix_path.empty()) {
        return asio::generic::stream_protocol::endpoint(
            asio::local::stream_protocol::endpoint(address.unix_path)
        );
    }
    error_code error;
    const auto ip = asio::ip::make_address(address.host.empty() ? "0.0.0.0" : address.host, error);
    if (error) {
        return invalid("{} is not a numeric address", address.host);
    }
    return asio::generic::stream_protocol::endpoint(asio::ip::tcp::endpoint(ip, address.port));
}

/// "host:port"; "unix" for a Unix socket.
std::string to_text(const sockaddr_storage& address) {
    asio::ip::tcp::endpoint endpoint;
    const std::size_t size = address.ss_family == AF_INET    ? sizeof(sockaddr_in)
                             : address.ss_family == AF_INET6 ? sizeof(sockaddr_in6)
                                                             : 0;
    if (size == 0) {
        return "unix";
    }
    std::memcpy(endpoint.data(), &address, size);
    const std::string host = endpoint.address().to_string();
    return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                      : fmt::format("{}:{}", host, endpoint.port());
}

/// Loopback, or a Unix socket.
bool is_local(const sockaddr_storage& address) {
    asio::ip::tcp::endpoint endpoint;
    if (address.ss_family == AF_UNIX) {
        return true;
    }
    if (address.ss_family == AF_INET) {
        std::memcpy(endpoint.data(), &address, sizeof(sockaddr_in));
        return endpoint.address().is_loopback();
    }
    if (address.ss_family != AF_INET6) {
        return false;
    }
    std::memcpy(endpoint.data(), &address, sizeof(sockaddr_in6));
    const asio::ip::address_v6 v6 = endpoint.address().to_v6();
    return v6.is_v4_mapped() ? asio::ip::make_address_v4(asio::ip::v4_mapped, v6).is_loopback()
                             : v6.is_loopback();
}

std::chrono::milliseconds tick_interval(const ServerConfig& config) {
    const auto shortest = std::min(
        {config.read_timeout,
         config.idle_timeout,
         config.write_timeout,
         config.request_timeout,
         config.ping_interval,
         config.websocket_read_wait}
    );
    return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
}

}  // namespace

ServerCore::ServerCore() : io(std::make_unique<asio::io_context>(1)) {
}

ServerCore::~ServerCore() = default;

void ServerCore::add(ClientId id, std::shared_ptr<Connection> connection) {
    connections.emplace(id, std::move(connection));
    open_connections.store(connections.size(), std::memory_order_relaxed);
}

void ServerCore::remove(ClientId id) {
    const auto found = connections.find(id);
    if (found == connections.end()) {
        return;
    }
    // Whoever calls this is a member function of the connection.
    asio::post(*io, [connection = std::move(found->second)] {});
    connections.erase(found);
    open_connections.store(connections.size(), std::memory_order_relaxed);
    if (on_removed) {
        on_removed();
    }
}

bool ServerCore::on_io_thread() const {
    return io->get_executor().running_in_this_thread();
}

void ServerCore::post(std::move_only_function<void()> function) {
    if (!stopped.load(std::memory_order_acquire)) {
        asio::post(*io, std::move(function));
    }
}

void ServerCore::tell_liveness(Dispatcher::HttpDone done) {
    if (!ports.stuck_thread) {
        done(liveness(std::nullopt));
        return;
    }
    liveness_waits.push_back(std::move(done));
    if (liveness_waits.size() > 1) {
        return;
    }
    run_probe([this] {
        std::optional<std::string> stuck = ports.stuck_thread();
        post([this, stuck = std::move(stuck)] {
            for (Dispatcher::HttpDone& told : std::exchange(liveness_waits, {})) {
                told(liveness(stuck));
            }
        });
    });
}

class Server::Impl {
public:
    explicit Impl(ServerConfig config)
        : core_(std::make_shared<ServerCore>()),
          tick_timer_(*core_->io),
          work_(asio::make_work_guard(*core_->io)),
          pool_(std::max<std::size_t>(config.threads, 1)),
          probe_(1) {
        core_->config = std::move(config);
        core_->on_removed = [this] { on_removed(); };
    }

    Result<void> start(MethodTable table, ServerPorts ports);
    Result<void> start(HttpHandler& handler);
    void stop(std::chrono::milliseconds grace);
    std::vector<std::uint16_t> ports() const;
    const ServerCore& core() const { return *core_; }

private:
    struct Listener {
        explicit Listener(asio::io_context& io) : acceptor(io) {}
        Acceptor acceptor;
        bool metrics_only = false;
        bool waiting = false;
        std::string unix_path{};
    };

    Result<void> serve();
    Result<void> listen(const std::string& text, bool metrics_only);
    void accept(Listener& listener);
    bool accept_one(Listener& listener);
    void tick();
    void arm();
    void on_removed();

    std::shared_ptr<ServerCore> core_;
    std::vector<std::unique_ptr<Listener>> listeners_{};
    asio::steady_timer tick_timer_;
    bool armed_ = false;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::thread_pool pool_;
    std::shared_ptr<asio::thread_pool> files_{};  ///< if there are blobs
    asio::thread_pool probe_;  ///< not the pool's: handlers may wait for the thread that is stuck
    std::thread thread_{};
    std::promise<void> all_closed_{};
    bool closed_reported_ = false;
    bool draining_ = false;
};

Result<void> Server::Impl::start(MethodTable table, ServerPorts ports) {
    core_->ports = std::move(ports);
    core_->dispatcher = std::make_unique<Dispatcher>(
        std::move(table),
        core_->config.dispatch,
        [this](std::move_only_function<void()> task) { asio::post(pool_, std::move(task)); }
    );
    if (core_->ports.blobs != nullptr) {
        files_ = std::make_shared<asio::thread_pool>(file_threads);
        core_->run_files = [files = files_](std::move_only_function<void()> task) {
            asio::post(*files, std::move(task));
        };
        core_->blobs = std::make_unique<BlobRoutes>(
            *core_->ports.blobs, core_->ports.blob_token, core_->run_files
        );
    }
    return serve();
}

Result<void> Server::Impl::start(HttpHandler& handler) {
    core_->handler = &handler;
    core_->run_handler = [this](std::move_only_function<void()> task) {
        asio::post(pool_, std::move(task));
    };
    return serve();
}

Result<void> Server::Impl::serve() {
    core_->run_probe = [this](std::move_only_function<void()> task) {
        asio::post(probe_, std::move(task));
    };
    for (const std::string& address : core_->config.listen_addresses) {
        TRY(listen(address, false));
    }
    if (!core_->config.metrics_listen_address.empty()) {
        TRY(listen(core_->config.metrics_listen_address, true));
    }
    for (const auto& listener : listeners_) {
        accept(*listener);
    }
    thread_ = std::thread([this] { core_->io->run(); });
    return {};
}

Result<void> Server::Impl::listen(const std::string& text, bool metrics_only) {
    TRY_ASSIGN(const ListenAddress address, parse_listen_address(text));
    TRY_ASSIGN(const auto endpoint, endpoint_of(address));
    auto listener = std::make_unique<Listener>(*core_->io);
    listener->metrics_only = metrics_only;
    listener->unix_path = address.unix_path;
    if (!address.unix_path.empty()) {
        ::unlink(address.unix_path.c_str());
    }
    error_code error;
    Acceptor& acceptor = listener->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error && address.unix_path.empty()) {
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (!error) {
        acceptor.non_blocking(true, error);
    }
    if (error) {
        return fail(ErrorCode::io, "cannot listen on {}: {}", text, error.message());
    }
    listeners_.push_back(std::move(listener));
    return {};
}

void Server::Impl::accept(Listener& listener) {
    const std::size_t extra =
        listener.metrics_only ? core_->config.max_open_metrics_connections : 0;
    if (listener.waiting || core_->stopping ||
        core_->connections.size() >= core_->config.max_open_connections + extra) {
        return;  // on_removed() comes back here
    }
    listener.waiting = true;
    listener.acceptor.async_wait(
        asio::socket_base::wait_read,
        [this, &listener](const error_code& error) {
            listener.waiting = false;
            if (error || core_->stopping) {
                return;
            }
            if (accept_one(listener)) {
                accept(listener);
            } else {
                arm();  // out of descriptors: tried again at the next tick
            }
        }
    );
}

bool Server::Impl::accept_one(Listener& listener) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    const int descriptor = ::accept4(
        listener.acceptor.native_handle(),
        reinterpret_cast<sockaddr*>(&address),
        &size,
        SOCK_NONBLOCK | SOCK_CLOEXEC
    );
    if (descriptor < 0) {
        const bool transient = errno == EAGAIN || errno == ECONNABORTED || errno == EINTR;
        if (!transient) {
            core_->refused.fetch_add(1, std::memory_order_relaxed);
        }
        return transient;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    core_->accepted.fetch_add(1, std::memory_order_relaxed);
    open_http_session(
        core_,
        {.descriptor = descriptor,
         .remote_address = to_text(address),
         .metrics_only = listener.metrics_only,
         .is_local = is_local(address)}
    );
    arm();
    return true;
}

/// The tick runs only while there is somebody whose time can run out.
void Server::Impl::arm() {
    if (armed_ || core_->stopped) {
        return;
    }
    armed_ = true;
    tick_timer_.expires_after(tick_interval(core_->config));
    tick_timer_.async_wait([this](const error_code& error) {
        armed_ = false;
        if (!error) {
            tick();
        }
    });
}

void Server::Impl::tick() {
    const Moment now = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(core_->connections.size());
    for (const auto& [id, connection] : core_->connections) {
        all.push_back(connection);
    }
    for (const std::shared_ptr<Connection>& connection : all) {
        connection->tick(now);
    }
    for (const auto& listener : listeners_) {
        accept(*listener);
    }
    if (!core_->connections.empty()) {
        arm();
    }
}

void Server::Impl::on_removed() {
    if (!draining_) {
        for (const auto& listener : listeners_) {
            accept(*listener);
        }
    } else if (core_->connections.empty() && !closed_reported_) {
        closed_reported_ = true;
        all_closed_.set_value();
    }
}

void Server::Impl::stop(std::chrono::milliseconds grace) {
    if (core_->stopping.exchange(true)) {
        return;
    }
    const auto each = [this](void (Connection::*action)()) {
        const auto connections = core_->connections;
        for (const auto& [id, connection] : connections) {
            (*connection.*action)();
        }
    };
    if (thread_.joinable()) {
        asio::post(*core_->io, [this, each] {
            draining_ = true;
            for (const auto& listener : listeners_) {
                error_code ignored;
                listener->acceptor.close(ignored);
            }
            each(&Connection::shut_down);
            on_removed();
        });
        all_closed_.get_future().wait_for(grace);
        asio::post(*core_->io, [this, each] {
            each(&Connection::abort);
            tick_timer_.cancel();
            work_.reset();
        });
        pool_.join();
        probe_.join();
        if (files_) {
            files_->join();
        }
        core_->stopped.store(true, std::memory_order_release);
        core_->io->stop();
        thread_.join();
        core_->io->restart();
        core_->io->poll();
        core_->run_files = {};  // what nobody runs any more may hold the core
    }
    pool_.join();
    probe_.join();
    for (const auto& listener : listeners_) {
        if (!listener->unix_path.empty()) {
            ::unlink(listener->unix_path.c_str());
        }
    }
    core_->connections.clear();
    core_->on_removed = {};
}

std::vector<std::uint16_t> Server::Impl::ports() const {
    std::vector<std::uint16_t> out;
    for (const auto& listener : listeners_) {
        error_code error;
        const auto bound = listener->acceptor.local_endpoint(error);
        asio::ip::tcp::endpoint endpoint;
        const bool tcp = !error && listener->unix_path.empty();
        if (tcp) {
            std::memcpy(endpoint.data(), bound.data(), bound.size());
        }
        out.push_back(tcp ? endpoint.port() : 0);
    }
    return out;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

Server::~Server() {
    stop();
}

Result<std::unique_ptr<Server>> Server::start(
    ServerConfig config, MethodTable table, ServerPorts ports
) {
    std::unique_ptr<Server> server(new Server(std::make_unique<Impl>(std::move(config))));
    TRY(server->impl_->start(std::move(table), std::move(ports)));
    return server;
}

Result<std::unique_ptr<Server>> Server::start(ServerConfig config, HttpHandler& handler) {
    std::unique_ptr<Server> server(new Server(std::make_unique<Impl>(std::move(config))));
    TRY(server->impl_->start(handler));
    return server;
}

std::vector<std::uint16_t> Server::ports() const {
    return impl_->ports();
}

void Server::stop(std::chrono::milliseconds grace) {
    impl_->stop(grace);
}

ServerStats Server::stats() const {
    const ServerCore& core = impl_->core();
    return {
        .connections = core.accepted,
        .refused_connections = core.refused,
        .http_requests = core.http_requests,
        .websocket_messages = core.websocket_messages,
        .events_sent = core.events_sent,
        .slow_clients = core.slow_clients,
        .timeouts = core.timeouts,
        .refused_bodies = core.refused_bodies,
        .refused_headers = core.refused_headers,
        .refused_malformed = core.refused_malformed,
        .body_bytes_sent = core.body_bytes_sent,
        .blob_bytes_received = core.blob_bytes_received,
        .open_connections = core.open_connections,
        .open_websockets = core.open_websockets,
    };
}

}  // namespace steelyard::rpc
