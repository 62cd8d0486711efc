#include "p2p/transport.h"

#include "base/check.h"
#include "p2p/connection_parts.h"
#include "p2p/handshake_session.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <map>

namespace steelyard::p2p {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// After an `accept` that failed, as it does without a free descriptor.
constexpr std::chrono::nanoseconds accept_pause = std::chrono::milliseconds(100);

HandshakeFailure socket_failure(std::string_view doing, const error_code& error) {
    return {
        .step = HandshakeStep::socket,
        .error = Error(ErrorCode::io, fmt::format("{}: {}", doing, error.message())),
    };
}

/// An IPv4 address that reached an IPv6 socket is shown as what it is.
Endpoint endpoint_of(const tcp::endpoint& endpoint) {
    asio::ip::address address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    }
    return {.host = address.to_string(), .port = endpoint.port()};
}

/// Takes a socket out of the loop; nothing, and the socket is closed, if that fails.
std::optional<OpenSocket> release(tcp::socket& socket, const tcp::endpoint& remote) {
    error_code error;
    OpenSocket open{.is_ipv6 = remote.address().is_v6(), .remote = endpoint_of(remote)};
    open.descriptor = socket.release(error);
    return error ? std::nullopt : std::optional(std::move(open));
}

/// The address to listen at; of a name's, rather an IPv4 one. Waits for the resolver.
Result<asio::ip::address> look_up(IoThread& thread, const Endpoint& at) {
    error_code error;
    const auto address = asio::ip::make_address(at.host, error);
    if (!error) {
        return address;
    }
    const auto found =
        tcp::resolver(thread.context()).resolve(at.host, std::to_string(at.port), error);
    if (error || found.empty()) {
        return fail(
            ErrorCode::io, "look the listening address {} up: {}", at.host, error.message()
        );
    }
    const auto v4 = std::ranges::find_if(found, [](const auto& entry) {
        return entry.endpoint().address().is_v4();
    });
    return (v4 == found.end() ? found.begin() : v4)->endpoint().address();
}

using DialDone = std::function<void(Transport::Dialled)>;

/// A dial from the look-up of the name to the end of the handshake.
struct Dial {
    explicit Dial(IoThread& thread, DialDone callback)
        : resolver(thread.context()),
          socket(thread.context()),
          deadline(thread),
          done(std::move(callback)) {}

    tcp::resolver resolver;
    tcp::socket socket;
    IoTimer deadline;
    DialDone done;  ///< nothing once the dial is over
    std::unique_ptr<HandshakeSession> session{};
};

struct HalfOpen {
    Endpoint from{};
    std::unique_ptr<HandshakeSession> session{};
};

}  // namespace

struct Transport::Impl : std::enable_shared_from_this<Impl> {
    Impl(
        IoThread& io,
        const TransportOptions& transport_options,
        NodeKey&& node_key,
        std::vector<ChannelDescriptor>&& descriptors,
        RandomSource& random_source
    )
        : thread(io),
          options(transport_options),
          key(std::move(node_key)),
          channels(std::move(descriptors)),
          random(random_source),
          acceptor(io.context()),
          accept_timer(io) {}

    Result<Endpoint> listen(const Endpoint& at);
    void accept();
    void on_accepted(tcp::socket socket, const tcp::endpoint& from);
    void make_room(const std::string& host);
    void push_out(std::map<std::uint64_t, HalfOpen>::iterator oldest);
    void on_inbound(std::uint64_t number, std::expected<ConnectionParts, HandshakeFailure> parts);

    void dial(const Endpoint& at, const NodeId& peer, DialDone done);
    void connect(
        std::uint64_t number, const NodeId& peer, const std::vector<tcp::endpoint>& addresses
    );
    void on_connected(std::uint64_t number, const NodeId& peer, const tcp::endpoint& remote);
    void fail_dial(std::uint64_t number, HandshakeFailure failure);
    void end_dial(std::uint64_t number, Dialled outcome);
    void close();

    IoThread& thread;
    const TransportOptions options;
    const NodeKey key;
    const std::vector<ChannelDescriptor> channels;
    RandomSource& random;
    NodeInfo ours{};

    tcp::acceptor acceptor;
    IoTimer accept_timer;
    TransportListener* listener = nullptr;
    bool closed = false;
    std::uint64_t next_number = 0;
    std::map<std::uint64_t, HalfOpen> half_open;  ///< the oldest first
    std::map<std::uint64_t, std::shared_ptr<Dial>> dials;
    TransportStats counters{};
};

Result<Endpoint> Transport::Impl::listen(const Endpoint& at) {
    TRY_ASSIGN(const asio::ip::address address, look_up(thread, at));
    error_code error;
    const tcp::endpoint endpoint(address, at.port);
    const auto step = [&](const char* doing, auto&& action) -> Result<void> {
        action();
        if (error) {
            return fail(ErrorCode::io, "{} {}: {}", doing, to_string(at), error.message());
        }
        return {};
    };
    TRY(step("open", [&] { acceptor.open(endpoint.protocol(), error); }));
    TRY(step("open", [&] { acceptor.set_option(tcp::acceptor::reuse_address(true), error); }));
    TRY(step("bind", [&] { acceptor.bind(endpoint, error); }));
    TRY(step("listen at", [&] {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }));
    tcp::endpoint local;
    TRY(step("listen at", [&] { local = acceptor.local_endpoint(error); }));
    return Endpoint{.host = at.host, .port = local.port()};
}

void Transport::Impl::accept() {
    acceptor.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
        if (self->closed) {
            return;
        }
        if (error == asio::error::connection_aborted) {
            self->accept();
            return;
        }
        if (error) {
            self->accept_timer.start(accept_pause, [weak = self->weak_from_this()] {
                if (const auto strong = weak.lock(); strong && !strong->closed) {
                    strong->accept();
                }
            });
            return;
        }
        ++self->counters.accepted;
        error_code gone;
        if (const auto from = socket.remote_endpoint(gone); !gone) {
            self->on_accepted(std::move(socket), from);
        }
        self->accept();
    });
}

void Transport::Impl::on_accepted(tcp::socket socket, const tcp::endpoint& from) {
    const Endpoint endpoint = endpoint_of(from);
    if (!listener->admit(endpoint)) {
        return;
    }
    make_room(endpoint.host);
    auto open = release(socket, from);
    if (!open) {
        return;
    }
    const std::uint64_t number = next_number++;
    half_open.emplace(
        number,
        HalfOpen{
            .from = endpoint,
            .session = std::make_unique<HandshakeSession>(
                thread,
                *std::move(open),
                PeerHandshake(key, ours, std::nullopt, random),
                options.handshake_timeout,
                [self = shared_from_this(), number](auto parts) {
                    self->on_inbound(number, std::move(parts));
                }
            ),
        }
    );
}

/// Pushes old handshakes out until one more of the host is within the limits.
void Transport::Impl::make_room(const std::string& host) {
    const auto count = [&](const std::string& of) {
        return static_cast<std::size_t>(std::ranges::count_if(half_open, [&](const auto& entry) {
            return entry.second.from.host == of;
        }));
    };
    const auto push_oldest_of = [&](const std::string& of) {
        push_out(std::ranges::find_if(half_open, [&](const auto& entry) {
            return entry.second.from.host == of;
        }));
    };
    if (count(host) >= options.half_open_per_host_max) {
        push_oldest_of(host);
    }
    if (half_open.size() >= options.half_open_max) {
        std::map<std::string, std::size_t> counts;
        for (const auto& [number, entry] : half_open) {
            ++counts[entry.from.host];
        }
        push_oldest_of(std::ranges::max_element(counts, {}, [](const auto& entry) {
                           return entry.second;
                       })->first);
    }
}

void Transport::Impl::push_out(std::map<std::uint64_t, HalfOpen>::iterator oldest) {
    const HalfOpen gone = std::move(oldest->second);
    half_open.erase(oldest);
    ++counters.pushed_out;
    gone.session->end();
    listener->on_inbound_failed(
        gone.from,
        {
            .step = HandshakeStep::limit,
            .error = Error(ErrorCode::too_large, "pushed out by newer handshakes"),
        }
    );
}

void Transport::Impl::on_inbound(
    std::uint64_t number, std::expected<ConnectionParts, HandshakeFailure> parts
) {
    const auto found = half_open.find(number);
    CHECK(found != half_open.end());
    const HalfOpen entry = std::move(found->second);
    half_open.erase(found);
    if (!parts) {
        listener->on_inbound_failed(entry.from, parts.error());
        return;
    }
    listener->on_inbound(make_connection(thread, options.connection, channels, *std::move(parts)));
}

void Transport::Impl::dial(const Endpoint& at, const NodeId& peer, DialDone done) {
    const std::uint64_t number = next_number++;
    const auto dial = std::make_shared<Dial>(thread, std::move(done));
    dials.emplace(number, dial);
    dial->deadline.start(options.dial_timeout, [weak = weak_from_this(), number] {
        if (const auto self = weak.lock()) {
            self->fail_dial(
                number,
                {.step = HandshakeStep::timeout,
                 .error = Error(ErrorCode::io, "no connection in time")}
            );
        }
    });
    error_code not_address;
    const auto address = asio::ip::make_address(at.host, not_address);
    if (!not_address) {
        connect(number, peer, {tcp::endpoint(address, at.port)});
        return;
    }
    dial->resolver.async_resolve(
        at.host,
        std::to_string(at.port),
        [self = shared_from_this(),
         number,
         peer](const error_code& error, const tcp::resolver::results_type& results) {
            if (error) {
                self->fail_dial(number, socket_failure("look the host up", error));
                return;
            }
            std::vector<tcp::endpoint> addresses;
            for (const auto& entry : results) {
                addresses.push_back(entry.endpoint());
            }
            self->connect(number, peer, addresses);
        }
    );
}

void Transport::Impl::connect(
    std::uint64_t number, const NodeId& peer, const std::vector<tcp::endpoint>& addresses
) {
    const auto found = dials.find(number);
    if (found == dials.end()) {
        return;
    }
    asio::async_connect(
        found->second->socket,
        addresses,
        [self = shared_from_this(), dial = found->second, number, peer](
            const error_code& error, const tcp::endpoint& remote
        ) {
            if (!dial->done) {
                return;
            }
            if (error) {
                self->fail_dial(number, socket_failure("connect", error));
            } else {
                self->on_connected(number, peer, remote);
            }
        }
    );
}

void Transport::Impl::on_connected(
    std::uint64_t number, const NodeId& peer, const tcp::endpoint& remote
) {
    Dial& dial = *dials.at(number);
    dial.deadline.cancel();
    auto open = release(dial.socket, remote);
    if (!open) {
        fail_dial(
            number,
            {.step = HandshakeStep::socket, .error = Error(ErrorCode::io, "release the socket")}
        );
        return;
    }
    open->outbound = true;
    dial.session = std::make_unique<HandshakeSession>(
        thread,
        *std::move(open),
        PeerHandshake(key, ours, peer, random),
        options.handshake_timeout,
        [self = shared_from_this(),
         number](std::expected<ConnectionParts, HandshakeFailure> parts) {
            if (!parts) {
                self->fail_dial(number, std::move(parts).error());
                return;
            }
            self->end_dial(
                number,
                make_connection(
                    self->thread, self->options.connection, self->channels, *std::move(parts)
                )
            );
        }
    );
}

void Transport::Impl::fail_dial(std::uint64_t number, HandshakeFailure failure) {
    end_dial(number, std::unexpected(std::move(failure)));
}

void Transport::Impl::end_dial(std::uint64_t number, Dialled outcome) {
    const auto found = dials.find(number);
    if (found == dials.end()) {
        return;
    }
    const auto dial = found->second;
    dials.erase(found);
    dial->deadline.cancel();
    dial->resolver.cancel();
    error_code ignored;
    dial->socket.close(ignored);
    std::exchange(dial->done, nullptr)(std::move(outcome));
}

void Transport::Impl::close() {
    closed = true;
    error_code ignored;
    acceptor.close(ignored);
    accept_timer.cancel();
    for (const auto& [number, entry] : half_open) {
        entry.session->end();
    }
    half_open.clear();
    for (const auto& [number, dial] : dials) {
        dial->done = nullptr;
        dial->deadline.cancel();
        dial->resolver.cancel();
        dial->socket.close(ignored);
        if (dial->session) {
            dial->session->end();
        }
    }
    dials.clear();
}

Transport::Transport(
    IoThread& thread,
    TransportOptions options,
    NodeKey key,
    std::vector<ChannelDescriptor> channels,
    RandomSource& random
)
    : impl_(std::make_shared<Impl>(thread, options, std::move(key), std::move(channels), random)) {
}

Transport::~Transport() {
    close();
}

void Transport::set_node_info(NodeInfo ours) {
    CHECK(ours.id == impl_->key.id());
    impl_->ours = std::move(ours);
}

Result<Endpoint> Transport::listen(const Endpoint& at) {
    CHECK(impl_->thread.is_safe_here());
    return impl_->listen(at);
}

void Transport::accept(TransportListener& listener) {
    CHECK(impl_->thread.is_safe_here() && impl_->listener == nullptr);
    impl_->listener = &listener;
    impl_->accept();
}

void Transport::dial(const Endpoint& at, const NodeId& peer, std::function<void(Dialled)> done) {
    CHECK(impl_->thread.is_safe_here() && !impl_->closed);
    impl_->dial(at, peer, std::move(done));
}

void Transport::close() {
    CHECK(impl_->thread.is_safe_here());
    impl_->close();
}

TransportStats Transport::stats() const {
    TransportStats out = impl_->counters;
    out.half_open = impl_->half_open.size();
    out.dialling = impl_->dials.size();
    return out;
}

}  // namespace steelyard::p2p
