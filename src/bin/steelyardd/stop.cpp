#include "bin/steelyardd/home.h"
#include "consensus/engine/posix_files.h"
#include "node/files.h"

#include <CLI/CLI.hpp>

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <system_error>

namespace steelyard::daemon {

namespace {

struct StopOptions {
    bool wait_window = false;
    std::int64_t timeout = 120;  ///< seconds
};

constexpr std::size_t pid_file_size_max = 32;

// glibc 2.36 declares these without extern "C".
int pidfd_open(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

bool pidfd_signal(int descriptor, int number) {
    return ::syscall(SYS_pidfd_send_signal, descriptor, number, nullptr, 0) == 0;
}

/// A process, however its number is used again.
class Process {
public:
    explicit Process(pid_t pid) : descriptor_(pidfd_open(pid)) {}
    ~Process() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    bool exists() const { return descriptor_ >= 0; }
    bool signal(int number) const { return pidfd_signal(descriptor_, number); }
    bool ends_within(std::chrono::seconds time) const {
        pollfd wait{.fd = descriptor_, .events = POLLIN, .revents = 0};
        return ::poll(&wait, 1, static_cast<int>(time.count() * 1000)) == 1;
    }

private:
    int descriptor_;
};

/// Whether the process has the folder open, as the node has that holds its lock.
bool has_open(pid_t pid, const std::filesystem::path& folder) {
    struct stat wanted{};
    if (::stat(folder.c_str(), &wanted) != 0) {
        return false;
    }
    std::error_code error;
    const std::filesystem::path descriptors = fmt::format("/proc/{}/fd", pid);
    for (std::filesystem::directory_iterator entry(descriptors, error), end; !error && entry != end;
         entry.increment(error)) {
        struct stat open{};
        if (::stat(entry->path().c_str(), &open) == 0 && open.st_ino == wanted.st_ino &&
            open.st_dev == wanted.st_dev) {
            return true;
        }
    }
    return false;
}

/// From the home's pid file, which a kill -9 leaves behind.
Result<pid_t> read_pid(const std::filesystem::path& path) {
    TRY_ASSIGN(const std::string text, node::read_file(path, pid_file_size_max));
    pid_t pid = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (parsed.ec != std::errc() || pid <= 0) {
        return invalid("{} holds no process id", path.native());
    }
    return pid;
}

Result<Exit> stop(const Context& context, const StopOptions& options) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    const auto folder = loaded.config.path(loaded.config.db_dir);
    std::error_code error;
    const bool has_data = std::filesystem::is_directory(folder, error);
    if (!has_data || engine::PosixDirectory::lock(folder)) {
        return fail(ErrorCode::not_found, "no node runs in {}", loaded.config.home.native());
    }
    TRY_ASSIGN(const pid_t pid, read_pid(loaded.config.home / pid_file_name));
    const Process process(pid);
    if (!process.exists() || !has_open(pid, folder)) {
        return fail(
            ErrorCode::io,
            "{} is in use, but not by process {} of {}: another command works on it, or the node "
            "is "
            "of another user or container",
            folder.native(),
            pid,
            pid_file_name
        );
    }
    if (!process.signal(options.wait_window ? SIGUSR2 : SIGTERM)) {
        return fail(ErrorCode::denied, "process {}: {}", pid, std::strerror(errno));
    }
    if (!process.ends_within(std::chrono::seconds(options.timeout))) {
        print(fmt::format("process {} still stops after {} s\n", pid, options.timeout));
        return Exit::unreachable;
    }
    print(fmt::format("stopped process {}\n", pid));
    return Exit::ok;
}

}  // namespace

void add_stop(CLI::App& app, Context& context) {
    auto options = std::make_shared<StopOptions>();
    auto* command = app.add_subcommand("stop", "Stop the node of this home, and wait for its end");
    command->add_flag(
        "--wait-window",
        options->wait_window,
        "First wait, a minute at most, until this validator has signed and is not about to propose"
    );
    command->add_option("--timeout", options->timeout, "Seconds to wait for its end")
        ->capture_default_str()
        ->check(CLI::Range(1, 3600));
    command->callback([&context, options] {
        context.action = [&context, options] { return stop(context, *options); };
    });
}

}  // namespace steelyard::daemon
