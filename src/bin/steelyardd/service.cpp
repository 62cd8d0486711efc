#include "bin/steelyardd/service.h"

#include "files/private_file.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace steelyard::daemon {

namespace {

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) {
        sigaddset(&set, number);
    }
    return set;
}

}  // namespace

Signals::Signals() {
    const sigset_t set = watched();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A peer or client that hangs up is an error of the write, not a signal.
    std::signal(SIGPIPE, SIG_IGN);
}

Signals::Event Signals::wait(std::chrono::milliseconds timeout) {
    const sigset_t set = watched();
    const timespec duration{
        .tv_sec = timeout.count() / 1000, .tv_nsec = timeout.count() % 1000 * 1'000'000
    };
    switch (sigtimedwait(&set, nullptr, &duration)) {
        case SIGTERM:
            last_name_ = "SIGTERM";
            return Event::terminate;
        case SIGINT:
            last_name_ = "SIGINT";
            return Event::terminate;
        case SIGHUP:
            return Event::reload;
        case SIGUSR2:
            return Event::leave;
        case SIGUSR1:
            return Event::wake;
        default:
            return Event::timeout;
    }
}

void Signals::wake() const {
    ::kill(::getpid(), SIGUSR1);
}

void Signals::end_at_next() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT}) {
        sigaddset(&set, number);
        std::signal(number, [](int) { ::_exit(130); });
    }
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void notify_supervisor(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (path == nullptr || std::strlen(path) >= sizeof address.sun_path || path[0] == '\0') {
        return;
    }
    address.sun_family = AF_UNIX;
    const std::size_t size = std::strlen(path);
    std::memcpy(address.sun_path, path, size);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';  // an abstract name
    }
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return;
    }
    // A supervisor that cannot be told notices by itself.
    [[maybe_unused]] const auto sent = ::sendto(
        socket,
        state.data(),
        state.size(),
        MSG_NOSIGNAL | MSG_DONTWAIT,
        reinterpret_cast<const sockaddr*>(&address),
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size)
    );
    ::close(socket);
}

std::chrono::milliseconds watchdog_interval() {
    const char* text = std::getenv("WATCHDOG_USEC");
    std::int64_t microseconds = 0;
    if (text != nullptr) {
        std::from_chars(text, text + std::strlen(text), microseconds);
    }
    return std::chrono::milliseconds(std::max<std::int64_t>(microseconds, 0) / 2'000);
}

std::uint64_t raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

Result<PidFile> PidFile::write(std::filesystem::path path) {
    TRY(files::replace_private_file(path, as_bytes(fmt::format("{}\n", ::getpid()))));
    return PidFile(std::move(path));
}

PidFile::~PidFile() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
}

}  // namespace steelyard::daemon
