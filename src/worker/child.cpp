#include "worker/child.h"

#include "base/decimal.h"
#include "files/posix_calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

namespace steelyard::worker {
namespace {

using Clock = std::chrono::steady_clock;

/// Of a line that a child says; what is longer is cut off.
constexpr std::size_t line_size_max = 512;
constexpr std::string_view error_head = "error ";
constexpr int exec_failed = 127;

/// Address spaces of sanitized programs are as large as the machine's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool limits_memory = false;
#else
constexpr bool limits_memory = true;
#endif

struct Pipe {
    files::Descriptor read;
    files::Descriptor write;
};

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) {
        return files::system_error("a pipe", "make");
    }
    return Pipe{.read = files::Descriptor(ends[0]), .write = files::Descriptor(ends[1])};
}

/// What the child needs, made before the fork: behind it nothing may be allocated.
struct Launch {
    std::vector<std::string> texts{};
    std::vector<char*> arguments{};
    ChildLimits limits{};
    int output = -1;
    int log = -1;
    pid_t parent = 0;
};

Launch make_launch(const ChildProgram& program, const ChildTask& task) {
    Launch out{.limits = task.limits, .parent = ::getpid()};
    out.texts.push_back(program.file.native());
    out.texts.insert(out.texts.end(), program.arguments.begin(), program.arguments.end());
    out.texts.push_back(task.verb);
    out.texts.push_back(task.folder.native());
    for (std::string& text : out.texts) {
        out.arguments.push_back(text.data());
    }
    out.arguments.push_back(nullptr);
    return out;
}

void set_limit(__rlimit_resource resource, std::uint64_t value) {
    const rlimit limit{.rlim_cur = value, .rlim_max = value};
    ::setrlimit(resource, &limit);
}

/// In the child. Calls what is safe behind a fork of many threads and nothing else.
[[noreturn]] void become_child(const Launch& launch) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != launch.parent) {
        ::_exit(exec_failed);  // it died before the signal was asked for
    }
    sigset_t none;
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0 ||
        ::dup2(launch.output, STDOUT_FILENO) < 0 || ::dup2(launch.log, STDERR_FILENO) < 0) {
        ::_exit(exec_failed);
    }
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    set_limit(RLIMIT_CORE, 0);
    if (limits_memory && launch.limits.memory_bytes > 0) {
        set_limit(RLIMIT_AS, launch.limits.memory_bytes);
    }
    if (launch.limits.processor_time.count() > 0) {
        set_limit(RLIMIT_CPU, static_cast<std::uint64_t>(launch.limits.processor_time.count()));
    }
    ::execv(launch.arguments.front(), launch.arguments.data());
    ::_exit(exec_failed);
}

/// Lines of a stream that comes in pieces.
class Lines {
public:
    template <typename Take>
    void add(std::string_view piece, const Take& take) {
        for (const char c : piece) {
            if (c == '\n') {
                take(line_);
                line_.clear();
            } else if (line_.size() < line_size_max) {
                line_ += c;
            }
        }
    }

private:
    std::string line_{};
};

std::string_view meaning_of(int code) {
    switch (static_cast<ChildExit>(code)) {
        case ChildExit::ok:
            return "without an answer";
        case ChildExit::bad_inputs:
            return "inputs that are not the program's";
        case ChildExit::no_memory:
            return "memory";
        case ChildExit::wrong_machine:
            return "the machine computes wrongly";
        case ChildExit::bad_folder:
            return "its folder could not be read or written";
        case ChildExit::no_disk:
            return "its disk is full";
    }
    return code == exec_failed ? "it could not be executed" : "see its log";
}

}  // namespace

bool ChildEnd::may_be_of_program() const {
    switch (kind) {
        case Kind::exited:
            return is(ChildExit::no_memory);
        case Kind::signalled:
            return code != SIGTERM && code != SIGINT && code != SIGHUP;
        case Kind::out_of_time:
            return true;
        case Kind::stopped:
            return false;
    }
    return false;
}

std::string ChildEnd::text() const {
    switch (kind) {
        case Kind::exited:
            return fmt::format(
                "it ended with code {}: {}{}{}",
                code,
                meaning_of(code),
                said.empty() ? "" : ": ",
                said
            );
        case Kind::signalled:
            return fmt::format("it was killed by signal {}", code);
        case Kind::out_of_time:
            return "it took longer than it may";
        case Kind::stopped:
            return "it was stopped";
    }
    return "";
}

class Child::Impl {
public:
    Impl(pid_t process, files::Descriptor handle, files::Descriptor output, ChildTask task)
        : process_(process),
          handle_(std::move(handle)),
          output_(std::move(output)),
          task_(std::move(task)),
          watcher_([this] { watch(); }) {}

    ~Impl() {
        stop();
        watcher_.join();
    }

    void stop() { kill_as(ChildEnd::Kind::stopped); }

    std::optional<ChildEnd> end() const {
        const std::lock_guard lock(mutex_);
        return end_;
    }

    ChildProgress progress() const {
        const std::lock_guard lock(mutex_);
        return progress_;
    }

    pid_t process() const { return process_; }

private:
    /// Its number is its own until it is waited for, which is under the same lock.
    void kill_as(ChildEnd::Kind kind) {
        const std::lock_guard lock(mutex_);
        if (!end_ && !killed_as_) {
            killed_as_ = kind;
            ::kill(-process_, SIGKILL);
            ::kill(process_, SIGKILL);  // it may not have its own group yet
        }
    }

    void watch() {
        const auto start = Clock::now();
        Lines lines;
        bool is_open = true;
        while (true) {
            pollfd polled[2] = {
                {.fd = handle_.number(), .events = POLLIN, .revents = 0},
                {.fd = is_open ? output_.number() : -1, .events = POLLIN, .revents = 0},
            };
            ::poll(polled, 2, patience(start));
            if (polled[1].revents != 0) {
                is_open = read_lines(lines);
            }
            if (polled[0].revents != 0) {
                break;
            }
            if (task_.limits.wall_time.count() > 0 &&
                Clock::now() - start >= task_.limits.wall_time) {
                kill_as(ChildEnd::Kind::out_of_time);
            }
        }
        while (is_open && has_more() && read_lines(lines)) {
        }
        reap();
        if (task_.on_end) {
            task_.on_end();
        }
    }

    int patience(Clock::time_point start) const {
        constexpr std::int64_t longest = 60'000;
        if (task_.limits.wall_time.count() == 0) {
            return static_cast<int>(longest);
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            task_.limits.wall_time - (Clock::now() - start)
        );
        return static_cast<int>(std::clamp<std::int64_t>(left.count() + 1, 1, longest));
    }

    bool has_more() const {
        pollfd polled{.fd = output_.number(), .events = POLLIN, .revents = 0};
        return ::poll(&polled, 1, 0) > 0 && (polled.revents & POLLIN) != 0;
    }

    /// False at the end of the stream.
    bool read_lines(Lines& lines) {
        char piece[4096];
        const auto size =
            files::uninterrupted([&] { return ::read(output_.number(), piece, sizeof piece); });
        if (size <= 0) {
            return false;
        }
        lines.add({piece, static_cast<std::size_t>(size)}, [this](const std::string& line) {
            const std::lock_guard lock(mutex_);
            if (const auto progress = parse_progress(line)) {
                progress_ = *progress;
            } else if (line.starts_with(error_head)) {
                said_ = line.substr(error_head.size());
            }
        });
        return true;
    }

    void reap() {
        ::kill(-process_, SIGKILL);  // what it may have started itself
        const std::lock_guard lock(mutex_);
        int status = 0;
        files::uninterrupted([&] { return ::waitpid(process_, &status, 0); });
        ChildEnd end;
        if (killed_as_) {
            end.kind = *killed_as_;
        } else if (WIFSIGNALED(status)) {
            end = {.kind = ChildEnd::Kind::signalled, .code = WTERMSIG(status)};
        } else {
            end = {.kind = ChildEnd::Kind::exited, .code = WEXITSTATUS(status)};
        }
        end.said = said_;
        end_ = end;
    }

    const pid_t process_;
    const files::Descriptor handle_;
    const files::Descriptor output_;
    const ChildTask task_;
    mutable std::mutex mutex_{};
    std::optional<ChildEnd> end_{};
    std::optional<ChildEnd::Kind> killed_as_{};
    ChildProgress progress_{};
    std::string said_{};
    std::thread watcher_;
};

Result<std::unique_ptr<Child>> Child::start(const ChildProgram& program, ChildTask task) {
    TRY_ASSIGN(Pipe pipe, make_pipe());
    const std::string log_path = task.folder / child_log_name;
    const files::Descriptor log(
        ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
    );
    if (log.number() < 0) {
        return files::system_error(log_path, "create");
    }
    Launch launch = make_launch(program, task);
    launch.output = pipe.write.number();
    launch.log = log.number();
    const pid_t process = ::fork();
    if (process < 0) {
        return files::system_error("a child", "start");
    }
    if (process == 0) {
        become_child(launch);
    }
    // glibc 2.36 declares its function for C alone.
    const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    if (handle < 0) {
        const auto error = files::system_error("a child", "watch");
        ::kill(process, SIGKILL);
        ::waitpid(process, nullptr, 0);
        return error;
    }
    return std::unique_ptr<Child>(new Child(std::make_unique<Impl>(
        process, files::Descriptor(handle), std::move(pipe.read), std::move(task)
    )));
}

Child::Child(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}
Child::~Child() = default;

std::optional<ChildEnd> Child::end() const {
    return impl_->end();
}

ChildProgress Child::progress() const {
    return impl_->progress();
}

int Child::process() const {
    return impl_->process();
}

void Child::stop() {
    impl_->stop();
}

std::optional<ChildProgress> parse_progress(std::string_view line) {
    constexpr std::string_view head = "steps ";
    if (!line.starts_with(head)) {
        return std::nullopt;
    }
    line.remove_prefix(head.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) {
        return std::nullopt;
    }
    const auto done = parse_decimal(line.substr(0, space));
    const auto of = parse_decimal(line.substr(space + 1));
    constexpr Uint128 most = ~std::uint64_t{0};
    if (!done || !of || *done > *of || *of > most) {
        return std::nullopt;
    }
    return ChildProgress{
        .done = static_cast<std::uint64_t>(*done), .of = static_cast<std::uint64_t>(*of)
    };
}

}  // namespace steelyard::worker
