#include "bin/steelyard-worker/control.h"

#include "files/posix_calls.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <thread>

namespace steelyard::worker_program {
namespace {

constexpr int patience_ms = 5'000;
constexpr int look_ms = 200;
constexpr std::size_t question_size_max = 64;

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string& text = path.native();
    if (text.size() >= sizeof address.sun_path) {
        return invalid(
            "{}: a socket's path has less than {} bytes; a shorter --home helps",
            text,
            sizeof address.sun_path
        );
    }
    std::memcpy(address.sun_path, text.data(), text.size());
    return address;
}

files::Descriptor make_socket() {
    return files::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/// False if nothing comes in time.
bool wait_for(int descriptor, short events, int ms) {
    pollfd polled{.fd = descriptor, .events = events, .revents = 0};
    return ::poll(&polled, 1, ms) > 0;
}

/// Until `is_enough`, the end, the limit, or nothing comes any more.
template <typename Done>
std::string read_text(int descriptor, std::size_t size_max, const Done& is_enough) {
    std::string out;
    char piece[4096];
    while (out.size() < size_max && !is_enough(out) && wait_for(descriptor, POLLIN, patience_ms)) {
        const auto size = ::recv(descriptor, piece, sizeof piece, 0);
        if (size <= 0) {
            break;
        }
        out.append(piece, static_cast<std::size_t>(size));
    }
    return out;
}

void write_text(int descriptor, std::string_view text) {
    while (!text.empty() && wait_for(descriptor, POLLOUT, patience_ms)) {
        const auto size = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        if (size <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(size));
    }
}

}  // namespace

class ControlServer::Impl {
public:
    Impl(files::Descriptor listener, std::filesystem::path path, Answer answer)
        : listener_(std::move(listener)),
          path_(std::move(path)),
          answer_(std::move(answer)),
          thread_([this] { serve(); }) {}

    ~Impl() {
        is_over_ = true;
        thread_.join();
        ::unlink(path_.c_str());
    }

private:
    void serve() {
        while (!is_over_) {
            if (!wait_for(listener_.number(), POLLIN, look_ms)) {
                continue;
            }
            const files::Descriptor client(
                ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC)
            );
            if (client.number() >= 0) {
                const std::string question =
                    read_text(client.number(), question_size_max, [](const std::string& text) {
                        return text.ends_with('\n');
                    });
                const std::string_view line(question);
                write_text(client.number(), answer_(line.substr(0, line.find('\n'))));
            }
        }
    }

    const files::Descriptor listener_;
    const std::filesystem::path path_;
    const Answer answer_;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

Result<std::unique_ptr<ControlServer>> ControlServer::start(
    const std::filesystem::path& path, Answer answer
) {
    constexpr int backlog = 8;
    TRY_ASSIGN(const sockaddr_un address, address_of(path));
    files::Descriptor listener = make_socket();
    ::unlink(path.c_str());
    const mode_t mask = ::umask(0177);
    const bool is_bound =
        listener.number() >= 0 &&
        ::bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::umask(mask);
    if (!is_bound || ::listen(listener.number(), backlog) != 0) {
        return files::system_error(path.native(), "listen at");
    }
    return std::unique_ptr<ControlServer>(
        new ControlServer(std::make_unique<Impl>(std::move(listener), path, std::move(answer)))
    );
}

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}
ControlServer::~ControlServer() = default;

Result<std::string> ask_worker(const std::filesystem::path& path, std::string_view question) {
    TRY_ASSIGN(const sockaddr_un address, address_of(path));
    const files::Descriptor socket = make_socket();
    if (socket.number() < 0 ||
        ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0) {
        return fail(ErrorCode::not_found, "no worker runs on {}", path.parent_path().native());
    }
    write_text(socket.number(), fmt::format("{}\n", question));
    std::string answer =
        read_text(socket.number(), answer_size_max, [](const std::string&) { return false; });
    if (answer.empty()) {
        return fail(ErrorCode::io, "{}: the worker did not answer", path.native());
    }
    return answer;
}

}  // namespace steelyard::worker_program
