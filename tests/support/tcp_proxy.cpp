#include "tests/support/tcp_proxy.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/random.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace steelyard::test {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t handshake_size = 35;  ///< the ephemeral key, in the clear
constexpr std::size_t frame_size = 1044;
constexpr std::size_t waiting_size_max = 4 << 20;  ///< more is left in the socket
constexpr auto tick_max = std::chrono::milliseconds(200);

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

int new_socket() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    CHECK(fd >= 0);
    return fd;
}

/// Ends a connection at once, as a cut line does.
void reset_and_close(int fd) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd);
}

/// One direction of a connection.
struct Pipe {
    int from = -1;
    int to = -1;
    Bytes read{};          ///< not yet a whole frame
    bool greeted = false;  ///< the handshake's first message went by
    std::optional<FrameFault> fault{};
    Bytes held{};  ///< a frame that the next one overtakes
    std::deque<std::pair<SteadyClock::time_point, Bytes>> waiting{};
    std::size_t waiting_size = 0;
    bool swallowing = false;
    bool half_closing = false;  ///< sending ends when what waits is written
    bool at_end = false;        ///< nothing more is read
    bool cut = false;           ///< ends when what waits is written

    void queue(Bytes bytes, SteadyClock::time_point due) {
        waiting_size += bytes.size();
        waiting.emplace_back(due, std::move(bytes));
    }

    void pass(Bytes frame, SteadyClock::time_point due) {
        if (!held.empty()) {
            queue(std::move(frame), due);
            queue(std::exchange(held, {}), due);
            return;
        }
        if (swallowing) {
            return;
        }
        const auto now = std::exchange(fault, std::nullopt);
        if (!now) {
            queue(std::move(frame), due);
            return;
        }
        switch (*now) {
            case FrameFault::corrupt:
                frame[frame_size / 2] ^= 1;
                queue(std::move(frame), due);
                break;
            case FrameFault::omit:
                break;
            case FrameFault::duplicate:
                queue(frame, due);
                queue(std::move(frame), due);
                break;
            case FrameFault::swap:
                held = std::move(frame);
                break;
            case FrameFault::cut:
                frame.resize(frame_size / 2);
                queue(std::move(frame), due);
                at_end = true;
                cut = true;
                break;
            case FrameFault::half_close:
                queue(std::move(frame), due);
                half_closing = true;
                break;
        }
    }

    void take_frames(SteadyClock::time_point due) {
        std::size_t size = greeted ? frame_size : handshake_size;
        std::size_t at = 0;
        while (read.size() - at >= size && !cut && !half_closing) {
            Bytes unit(
                read.begin() + static_cast<std::ptrdiff_t>(at),
                read.begin() + static_cast<std::ptrdiff_t>(at + size)
            );
            at += size;
            if (greeted) {
                pass(std::move(unit), due);
            } else {
                queue(std::move(unit), due);
                greeted = true;
                size = frame_size;
            }
        }
        read.erase(read.begin(), read.begin() + static_cast<std::ptrdiff_t>(at));
    }

    /// False if the connection is over.
    bool do_read(SteadyClock::time_point due) {
        std::array<std::uint8_t, 65'536> buffer;
        const ssize_t count = ::read(from, buffer.data(), buffer.size());
        if (count > 0) {
            append(read, ByteView(buffer).first(static_cast<std::size_t>(count)));
            take_frames(due);
            return true;
        }
        if (count == 0) {
            at_end = true;
            queue(std::exchange(read, {}), due);
            return true;
        }
        return errno == EAGAIN || errno == EINTR;
    }

    bool do_write(SteadyClock::time_point now, bool trickling) {
        while (!waiting.empty() && waiting.front().first <= now) {
            Bytes& bytes = waiting.front().second;
            const std::size_t size =
                trickling ? std::min<std::size_t>(bytes.size(), 1) : bytes.size();
            const ssize_t count = ::send(to, bytes.data(), size, MSG_NOSIGNAL);
            if (count < 0) {
                return errno == EAGAIN || errno == EINTR;
            }
            waiting_size -= static_cast<std::size_t>(count);
            bytes.erase(bytes.begin(), bytes.begin() + count);
            if (bytes.empty()) {
                waiting.pop_front();
            }
        }
        if (half_closing && waiting.empty()) {
            ::shutdown(to, SHUT_WR);
        }
        return !(at_end && waiting.empty());
    }
};

struct Link {
    Pipe there;
    Pipe back;
};

}  // namespace

class TcpProxy::Impl {
public:
    explicit Impl(std::uint16_t target) : target_(target) {
        const sockaddr_in at = loopback(0);
        CHECK(::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
        CHECK(::listen(listener_, SOMAXCONN) == 0);
        sockaddr_in got{};
        socklen_t size = sizeof got;
        CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&got), &size) == 0);
        port = ntohs(got.sin_port);
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }

    ~Impl() {
        thread_.request_stop();
        wake();
        thread_.join();
        ::close(listener_);
        ::close(event_);
    }

    template <typename Change>
    void change(Change apply) {
        {
            const std::lock_guard lock(mutex);
            apply();
        }
        wake();
    }

    std::uint16_t port = 0;
    mutable std::mutex mutex{};
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds jitter{0};
    bool trickling = false;
    bool swallowing_there = false;
    bool swallowing_back = false;
    bool stalled = false;
    bool up = true;
    std::list<Link> links{};
    std::uint64_t accepted = 0;

private:
    void wake() const {
        const std::uint64_t one = 1;
        CHECK(::write(event_, &one, sizeof one) == sizeof one);
    }

    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::vector<pollfd> waiting;
            {
                const std::lock_guard lock(mutex);
                waiting = interests();
            }
            ::poll(waiting.data(), waiting.size(), static_cast<int>(pause().count()));
            std::uint64_t ignored = 0;
            (void)!::read(event_, &ignored, sizeof ignored);
            const std::lock_guard lock(mutex);
            accept_all();
            std::erase_if(links, [&](Link& link) { return !serve(link); });
        }
        for (const Link& link : links) {
            end(link);
        }
    }

    std::vector<pollfd> interests() const {
        std::vector<pollfd> out{
            {.fd = listener_, .events = POLLIN, .revents = 0},
            {.fd = event_, .events = POLLIN, .revents = 0}
        };
        for (const Link& link : links) {
            for (const Pipe* const pipe : {&link.there, &link.back}) {
                if (!stalled && !pipe->at_end && pipe->waiting_size < waiting_size_max) {
                    out.push_back({.fd = pipe->from, .events = POLLIN, .revents = 0});
                }
                if (!stalled && !pipe->waiting.empty() &&
                    pipe->waiting.front().first <= SteadyClock::now()) {
                    out.push_back({.fd = pipe->to, .events = POLLOUT, .revents = 0});
                }
            }
        }
        return out;
    }

    /// Until the next bytes are due.
    std::chrono::milliseconds pause() const {
        const std::lock_guard lock(mutex);
        std::chrono::milliseconds out = tick_max;
        for (const Link& link : links) {
            for (const Pipe* const pipe : {&link.there, &link.back}) {
                if (!pipe->waiting.empty() && !stalled) {
                    const auto left = pipe->waiting.front().first - SteadyClock::now();
                    out = std::clamp(
                        std::chrono::ceil<std::chrono::milliseconds>(left),
                        std::chrono::milliseconds(1),
                        out
                    );
                }
            }
        }
        return out;
    }

    void accept_all() {
        int fd = -1;
        while ((fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
            const int other = new_socket();
            const sockaddr_in at = loopback(target_);
            const int connected =
                ::connect(other, reinterpret_cast<const sockaddr*>(&at), sizeof at);
            if (!up || (connected != 0 && errno != EINPROGRESS)) {
                reset_and_close(fd);
                ::close(other);
                continue;
            }
            const int on = 1;
            for (const int each : {fd, other}) {
                ::setsockopt(each, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            }
            ++accepted;
            Link link;
            link.there.from = link.back.to = fd;
            link.there.to = link.back.from = other;
            links.push_back(std::move(link));
        }
    }

    /// False, and the connection is closed, if it is over.
    bool serve(Link& link) {
        const auto now = SteadyClock::now();
        bool alive = up;
        for (Pipe* const pipe : {&link.there, &link.back}) {
            if (!stalled && alive && !pipe->at_end && pipe->waiting_size < waiting_size_max) {
                pipe->swallowing = pipe == &link.there ? swallowing_there : swallowing_back;
                alive = pipe->do_read(now + draw_delay());
            }
            if (!stalled && alive) {
                alive = pipe->do_write(now, trickling);
            }
        }
        if (!alive) {
            end(link);
        }
        return alive;
    }

    std::chrono::milliseconds draw_delay() {
        const auto range = static_cast<std::uint64_t>(jitter.count());
        return delay + std::chrono::milliseconds(range == 0 ? 0 : random_.below(range + 1));
    }

    void end(const Link& link) const {
        const bool gently = link.there.at_end || link.back.at_end;
        for (const int fd : {link.there.from, link.there.to}) {
            gently ? static_cast<void>(::close(fd)) : reset_and_close(fd);
        }
    }

    std::uint16_t target_;
    SeededRandom random_{1};
    int listener_ = new_socket();
    int event_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    std::jthread thread_{};
};

TcpProxy::TcpProxy(std::uint16_t target_port) : impl_(std::make_unique<Impl>(target_port)) {
}

TcpProxy::~TcpProxy() = default;

std::uint16_t TcpProxy::port() const {
    return impl_->port;
}

void TcpProxy::set_delay(std::chrono::milliseconds delay, std::chrono::milliseconds jitter) {
    impl_->change([&] {
        impl_->delay = delay;
        impl_->jitter = jitter;
    });
}

void TcpProxy::set_trickling(bool trickling) {
    impl_->change([&] { impl_->trickling = trickling; });
}

void TcpProxy::set_swallowing(Way way, bool swallowing) {
    impl_->change([&] {
        if (way != Way::back) {
            impl_->swallowing_there = swallowing;
        }
        if (way != Way::there) {
            impl_->swallowing_back = swallowing;
        }
    });
}

void TcpProxy::set_stalled(bool stalled) {
    impl_->change([&] { impl_->stalled = stalled; });
}

void TcpProxy::set_up(bool up) {
    impl_->change([&] { impl_->up = up; });
}

void TcpProxy::inject(FrameFault fault, Way way) {
    impl_->change([&] {
        for (auto& link : impl_->links) {
            if (way != Way::back) {
                link.there.fault = fault;
            }
            if (way != Way::there) {
                link.back.fault = fault;
            }
        }
    });
}

std::uint64_t TcpProxy::accepted() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->accepted;
}

std::uint64_t TcpProxy::open() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->links.size();
}

}  // namespace steelyard::test
