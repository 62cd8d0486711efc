#include "base/endpoint.h"
#include "bin/steelyardd/checkup.h"
#include "node/config/toml_text.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace steelyard::daemon {

namespace {

constexpr std::uint64_t files_wanted = 65'535;
constexpr std::uint64_t files_needed = 4'096;
constexpr std::uintmax_t space_wanted = std::uintmax_t{10} << 30;
constexpr std::uintmax_t space_needed = std::uintmax_t{1} << 30;
constexpr std::chrono::microseconds sync_wanted = std::chrono::milliseconds(10);
constexpr int syncs = 16;

Finding check_clock() {
    timex state{};
    const int status = ::adjtimex(&state);
    const bool synchronised = status >= 0 && status != TIME_ERROR;
    return {
        "clock",
        synchronised ? Verdict::fine : Verdict::doubtful,
        synchronised ? "synchronised" : "not known to be synchronised",
        "within a second of the other validators'",
        synchronised ? "" : "run an NTP client such as chrony or systemd-timesyncd"
    };
}

Finding check_file_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const Verdict verdict = limit.rlim_max >= files_wanted   ? Verdict::fine
                            : limit.rlim_max >= files_needed ? Verdict::doubtful
                                                             : Verdict::bad;
    return {
        "open files",
        verdict,
        std::to_string(limit.rlim_max),
        fmt::format("{}, at least {}", files_wanted, files_needed),
        verdict == Verdict::fine ? "" : "ulimit -Hn 65535, or LimitNOFILE=65535 of the unit"
    };
}

Finding check_space(const std::filesystem::path& folder) {
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    if (error) {
        return {
            "disk space", Verdict::bad, error.message(), "a readable folder", "steelyardd init"
        };
    }
    const Verdict verdict = space.available >= space_wanted   ? Verdict::fine
                            : space.available >= space_needed ? Verdict::doubtful
                                                              : Verdict::bad;
    return {
        "disk space",
        verdict,
        fmt::format("{} MiB", space.available >> 20),
        fmt::format("{} MiB, at least {}", space_wanted >> 20, space_needed >> 20),
        verdict == Verdict::fine ? "" : "make room, or lower storage.retain_blocks"
    };
}

/// The median time of making 4 KiB durable, as each vote's log entry is.
Result<std::chrono::microseconds> sync_time(const std::filesystem::path& folder) {
    const auto path = folder / "doctor.tmp";
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return fail(ErrorCode::io, "cannot write {}: {}", path.native(), std::strerror(errno));
    }
    const std::array<char, 4096> page{};
    std::array<std::chrono::microseconds, syncs> times{};
    const SystemClock clock;
    bool written = true;
    for (auto& time : times) {
        const auto begin = clock.monotonic_now();
        written = written && ::write(file, page.data(), page.size()) == std::ssize(page) &&
                  ::fdatasync(file) == 0;
        time = std::chrono::ceil<std::chrono::microseconds>(clock.monotonic_now() - begin);
    }
    ::close(file);
    ::unlink(path.c_str());
    if (!written) {
        return fail(ErrorCode::io, "cannot write {}: {}", path.native(), std::strerror(errno));
    }
    std::ranges::sort(times);
    return times[syncs / 2];
}

Finding check_sync(const std::filesystem::path& folder) {
    const std::string required = fmt::format("at most {} us", sync_wanted.count());
    const auto time = sync_time(folder);
    if (!time) {
        return {"disk sync", Verdict::bad, time.error().message(), required, "make it writable"};
    }
    const bool fast = *time <= sync_wanted;
    return {
        "disk sync",
        fast ? Verdict::fine : Verdict::doubtful,
        fmt::format("{} us", time->count()),
        required,
        fast ? "" : "use an SSD: each vote waits for this"
    };
}

/// What bind says, without listening.
Result<void> try_bind(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    if (const int error = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found);
        error != 0) {
        return fail(ErrorCode::io, "{}: {}", endpoint.host, ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
    const int socket = ::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool bound = ::bind(socket, list->ai_addr, list->ai_addrlen) == 0;
    const int number = errno;
    ::close(socket);
    if (!bound) {
        return fail(ErrorCode::io, "{}", std::strerror(number));
    }
    return {};
}

Finding check_port(const std::string& name, const std::string& address, bool is_running) {
    const std::string check = fmt::format("{} {}", name, address);
    if (address.empty() || is_running) {
        return {
            name, Verdict::fine, address.empty() ? "off" : "in use by the node", "free, or off"
        };
    }
    auto endpoint = parse_endpoint((address[0] == ':' ? "0.0.0.0" : "") + address);
    auto bound = endpoint ? try_bind(*endpoint) : std::unexpected(endpoint.error());
    if (!bound) {
        return {
            check,
            Verdict::bad,
            bound.error().message(),
            "free",
            fmt::format("end who holds it (ss -ltnp), or set {}", name)
        };
    }
    return {check, Verdict::fine, "free", "free"};
}

}  // namespace

std::vector<Finding> check_machine(const node::Config& config, bool is_running) {
    const auto folder = config.path(config.db_dir);
    std::vector<Finding> findings = {
        check_clock(), check_file_limit(), check_space(folder), check_sync(folder)
    };
    findings.push_back(check_port("p2p.laddr", config.p2p.laddr, is_running));
    for (const std::string& address : node::split_at_commas(config.rpc.laddr)) {
        if (address.starts_with("tcp://")) {
            findings.push_back(check_port("rpc.laddr", address, is_running));
        }
    }
    if (config.api.enable) {
        for (const std::string& address : node::split_at_commas(config.api.address)) {
            if (address.starts_with("tcp://")) {
                findings.push_back(check_port("api.address", address, is_running));
            }
        }
    }
    if (config.instrumentation.prometheus) {
        findings.push_back(check_port(
            "instrumentation.prometheus_listen_addr",
            config.instrumentation.prometheus_listen_addr,
            is_running
        ));
    }
    return findings;
}

}  // namespace steelyard::daemon
