#include "tests/sim/worker.h"

#include "tests/sim/report_codec.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <deque>

namespace steelyard::sim {
namespace {

/// A process that runs one job, and the end of the pipe on which it will say what came of it.
struct Child {
    std::uint64_t seed = 0;
    pid_t process = 0;
    int pipe = -1;
};

void write_all(int file, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count <= 0) {
            ::_exit(2);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

Child start(const Job& job) {
    std::array<int, 2> ends{};
    CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const pid_t process = ::fork();
    CHECK(process >= 0);
    if (process == 0) {
        ::close(ends[0]);
        ::alarm(static_cast<unsigned>(std::chrono::seconds(Workers::job_time_max).count()));
        write_all(ends[1], encode_report(run(job.options)));
        ::_exit(0);
    }
    ::close(ends[1]);
    return {job.seed, process, ends[0]};
}

Bytes read_all(int file) {
    Bytes bytes;
    ByteArray<4096> chunk;
    while (true) {
        const ssize_t count = ::read(file, chunk.data(), chunk.size());
        if (count <= 0) {
            return bytes;
        }
        append(bytes, ByteView(chunk).first(static_cast<std::size_t>(count)));
    }
}

Report finish(const Child& child) {
    const Bytes bytes = read_all(child.pipe);
    ::close(child.pipe);
    int status = 0;
    CHECK(::waitpid(child.process, &status, 0) == child.process);
    auto report = decode_report(bytes);
    const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (ended_well && report) {
        return *std::move(report);
    }
    const auto what = WIFSIGNALED(status)
                          ? fmt::format("the process ended by signal {}", WTERMSIG(status))
                          : fmt::format("the process ended with status {}", WEXITSTATUS(status));
    Report crashed{.seed = child.seed};
    crashed.violations.push_back({"no crash", what, Time(0)});
    return crashed;
}

}  // namespace

void Workers::run(const Next& next, const Take& take) const {
    std::deque<Child> children;
    bool goes_on = true;
    while (goes_on || !children.empty()) {
        while (goes_on && children.size() < workers_) {
            const auto job = next();
            if (!job) {
                goes_on = false;
                break;
            }
            children.push_back(start(*job));
        }
        if (children.empty()) {
            return;
        }
        const Report report = finish(children.front());
        children.pop_front();
        goes_on = take(report) && goes_on;
    }
}

Report run_apart(const Job& job) {
    return finish(start(job));
}

}  // namespace steelyard::sim
